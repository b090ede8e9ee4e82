"""Search over the trail: a small language (`rules`), and one statement on the plain columns (`queries`)."""
