"""Needs 需求: what a visit found that a household needs, until somebody has seen to it."""
