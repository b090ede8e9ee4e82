"""Leads (疑点/预警): what a rule saw, never a verdict. Opened, refreshed, closed and re-opened by runs of the rules."""
