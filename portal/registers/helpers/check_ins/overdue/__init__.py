"""Overdue 该走访的户: households by how long nobody has visited them. Households are listed, never helpers."""
