"""The beginning 初始账号: the first three administrators of an installation, and the accounts of a demonstration."""
