"""Pairings 结对 taken together: how many households one helper has, what is left alone, and handing over 交接 when somebody leaves."""
