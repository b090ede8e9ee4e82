"""The demonstration data: a synthetic county that looks and adds up like a real one. Only the commands import it.

Division codes and township names are facts; villages, people, companies, documents and sums are invented. One
`Plan` (scale, seed, as-of date) decides every value; random by nature are only the trail's salts and event ids and the
nonces of sealed columns. `places` → `people` → `works` → `programmes` → `money` make tables in the words of the data
dictionary; `load` hands them to intake like any other file.
"""
