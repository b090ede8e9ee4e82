"""Views of the public door, one file for a group of pages. Each parses, makes one call and renders."""
