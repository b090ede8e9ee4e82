"""Inspections 随机抽查: households drawn by lots that anybody can repeat, and what two inspectors found there."""
