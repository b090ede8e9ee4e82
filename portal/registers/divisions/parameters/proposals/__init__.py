"""Proposed parameters 参数改动: a line or a countable item decides who is on the list, so two persons stand for each."""
