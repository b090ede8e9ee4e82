"""Outcomes 结果: problems found, what became of whom, and how much money came back. Nothing of it is ever taken away."""
