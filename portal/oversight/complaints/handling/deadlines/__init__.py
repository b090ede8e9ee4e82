"""The clock's own acts 期限: reminders, one level up when overdue or silent, a new organ when the old may no longer know."""
