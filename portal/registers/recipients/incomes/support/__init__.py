"""Who owes the household support 赡养义务人, and what they can give or have to."""
