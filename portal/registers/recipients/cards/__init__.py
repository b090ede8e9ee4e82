"""明白卡: a folded sheet with a code that, with the last four of an ID number, opens a household's own page."""
