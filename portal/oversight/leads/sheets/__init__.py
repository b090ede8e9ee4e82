"""Sheets of townships that work on paper 疑点核查表: out, filled in, looked through, taken in."""
