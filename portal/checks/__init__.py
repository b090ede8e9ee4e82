"""One registry of rules: comparison (E, L, Q, I) looks at register and department data, warnings (F, P, H, S) at our own.

A rule is data about a check; its expression fetches nothing by itself. May import oversight, publishing and below;
intake, doors and commands may import it.
"""
