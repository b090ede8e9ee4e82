"""What goes out to everybody. Here: the gate that reads finished bytes and stops what nobody may publish.

`gate` is the face (`scan`, `Scanner`); `numbers` says which digits are somebody's, `amounts` which are only money,
`containers` opens workbooks, archives and pictures. Nothing here masks: `disclosure.py` of a register does that, and
the gate refuses what slipped through. No Flask. Imported by web, the doors and jobs; imports registers' kernel only.
"""
