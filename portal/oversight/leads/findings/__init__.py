"""Findings 核查结论: what a named person found about a lead. Runs of the rules never write one."""
