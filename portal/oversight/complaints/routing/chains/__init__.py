"""The way of one payment, as routing asks about it: whose hands it went through, and who paid it out."""
