"""Rows beside a sort key, in the database itself: both directions, both orders, keys of several columns."""

from datetime import date

import pytest
from sqlalchemy import Column, Date, Integer, MetaData, String, Table, select
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput
from portal.kernel.keyset import Key, Start, rows_beside

THINGS = Table(
    "things_in_order", MetaData(), Column("id", Integer, primary_key=True), Column("place", String), Column("on", Date)
)
KEYS = (THINGS.c.place, THINGS.c.id)


@pytest.fixture
def things(session: Session) -> Session:
    THINGS.create(session.connection())
    rows = [(n, "ab"[n > 3], date(2026, 1, 1 + n // 2)) for n in range(1, 8)]
    session.execute(THINGS.insert(), [dict(zip(("id", "place", "on"), row, strict=True)) for row in rows])
    return session


def ids(session: Session, start: Start | None, limit: int = 3, *, latest_first: bool = False) -> list[int]:
    rows = rows_beside(session, select(THINGS.c.id), KEYS, start, limit, latest_first=latest_first)
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (None, [1, 2, 3]),
        (Start(("a", 3)), [4, 5, 6]),
        (Start(("a", 2)), [3, 4, 5]),
        (Start(("b", 7)), []),
        (Start(("a", 99)), [4, 5, 6]),  # the row has gone: its place still counts
        (Start(("a", 3), back=True), [1, 2, 3]),
        (Start(("b", 5), back=True), [3, 4, 5]),
        (Start(("b", 0), back=True), [1, 2, 3]),
        (Start(("a", 0), back=True), []),
    ],
)
def test_rows_come_in_the_order_of_the_list(things: Session, start: Start | None, found: list[int]) -> None:
    assert ids(things, start) == found


@pytest.mark.parametrize(
    ("start", "found"),
    [(None, [7, 6, 5]), (Start(("b", 5)), [4, 3, 2]), (Start(("a", 3), back=True), [5, 4, 3])],
)
def test_lists_with_the_latest_first_turn_the_same_way(things: Session, start: Start | None, found: list[int]) -> None:
    assert ids(things, start, latest_first=True) == found


def test_dates_travel_as_text(things: Session) -> None:
    rows = rows_beside(things, select(THINGS.c.id), (THINGS.c.on, THINGS.c.id), Start(("2026-01-02", 3)), 2)
    assert [row[0] for row in rows] == [4, 5]


@pytest.mark.parametrize("key", [("a", "3"), (1, 3), ("a", None), ("a", 2**80), (True, 3)])
def test_a_key_that_does_not_fit_is_explained(things: Session, key: Key) -> None:
    with pytest.raises(BadInput, match="翻页"):
        ids(things, Start(key))


def test_a_date_that_is_none_is_explained(things: Session) -> None:
    with pytest.raises(BadInput, match="翻页"):
        rows_beside(things, select(THINGS.c.id), (THINGS.c.on,), Start(("2026-13-40",)), 2)
