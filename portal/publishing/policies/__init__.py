"""Policies 政策: documents, plain-word cards, and who is entitled, declared as data and released by a second person."""
