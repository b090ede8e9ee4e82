"""Views of supervision: parse, one call, render."""
