"""Sums of a year by place and by project, from the same lines as the pictures."""
