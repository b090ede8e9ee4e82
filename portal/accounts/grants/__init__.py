"""Grants 授权: proposed by one administrator, approved by another. Same imports as accounts."""
