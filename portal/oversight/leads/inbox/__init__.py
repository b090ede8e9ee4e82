"""The inbox 研判台: leads by tab and filter, with their numbers, one page at a time."""
