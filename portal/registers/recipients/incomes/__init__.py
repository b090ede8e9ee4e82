"""Incomes (收入明细) of households and persons, entry by entry."""
