"""Deadlines of leads 核查期限: the dated days of a place, counted in working days."""
