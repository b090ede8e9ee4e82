"""Household changes 家庭变动 as dated events: proposed by one account, confirmed by another."""
