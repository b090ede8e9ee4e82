"""The second visitor 同去的人 of a visit: an account, or a person of a named unit with the paper sheet that he signed."""
