"""The county's draws 县级抽查 among new procedures, which anybody can repeat."""
