"""Divisions (行政区划) with validity and successors, units (单位), dated parameters and the working-day calendar.

The lowest register: every other one may import it.
"""
