"""The one error that every reader of a cell raises: money, dates, identity numbers, codes."""

from __future__ import annotations


class CellError(ValueError):
    """A cell that cannot be read without guessing: its value, why, and what to do, in plain Chinese.

    The value stays out of the message, because messages end in logs and a cell may be somebody's ID number.
    """

    def __init__(self, value: object, why: str, fix: str) -> None:
        super().__init__(f"{why}；{fix}")
        self.value = value
        self.why = why
        self.fix = fix
