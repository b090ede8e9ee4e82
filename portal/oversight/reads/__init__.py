"""Reads 查阅登记: on whose behalf somebody of supervision looked at a household's or an account's trail."""
