"""Balances of allocation lines, kept in the same transaction as the lines and payments they sum, and their place in the flow."""
