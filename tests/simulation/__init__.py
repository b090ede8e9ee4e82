"""Honest helpers and frauds, simulated from a seed through the real actions: what the rules find, and whom they bother."""
