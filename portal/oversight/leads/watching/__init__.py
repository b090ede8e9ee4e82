"""Figures about those who handle leads 监督再监督: towns × months, the ladder of what is overdue, how long each office takes."""
