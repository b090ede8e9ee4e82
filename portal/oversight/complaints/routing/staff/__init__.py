"""The organisations and the people that routing decides by, read from divisions, units, accounts and postings."""
