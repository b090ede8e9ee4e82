"""Rules over those who verify leads and approve: S01, S03, S04, S05. A lead about how somebody works; nothing is stopped by it."""
