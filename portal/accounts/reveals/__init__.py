"""How many sealed fields a person is shown on a day: the counter, its lock, and the days that went over the quota."""
