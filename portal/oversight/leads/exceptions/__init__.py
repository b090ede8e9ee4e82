"""Confirmed exceptions 例外: a repeat stays silent while the source row is what two persons looked at."""
