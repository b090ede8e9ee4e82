"""Statements: what a claim says, read field by field from a body whose signature holds."""
