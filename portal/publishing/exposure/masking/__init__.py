"""The masking check 脱敏检查 of an exposure: the gate of notices, with what the register knows of the case and the place."""
