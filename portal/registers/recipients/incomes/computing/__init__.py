"""What a household's income comes to 收入核算: every item, whether it counts and why, the divisor and the line."""
