"""Keyset paging: a cursor is the sort key of the last row shown, opaque to the reader and stable under inserts."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson

from portal.kernel.errors import BadInput

Row = TypeVar("Row")
Key = tuple[str | int | None, ...]
PAGE_ROWS = 50


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: after this key, and which page number that makes it."""

    after: Key
    page: int


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number, and the cursor of the next page (None at the end)."""

    rows: Sequence[Row]
    number: int
    next: str | None


def write_cursor(cursor: Cursor) -> str:
    """A cursor as text for an address."""
    return urlsafe_b64encode(orjson.dumps([cursor.page, *cursor.after])).decode().rstrip("=")


def read_cursor(text: str | None, width: int | None = None) -> Cursor | None:
    """The cursor of an address; None for the first page. `width` is how many values the key has."""
    if not text:
        return None
    try:
        values = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        values = None
    good = isinstance(values, list) and len(values) >= 2 and type(values[0]) is int and 1 < values[0] < 10**6
    if not good or any(not isinstance(v, str | int | None) for v in values) or (width and len(values) != width + 1):
        raise BadInput("这个翻页地址读不出来", why="地址可能被截断了", fix="从列表第一页重新翻", code="bad_cursor")
    return Cursor(after=tuple(values[1:]), page=values[0])


def page_of(rows: Sequence[Row], key: Callable[[Row], Key], cursor: Cursor | None, size: int = PAGE_ROWS) -> Page[Row]:
    """Cut a page from rows fetched with `limit size + 1`; the extra row only says that there is more."""
    number = cursor.page if cursor else 1
    shown = rows[:size]
    more = write_cursor(Cursor(key(shown[-1]), number + 1)) if len(rows) > size else None
    return Page(shown, number, more)
