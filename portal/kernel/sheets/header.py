"""The header of a table: which row holds it, what the columns are called, where the data begin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.kernel.characters import tidy

Row = Sequence[str | None]
#: A merged range, 1-based and inclusive: top row, left column, bottom row, right column.
Merge = tuple[int, int, int, int]
#: Last column of a sheet of rejected rows; left out when such a sheet comes back.
REASON_COLUMN = "退回原因"
_CJK_BLANK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef]) | (?=[\u2e80-\u9fff\uff00-\uffef])")
_MAX_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet: its 0-based place, its letter, the name to use, and the text as printed."""

    place: int
    letter: str
    name: str
    printed: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table and the last row (1-based) that belongs to its header."""

    columns: tuple[Column, ...]
    last_row: int


def letter_of(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def header_name(printed: str | None) -> str:
    """A header as it is compared: tidy, no blanks beside Chinese characters (`户 编 号`), no required mark (`*`)."""
    if printed is None:
        return ""
    return _CJK_BLANK.sub("", tidy(printed)).strip("*＊ ")


def read_header(rows: Sequence[Row], header_row: int, merges: Sequence[Merge], width: int) -> Header:
    """Name the columns from row `header_row` (1-based). `rows` are the first rows of the sheet, from row 1.

    Where the header row holds merged group titles (`资金` over `预算`, `支出`), the names stand in the row below; a cell
    merged downwards or upwards names its column too. Names that repeat get their group's title or a number.
    """
    last = header_row
    while last - header_row + 1 < _MAX_LEVELS and _is_grouped(rows, last, merges):
        last += 1
    printed = [_printed(rows, place, header_row, last, merges) for place in range(width)]
    names = [header_name(text) for text in printed]
    groups = [header_name(_group_title(rows, place, last, merges)) for place in range(width)]
    repeated = {name for name in names if name and names.count(name) > 1} if len(set(names)) < len(names) else set()
    columns: list[Column] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        if name in repeated and groups[place] and groups[place] != name:
            name = f"{groups[place]}_{name}"
        unique = _unique(name, taken)
        columns.append(Column(place, letter_of(place), unique, printed[place]))
    return Header(tuple(columns), last)


def _unique(name: str, taken: set[str]) -> str:
    unique, number = name, 1
    while unique and unique in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique)
    return unique


def _cell(rows: Sequence[Row], row: int, place: int) -> str | None:
    if not 1 <= row <= len(rows) or place >= len(rows[row - 1]):
        return None
    text = rows[row - 1][place]
    return text if text and text.strip() else None


def _is_grouped(rows: Sequence[Row], row: int, merges: Sequence[Merge]) -> bool:
    """Whether a merged title in this row stands over at least two names of their own in the row below."""
    for top, left, bottom, right in merges:
        if top <= row and bottom == row and right > left:
            below = sum(_cell(rows, row + 1, place) is not None for place in range(left - 1, right))
            if below >= 2:
                return True
    return False


def _printed(rows: Sequence[Row], place: int, first: int, last: int, merges: Sequence[Merge]) -> str | None:
    for row in range(last, first - 1, -1):
        text = _cell(rows, row, place)
        if text is not None:
            return text
        for top, left, bottom, right in merges:
            if top < row <= bottom and left == right == place + 1:
                return _cell(rows, top, place)
    return None


def _group_title(rows: Sequence[Row], place: int, last: int, merges: Sequence[Merge]) -> str | None:
    for top, left, bottom, right in merges:
        if bottom == last - 1 and left <= place + 1 <= right and right > left:
            return _cell(rows, top, left - 1)
    return None
