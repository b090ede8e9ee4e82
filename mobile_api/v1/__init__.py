"""Version 1 of the phone's interface: one module per page group, each view parse → one call → answer."""
