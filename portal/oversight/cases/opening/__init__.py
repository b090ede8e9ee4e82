"""Opening 立卷 of a case: from a lead, a complaint, a sample, or by hand, with its team and what it is about."""
