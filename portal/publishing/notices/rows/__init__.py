"""The lines of a notice: from the registers, or from a table that somebody pasted or sent."""
