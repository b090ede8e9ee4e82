"""Who got how much: successful payments summed by line and village, by household, by programme, village and year."""
