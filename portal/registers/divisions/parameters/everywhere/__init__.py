"""Parameters of all places at once: the value that holds at each row's own place and day, as part of a statement."""
