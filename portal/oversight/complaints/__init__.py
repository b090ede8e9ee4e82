"""Complaints 举报: sealed from arrival, routed above whoever is accused, handled against the clock."""
