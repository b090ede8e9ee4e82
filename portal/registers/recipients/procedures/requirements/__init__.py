"""What a step must hold before it is done, in words that an office understands."""
