"""Dispositions 处置: collective study, a proposal, and another account that approves."""
