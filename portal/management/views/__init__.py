"""Views of the consoles, one module per page group: parse, one call, render."""
