"""Forms of supervision: shape and wording."""
