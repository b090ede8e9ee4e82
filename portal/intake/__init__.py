"""Files in: recognise, map, validate, preview, commit, undo. One declaration per kind of file in `kinds`.

The way of a file: `files` reads it in the jail and names its columns (`headers`, `profiles`, `totals`), `normalising`
types the cells, `assembling` and `special` resolve references, `table_stager` tells new, changed and same apart and seals,
`staging` keeps the result outside the database, `merging` moves it in under the lock, `undoing` takes it back. `actions`
and `importing` are what doors, commands and the demonstration call; `stage.stage_rows` takes rows that are typed already.
"""
