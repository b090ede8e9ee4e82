"""Reminders 催办: every night, who is about to be late and who is, each told once."""
