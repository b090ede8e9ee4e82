"""Objections 异议 to a procedure: recorded, and answered before the next step."""
