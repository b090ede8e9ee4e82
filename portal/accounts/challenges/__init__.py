"""One-time challenges of work: which have been used. Holds no trace of who used them."""
