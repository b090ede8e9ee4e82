"""Reads of whom policies have not reached."""
