"""One-time codes 一次性码: invitations and recoveries, made by one and released by another. Imports as accounts."""
