"""The commands of `yangguang`, one module per noun: each parses its options, calls one action or job, prints.

Only cli imports from here.
"""
