"""Work with many leads at once: given to a person or a place, put off, taken back; and each lead's own history."""
