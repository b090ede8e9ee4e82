"""Recipients (扶贫对象): households, persons, economically weak villages; incomes are a sub-register.

May import divisions; helpers, projects and funds may import it.
"""
