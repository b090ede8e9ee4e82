"""Saved searches 保存的搜索 of the inbox: one's own, by name."""
