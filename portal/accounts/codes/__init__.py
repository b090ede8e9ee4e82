"""One-time codes 一次性码: invitations and recoveries, made by one person and released by another. Same imports as accounts."""
