"""Boards: visits as the office lists and opens them."""
