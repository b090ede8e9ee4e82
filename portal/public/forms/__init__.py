"""Forms of the public door: shape and wording."""
