"""Files of complaints 附件: sealed to the organs in the age format, beside the database, with levelled times."""
