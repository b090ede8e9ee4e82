"""Comparison rules (比对): E on the list and should not be, L entitled and not reached, Q data quality, I incomes."""
