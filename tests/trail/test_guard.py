"""No commit changes a protected table unrecorded, and every touched row gets its head, however it was touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.orm import Session

from portal.kernel.database import WRITING, now_utc, reading, writing
from portal.kernel.errors import CannotRun
from portal.kernel.keeping import transaction_event_id
from portal.registers.divisions.calendar.models import CalendarDay
from portal.trail import guard
from portal.trail.actions import record
from portal.trail.encoding import row_digest, row_values
from portal.trail.guard import Unrecorded
from portal.trail.heads import head_digests
from portal.trail.models import ChangeLog, TrailEvent, TrailRow

DAY = date(2026, 2, 14)


def note(session: Session, **more: object) -> str:
    return record(
        session, kind="calendar.day.set", actor="demo", subjects=[("calendar_day", "2026-02-14")], **more
    ).event_id  # type: ignore[arg-type]


def add_day(engine: Engine) -> int:
    with writing(engine) as session:
        day = CalendarDay(day=DAY, is_working=True, basis="国办发")
        session.add(day)
        note(session)
        session.flush()
        return day.id


def heads(engine: Engine, *pks: int) -> dict[int, bytes | None]:
    with writing(engine) as session:
        return head_digests(session.connection(), "calendar_days", pks)


def rows(engine: Engine) -> dict[int, str]:
    table = CalendarDay.__table__
    with reading(engine) as session:
        return {r["id"]: row_digest(row_values(table, r)) for r in session.execute(select(table)).mappings()}


def assert_heads_match(engine: Engine) -> None:
    """Every row has the head of what it holds, and every row that is gone a head that says so."""
    with reading(engine) as session:
        touched = set(session.scalars(select(ChangeLog.pk)))
    expected = {pk: rows(engine).get(pk) for pk in touched}
    assert expected
    assert {pk: digest and digest.hex() for pk, digest in heads(engine, *expected).items()} == expected


def test_a_commit_that_recorded_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(Unrecorded, match="calendar_days"), writing(engine) as session:
        session.add(CalendarDay(day=DAY, is_working=True))
    assert rows(engine) == {}


@pytest.mark.parametrize(
    "statement",
    [
        update(CalendarDay).values(is_working=False),
        update(CalendarDay.__table__).values(is_working=False),
        delete(CalendarDay),
        text("UPDATE calendar_days SET basis = 'x'"),
        insert(CalendarDay.__table__).values(id=77, day=date(2026, 3, 1), is_working=True, recorded_at=now_utc()),
    ],
    ids=["orm bulk update", "core update", "orm bulk delete", "plain sql", "core insert"],
)
def test_statements_past_the_orm_are_seen_too(engine: Engine, statement: object) -> None:
    add_day(engine)
    before = rows(engine)
    with pytest.raises(Unrecorded), writing(engine) as session:
        session.execute(statement)  # type: ignore[call-overload]
    assert rows(engine) == before
    with writing(engine) as session:
        session.execute(statement)  # type: ignore[call-overload]
        note(session)
    assert_heads_match(engine)


def test_rows_triggers_and_event_carry_one_id(engine: Engine) -> None:
    with writing(engine) as session:
        day = CalendarDay(day=DAY, is_working=True)
        session.add(day)
        event_id = note(session)
        second = note(session)
        assert second != event_id == transaction_event_id(session)
    with reading(engine) as session:
        assert session.scalars(select(CalendarDay.event_id)).one() == event_id
        assert session.execute(select(ChangeLog.app_event_id, ChangeLog.op, ChangeLog.pk)).one() == (
            event_id,
            "insert",
            1,
        )
        assert set(session.scalars(select(TrailEvent.event_id))) == {event_id, second}


def test_a_correction_chains_the_rows_states(engine: Engine) -> None:
    pk = add_day(engine)
    with writing(engine) as session:
        session.get_one(CalendarDay, pk).is_working = False
        note(session, before={"is_working": True}, after={"is_working": False})
    assert_heads_match(engine)
    with reading(engine) as session:
        chain = session.execute(
            select(TrailRow.before, TrailRow.after)
            .join(TrailEvent, TrailEvent.event_id == TrailRow.event_id)
            .order_by(TrailEvent.n)
        ).all()
    assert len(chain) == 2
    assert chain[0].before is None
    assert chain[1].before == chain[0].after != chain[1].after


def test_a_deleted_row_keeps_a_head_that_says_so(engine: Engine) -> None:
    pk = add_day(engine)
    with writing(engine) as session:
        session.execute(delete(CalendarDay.__table__))
        note(session)
    assert heads(engine, pk) == {pk: None}


def test_a_rolled_back_savepoint_takes_its_event_along(engine: Engine) -> None:
    with writing(engine) as session:
        point = session.begin_nested()
        first = note(session)
        point.rollback()
        session.add(CalendarDay(day=DAY, is_working=True))
        assert note(session) == first
    with pytest.raises(Unrecorded), writing(engine) as session:
        point = session.begin_nested()
        note(session)
        point.rollback()
        session.add(CalendarDay(day=date(2026, 3, 1), is_working=True))
    assert_heads_match(engine)


def test_changes_of_another_connection_carry_no_event(engine: Engine) -> None:
    add_day(engine)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text("UPDATE calendar_days SET basis = 'quietly'"))
    with reading(engine) as session:
        assert session.scalars(select(ChangeLog.app_event_id).order_by(ChangeLog.id)).all()[-1] is None


def test_missing_triggers_stop_the_commit(engine: Engine) -> None:
    drop = "DROP TRIGGER trail_calendar_days_insert" + ("" if engine.dialect.name == "sqlite" else " ON calendar_days")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(drop))
    with pytest.raises(CannotRun, match="触发器"), writing(engine) as session:
        session.add(CalendarDay(day=DAY, is_working=True))
        note(session)


def test_the_product_never_switches_the_guard_off() -> None:
    sources = Path(guard.__file__).parent.parent.rglob("*.py")
    assert [p.name for p in sources if guard.UNGUARDED in p.read_text("utf-8")] == ["guard.py"]
