"""Where several lines pay one place: which of them may show their own sums without giving households away."""
