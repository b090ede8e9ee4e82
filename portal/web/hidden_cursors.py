"""Cursors that tell nothing: the number of a row that counts everybody's acts stands in none of them in the open.

Of two pages of a list that somebody reads, of the trail, of cases, leads or orders, the numbers at their edges would tell him
how many lie between that he may not find. The same cursor is always the same text.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from portal.kernel.errors import BadInput
from portal.kernel.keyset import Key, Start
from portal.web.paging import PAGE_ROWS, Page, read_cursor, turn_to
from portal.web.sessions import installation

Row = TypeVar("Row")
PURPOSE: Final = "cursors"
KEY_BYTES: Final = 64


def turn_hidden(
    after: str | None,
    width: int,
    fetch: Callable[[Start | None, int], Sequence[Row]],
    key: Callable[[Row], Key],
    size: int = PAGE_ROWS,
) -> Page[Row]:
    """The page of a list at a hidden cursor; as `paging.turn_to`. Raises BadInput for a text that is none of ours."""
    return shown_page(turn_to(read_cursor(read_hidden(after), width), fetch, key, size))


def shown_page(page: Page[Row]) -> Page[Row]:
    """A page whose cursors only this installation reads."""
    return Page(page.rows, page.number, _hide(page.next), _hide(page.previous))


def read_hidden(text: str | None) -> str | None:
    """The cursor behind such a text; None for the first page. Raises BadInput for a text that is none of ours."""
    if not text:
        return None
    try:
        return _box().decrypt(urlsafe_b64decode(text + "=" * (-len(text) % 4)), None).decode()
    except (InvalidTag, ValueError):
        raise BadInput(
            "这个翻页地址读不出来", why="地址可能被截断了", fix="从列表第一页重新翻", code="bad_cursor"
        ) from None


def _hide(cursor: str | None) -> str | None:
    return None if cursor is None else urlsafe_b64encode(_box().encrypt(cursor.encode(), None)).decode().rstrip("=")


def _box() -> AESSIV:
    return AESSIV(installation().keyring.derived(PURPOSE, KEY_BYTES))
