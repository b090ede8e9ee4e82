"""Balances of allocation lines, kept in the transaction that changes lines or payments, and their place in the flow."""
