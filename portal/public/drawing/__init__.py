"""The signature picture, drawn on the server: values in, SVG text out. No session, no Flask, no clock.

`fold` caps a column at ten, `layout` places, `svg` draws the wide picture, `strip` the upright one for phones.
"""
