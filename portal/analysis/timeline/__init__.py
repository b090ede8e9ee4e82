"""The timeline of a household 时间线: everything that is recorded about it, once, with what each audience may see of it."""
