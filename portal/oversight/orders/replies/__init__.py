"""Replies 反馈 of the units, and what the inspectors found when they checked again."""
