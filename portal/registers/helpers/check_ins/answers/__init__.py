"""Answers 本户回应: what the household says about a visit that was recorded about it."""
