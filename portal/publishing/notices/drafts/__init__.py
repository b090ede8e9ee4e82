"""Drafts 拟稿: written, read over as everybody will see it, handed to a second person, sent back, dropped."""
