"""The divisor: who lived together in a household on a day, of one household and of everybody alike."""
