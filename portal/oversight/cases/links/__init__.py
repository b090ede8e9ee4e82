"""Links 关联: what on the trail a case is about. Whom it accuses is kept out by keyed marks, never by a name."""
