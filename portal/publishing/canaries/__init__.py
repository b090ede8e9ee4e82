"""Watched rows 标记户: planted in the register, counted nowhere, and an alarm wherever one is seen outside."""
