"""Jobs: what runs without a person waiting (the worker's schedule) and the upkeep that commands call.

A door like the others: it may import everything below web and skips web itself; doors never import each other.
"""
