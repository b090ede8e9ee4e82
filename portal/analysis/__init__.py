"""What is put together from several registers: a household's timeline, and who is entitled to what.

Imports registers, publishing and what lies below; imported by web and the doors. Knows nothing of Flask.
"""
