"""Funds (资金): programmes, allocations down the chain, payments and bank returns; flow, trace and retention are pure.

The uppermost register: it may import all others, none may import it.
"""
