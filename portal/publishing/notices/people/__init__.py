"""What the gate must know of the people of a notice, read from the register: minors, whole names, last four digits, disputes."""
