"""Signing in of a household with its card: tries counted before they are checked, short sessions of their own kind."""
