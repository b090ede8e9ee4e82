"""Accounts 账号: people who log in, their roles and scopes by division, sign-in, codes and reveal quotas.

Doors ask `permissions` and `rules` through web/access; everything that changes an account is in `actions` and the
modules beside it. Imports the trail and the kernel only: scopes, helper and household links are plain codes.
"""
