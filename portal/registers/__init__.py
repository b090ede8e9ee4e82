"""The four registers (四库) and their foundation: funds > projects > helpers > recipients > divisions.

A lower register never knows who refers to it. Doors, checks, intake and oversight import from here; nothing here
knows Flask. Inside each register: models, rules, queries, actions, disclosure.
"""
