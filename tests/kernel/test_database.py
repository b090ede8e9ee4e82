"""The two kinds of sessions of one database: what reads cannot write, and neither throws the other's statements away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from portal.kernel.database import make_engine, reading, writing
from tests.conftest import build_schema

COUNT = text("SELECT count(*) FROM id_blocks")
PUT = text("INSERT INTO id_blocks (name, next_id) VALUES (hex(randomblob(8)), 1)")  # a table without a trail


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A file of SQLite with our tables."""
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    build_schema(url)
    made = make_engine(url)
    yield made
    made.dispose()


def use_both(engine: Engine, times: int) -> None:
    """Some requests: each reads, then writes."""
    for _ in range(times):
        with reading(engine) as session:
            session.execute(COUNT).scalar_one()
        with writing(engine) as session:
            session.execute(PUT)


def test_a_reading_session_cannot_write_before_and_after_others_wrote(engine: Engine) -> None:
    with reading(engine) as session:
        before = session.execute(COUNT).scalar_one()
    for _ in range(3):
        with reading(engine) as session, pytest.raises(DBAPIError, match="readonly"):
            session.execute(PUT)
        with writing(engine) as session:
            session.execute(PUT)
    with reading(engine) as session:
        assert session.execute(COUNT).scalar_one() == before + 3


def test_the_engine_of_either_session_leads_to_both_kinds(engine: Engine) -> None:
    with reading(engine) as one, writing(engine) as other:
        binds = [session.get_bind() for session in (one, other)]
    for bind in binds:
        assert isinstance(bind, Engine)
        with reading(bind) as session, pytest.raises(DBAPIError, match="readonly"):
            session.execute(PUT)
        with writing(bind) as session:
            session.execute(PUT)


def test_a_connection_used_plainly_reads_only_even_when_it_has_written(engine: Engine) -> None:
    use_both(engine, 1)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="readonly"):
        connection.execute(PUT)
    use_both(engine, 1)


def test_statements_stay_prepared_because_no_connection_changes_sides(engine: Engine) -> None:
    use_both(engine, 1)
    said: list[str] = []
    connections: set[Any] = set()

    def listen(raw: Any, *_more: Any) -> None:
        raw.set_trace_callback(said.append)
        connections.add(raw)

    event.listen(engine, "checkout", listen)
    event.listen(engine.get_execution_options()["yangguang_readers"].pool, "checkout", listen)
    use_both(engine, 5)
    assert len(connections) == 2
    assert sum(line.startswith("INSERT INTO id_blocks") for line in said) == 5
    assert not [line for line in said if "query_only" in line]


def test_who_watches_the_engine_hears_both_kinds(engine: Engine) -> None:
    heard: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *sent: heard.append(sent[2]))
    use_both(engine, 2)
    assert [line for line in heard if "id_blocks" in line] == [str(COUNT), str(PUT)] * 2


def test_the_readers_end_with_the_engine_and_can_begin_again(engine: Engine) -> None:
    readers = engine.get_execution_options()["yangguang_readers"]
    use_both(engine, 1)
    assert readers.pool.checkedin() == 1
    engine.dispose()
    assert readers.pool.checkedin() == 0
    use_both(engine, 1)
    assert readers.pool.checkedin() == 1
