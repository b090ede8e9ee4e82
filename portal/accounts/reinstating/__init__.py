"""Giving a disabled account back: two persons."""
