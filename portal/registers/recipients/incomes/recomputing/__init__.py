"""Income and line of every household at once: the same answer as `computing`, summed by the database."""
