"""Which eleven digits are money: decided by the field that they stand in, never by their look.

Published tables hold amounts of eleven digits that begin with 13, 15 or 19, exactly like mobile numbers. In JSON the
key decides, in CSV and in a sheet the head of the column. IDs and cards prove themselves by check digits: no exemption.
"""

from __future__ import annotations

import csv
import re
from html import unescape
from typing import Final

#: A key or a head of a column that says "money": ours end in `_fen` or say 元; published tables say amount, paid …
_MONEY: Final = re.compile(
    r"(?:^|[_\s])fen$|元[)）]?$|金额|资金额|投资|补助额|\b(?:amount|paid|advance|interim|budget|total|value|eur|cny|yuan)\b",
    re.IGNORECASE,
)
_KEY: Final = re.compile(rb'"([^"\\]{1,60})"\s*:\s*-?$')
_ATTRIBUTE: Final = re.compile(rb"""[\s-]([a-z-]*fen)=["']?-?$""")
_CELL: Final = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]+)"[^>]*>(?:<v>)-?$""")
_HEAD_CELL: Final = re.compile(rb"""<c r="([A-Z]{1,3})1"([^>]*)>(.*?)</c>""", re.DOTALL)
_TEXT: Final = re.compile(rb"<t[^>]*>(.*?)</t>", re.DOTALL)
_NEAR: Final = 120


def is_money(label: str) -> bool:
    """True when a field of this name holds an amount."""
    return bool(_MONEY.search(label.strip()))


def json_amount(text: bytes, start: int) -> bool:
    """The number at `start` is the bare value of a key that says money; a quoted text never is."""
    key = _KEY.search(text, max(0, start - _NEAR), start)
    return key is not None and is_money(key[1].decode("utf-8", "replace"))


def markup_amount(text: bytes, start: int) -> bool:
    """The number at `start` is the value of an attribute in fen (`data-paid-fen="…"`)."""
    return _ATTRIBUTE.search(text, max(0, start - _NEAR), start) is not None


def csv_heads(first_line: bytes) -> list[str]:
    """The heads of the columns of a CSV file."""
    line = first_line.decode("utf-8-sig", "replace")
    return next(csv.reader([line]), [])


def csv_amount(text: bytes, start: int, end: int, heads: list[str]) -> bool:
    """The number at `start` is the whole of a cell whose column says money. An incomplete row is never one."""
    row_start = text.rfind(b"\n", 0, start) + 1
    row_end = text.find(b"\n", end)
    row = text[row_start : row_end if row_end >= 0 else len(text)]
    if row_start == 0:
        return False  # the head itself, or a row that began before what is at hand
    before = next(csv.reader([text[row_start:start].decode("utf-8", "replace") + "|"]), [])
    cells = next(csv.reader([row.decode("utf-8", "replace")]), [])
    at = len(before) - 1
    whole = at < len(cells) and cells[at].strip(" -'") == text[start:end].decode()
    return whole and at < len(heads) and is_money(heads[at])


def sheet_heads(sheet: bytes, shared: list[str]) -> dict[bytes, str]:
    """The heads of the columns of a worksheet's first row, by letter."""
    heads: dict[bytes, str] = {}
    end = sheet.find(b'<row r="2"')
    for column, attributes, inner in _HEAD_CELL.findall(sheet[: end if end >= 0 else len(sheet)]):
        if b't="s"' in attributes:
            at = re.search(rb"<v>([0-9]+)</v>", inner)
            heads[column] = shared[int(at[1])] if at and int(at[1]) < len(shared) else ""
        else:
            heads[column] = "".join(unescape(part.decode("utf-8", "replace")) for part in _TEXT.findall(inner))
    return heads


def shared_texts(member: bytes) -> list[str]:
    """The texts of a workbook's `sharedStrings.xml`."""
    items = re.findall(rb"<si>(.*?)</si>", member, re.DOTALL)
    return ["".join(unescape(part.decode("utf-8", "replace")) for part in _TEXT.findall(item)) for item in items]


def sheet_amount(text: bytes, start: int, heads: dict[bytes, str]) -> bool:
    """The number at `start` is a number cell of a column that says money."""
    cell = _CELL.search(text, max(0, start - _NEAR), start)
    return cell is not None and cell[2] != b"1" and is_money(heads.get(cell[1], ""))
