"""Who got how much: sums of successful payments by line and village, by household, and by programme, village and year."""
