"""Forms of the consoles: shape and wording only; what is right is decided by the actions."""
