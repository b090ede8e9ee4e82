"""Supervision orders 督办单: what a unit has to do by when, its replies, the re-check, and how it ends."""
