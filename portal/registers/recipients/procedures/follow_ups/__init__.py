"""Whom somebody has to look at again: 跟踪期 after an exit, 定期复核 of 低保, 渐退 that has run out."""
