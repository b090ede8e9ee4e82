"""Reads what `trace.py` turns into a path: the lines above and below, the payments at the end."""
