"""Changing an organ's key 轮换: a new pair, and what is open wrapped anew under it."""
