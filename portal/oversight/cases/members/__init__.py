"""The team 办案组 of a case: named accounts, and nobody else."""
