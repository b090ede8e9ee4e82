"""Rules over helping 帮扶, H01–H09: the duty to visit, and whether a recorded visit can be believed.

A hit on H02–H05, H07 or H09 is asked of the helper first; H08 goes to a person at once. Nothing here ranks or punishes.
"""
