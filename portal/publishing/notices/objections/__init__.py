"""Objections 异议 to a notice: what anybody says against it, sealed, and what was found when it was looked into."""
