"""Rounds of verifying 核查轮次: the visit on site, the conclusion, the county's review and the decision, by different persons."""
