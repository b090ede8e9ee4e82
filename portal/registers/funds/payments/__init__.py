"""Payments (资金发放) to households, persons and companies, and what the bank answered (银行回单)."""
