"""Keyset paging in the database: rows beside a sort key, forwards or backwards, stable under inserts and deletions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput

Key = tuple[str | int | None, ...]


@dataclass(frozen=True)
class Start:
    """Where a page starts: after the row of this sort key, or (`back`) the rows up to it and with it.

    The row itself may have gone since: only its place in the order counts.
    """

    key: Key
    back: bool = False


def rows_beside(
    session: Session,
    query: Select[*tuple[Any, ...]],
    keys: Sequence[Any],
    start: Start | None,
    limit: int | None,
    *,
    latest_first: bool = False,
) -> Sequence[Any]:
    """At most `limit` rows in the order of `keys`, which must be unique together; always in the list's own order.

    Going back, these are the nearest `limit` rows before the place and the row at it.
    """
    back = start is not None and start.back
    if start is not None:
        query = query.where(_beside(keys, start, descending=latest_first != back))
    query = query.order_by(*[key.desc() if latest_first != back else key.asc() for key in keys]).limit(limit)
    rows = session.execute(query).all()
    return rows[::-1] if back else rows


def _beside(keys: Sequence[Any], start: Start, *, descending: bool) -> ColumnElement[bool]:
    """`(k1, k2) > (v1, v2)` written out, so that both databases use the index; `>=` when going back."""
    values = [_value(key, value) for key, value in zip(keys, start.key, strict=True)]
    equal: list[ColumnElement[bool]] = []
    steps: list[ColumnElement[bool]] = []
    for key, value in zip(keys, values, strict=True):
        steps.append(and_(*equal, key < value if descending else key > value))
        equal.append(key == value)
    return or_(*steps, *([and_(*equal)] if start.back else []))


def _value(key: Any, value: str | int | None) -> Any:
    """A value of an address as the column holds it; what does not fit is explained, not handed to the database."""
    kind = key.type.python_type
    try:
        if kind is date and isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        value = None
    if value is None or not isinstance(value, kind) or (kind is int and abs(int(value)) >= 2**63):
        raise BadInput("这个翻页地址读不出来", why="地址可能被截断了", fix="从列表第一页重新翻", code="bad_cursor")
    return value
