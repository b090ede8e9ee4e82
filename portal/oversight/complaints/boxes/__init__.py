"""Boxes 密封: the parts of a complaint, each under a key of its own, wrapped to whoever may open it."""
