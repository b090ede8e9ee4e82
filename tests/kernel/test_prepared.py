"""Statements handed to the driver as they were compiled: the same values, the same errors, and no way past who watches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.kernel.database import WRITING, table_of
from portal.kernel.prepared import Prepared, PreparedInsert, among, listed, size_for
from portal.registers.helpers.check_ins.models import CheckIn
from portal.trail.models import TrailEvent

EVENTS = table_of(TrailEvent)
NAMES = ("event_id", "leaf", "leaf_hash", "openings_hash", "mac", "recorded_at", "release_at", "sealed", "examined")
PUT = Prepared(insert(EVENTS), NAMES)
ONE = Prepared(select(EVENTS).where(EVENTS.c.event_id == bindparam("event"), EVENTS.c.sealed == bindparam("sealed")))
MOMENT = datetime(2026, 11, 20, 4, 6, 7, 89_000, tzinfo=UTC)


def line(event_id: str) -> dict[str, object]:
    """One row of every kind of value."""
    return {
        "event_id": event_id, "leaf": b"\x00leaf", "leaf_hash": event_id.encode().ljust(32, b"."), "openings_hash": bytes(32),
        "mac": bytes(32), "recorded_at": MOMENT, "release_at": MOMENT, "sealed": True, "examined": False,
    }  # fmt: skip


@pytest.fixture
def connection(session: Session) -> Connection:
    """The writing session's own."""
    return session.connection()


def test_values_come_back_as_sqlalchemy_itself_gives_them(connection: Connection) -> None:
    PUT.run(connection, line("a"))
    PUT.run(connection, line("b"), line("c"))
    found = ONE.first(connection, {"event": "b", "sealed": True})
    same = connection.execute(ONE.statement, {"event": "b", "sealed": True}).one()
    assert tuple(found) == tuple(same)
    assert found._asdict() == same._asdict()
    assert (found.event_id, found.recorded_at, found.sealed, found.leaf) == ("b", MOMENT, True, b"\x00leaf")
    assert ONE.first(connection, {"event": "b", "sealed": False}) is None
    assert len(Prepared(select(EVENTS.c.event_id)).rows(connection, {})) == 3


def test_a_refused_row_is_the_same_error_and_names_no_value(connection: Connection) -> None:
    PUT.run(connection, line("a"))
    with pytest.raises(IntegrityError) as refusal, connection.begin_nested():
        PUT.run(connection, line("a"))
    assert "parameters" not in str(refusal.value).lower() or "hidden" in str(refusal.value).lower()


def test_what_begins_no_transaction_by_itself_is_still_taken_back(session: Session) -> None:
    engine = session.connection().engine
    session.rollback()
    with engine.execution_options(**{WRITING: True}).connect() as fresh:
        PUT.run(fresh, line("a"))
        fresh.rollback()
        assert ONE.first(fresh, {"event": "a", "sealed": True}) is None


def test_a_value_that_is_not_given_is_never_guessed(connection: Connection) -> None:
    with pytest.raises(KeyError):
        ONE.first(connection, {"event": "a"})


def test_who_watches_the_statements_sees_every_one(connection: Connection) -> None:
    heard: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *sent: heard.append(sent[2]))
    assert ONE.rows(connection, {"event": "a", "sealed": True}) == []
    assert len(heard) == 1 and "trail_events" in heard[0]


def test_a_list_of_any_length_takes_a_few_statements(connection: Connection) -> None:
    PUT.run(connection, *(line(name) for name in "abcdef"))
    for wanted in (["a"], ["b", "c"], ["a", "c", "e"], ["f", "e", "d", "c", "b", "zz"]):
        size = size_for(wanted)
        statement = Prepared(select(EVENTS.c.event_id).where(among(EVENTS.c.event_id, size)))
        names = {row.event_id for row in statement.rows(connection, listed(wanted))}
        assert names == set(wanted) - {"zz"}
    assert [size_for(range(n)) for n in (1, 2, 3, 4, 5, 512)] == [1, 2, 4, 4, 8, 512]


def test_an_insert_names_every_value_that_the_program_would_fill_in(connection: Connection) -> None:
    with pytest.raises(AssertionError, match="every value is named"):
        PreparedInsert(table_of(CheckIn)).add(connection, {"id": 1, "claim_id": "c"})


def test_a_text_gives_plain_tuples(connection: Connection) -> None:
    assert Prepared(text("SELECT 1 + :n")).first(connection, {"n": 2}) == (3,)
