"""Procedures 程序: how a household comes onto the list and leaves it. 状态 changes by an approved decision and by nothing else.

`cycles` declares the life cycles, `requirements` says what a step still lacks, `files` keeps its sealed evidence,
`objections`, `draws`, `changes` and `reconfirmations` are its companions. Imported by doors, publishing, analysis and demo.
"""
