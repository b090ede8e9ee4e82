"""Keyset paging: a cursor is the sort key of a row at a page's edge, opaque to the reader and stable under changes.

Both directions: the next page starts after the last row shown, the previous one ends with the last row before it. What
came or went in between moves the edges, and no row is skipped or shown on two neighbouring pages.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson

from portal.kernel.errors import BadInput
from portal.kernel.keyset import Key, Start

Row = TypeVar("Row")
PAGE_ROWS = 50
MOST_PAGES = 10**6


@dataclass(frozen=True)
class Cursor:
    """Where a page starts, and which page number that makes it."""

    start: Start
    page: int


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number, and the cursors of its neighbours (None at the ends).

    The previous page of a page is never None but on the first: there the list begins.
    """

    rows: Sequence[Row]
    number: int
    next: str | None
    previous: str | None = None


def write_cursor(cursor: Cursor) -> str:
    """A cursor as text for an address; a negative page number means going back."""
    number = -cursor.page if cursor.start.back else cursor.page
    return urlsafe_b64encode(orjson.dumps([number, *cursor.start.key])).decode().rstrip("=")


def read_cursor(text: str | None, width: int | None = None) -> Cursor | None:
    """The cursor of an address; None for the first page. `width` is how many values the key has."""
    if not text:
        return None
    try:
        values = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        values = None
    good = isinstance(values, list) and len(values) >= 2 and type(values[0]) is int
    good = good and (1 < values[0] < MOST_PAGES or -MOST_PAGES < values[0] < 0)
    if not good or any(not isinstance(v, str | int | None) for v in values) or (width and len(values) != width + 1):
        raise BadInput("这个翻页地址读不出来", why="地址可能被截断了", fix="从列表第一页重新翻", code="bad_cursor")
    return Cursor(Start(tuple(values[1:]), values[0] < 0), abs(values[0]))


def turn_to(
    cursor: Cursor | None,
    fetch: Callable[[Start | None, int], Sequence[Row]],
    key: Callable[[Row], Key],
    size: int = PAGE_ROWS,
) -> Page[Row]:
    """The page of a cursor; `fetch(start, limit)` reads rows in the list's order.

    One row more than shown says that there is more on that side. Whoever goes back to the list's beginning gets the
    whole first page, however few rows are left before the place he came from.
    """
    rows = fetch(cursor.start if cursor else None, size + 1)
    if cursor is not None and cursor.start.back:
        if len(rows) > size:
            return _earlier(rows, key, max(cursor.page, 2))
        cursor, rows = None, fetch(None, size + 1)
    number = cursor.page if cursor else 1
    shown = rows[:size]
    more = write_cursor(Cursor(Start(key(shown[-1])), number + 1)) if len(rows) > size else None
    before = write_cursor(Cursor(Start(cursor.start.key, back=True), number - 1)) if cursor else None
    return Page(shown, number, more, before)


def _earlier(rows: Sequence[Row], key: Callable[[Row], Key], number: int) -> Page[Row]:
    """A page reached from behind: the extra row stands before it and is the last one of the page before."""
    before = write_cursor(Cursor(Start(key(rows[0]), back=True), number - 1))
    return Page(rows[1:], number, write_cursor(Cursor(Start(key(rows[-1])), number + 1)), before)
