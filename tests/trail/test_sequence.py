"""Recorded events become leaves of one signed tree, in order, once, and only when they are genuine."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select, text, update

from portal.kernel.database import WRITING, now_utc, reading, writing
from portal.kernel.errors import CannotRun
from portal.registers.divisions.calendar.models import CalendarDay
from portal.settings import Settings
from portal.trail import actions, leaves, locks
from portal.trail.models import ChangeLog, TrailEvent, TrailHead, TrailOpening, TrailSubject
from portal.trail.sequence import Sequencer
from tests.trail.arrange import check, note_many, note_something, open_log


@pytest.fixture
def log(engine: Engine, settings: Settings) -> Sequencer:
    return open_log(engine, settings)


def published(log: Sequencer) -> list[dict[str, object]]:
    size = log.recover().size
    return [json.loads(log.files.leaf(index, size)) for index in range(size)]


def tamper(engine: Engine, statement: str) -> None:
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(statement))


def set_day(engine: Engine, working: bool, kind: str = "calendar.day.set", sealed: bool = False) -> None:
    with writing(engine) as session:
        found = session.scalars(select(CalendarDay)).first()
        if found is None:
            session.add(CalendarDay(day=date(2026, 2, 14), is_working=working))
        else:
            found.is_working = working
        actions.record(session, kind=kind, actor="demo", subjects=[("calendar_day", "2026-02-14")], sealed=sealed)


def test_an_empty_log_is_signed_and_verifies(log: Sequencer) -> None:
    report = check(log.files.directory, log.log_key)
    assert (report.ok, report.size) == (True, 0)
    assert log.files.read("key").decode() == log.log_key.vkey + "\n"
    assert log.run().size == 0  # nothing waits: nothing is signed anew


def test_events_are_published_in_the_order_of_recording(engine: Engine, log: Sequencer) -> None:
    ids = [note_something(engine, n) for n in range(5)]
    state = log.run()
    assert (state.size, state.added, state.findings) == (13, 13, [])
    assert [leaf["id"] for leaf in published(log)[:5]] == ids
    assert check(log.files.directory, log.log_key).problems == []
    with reading(engine) as session:
        assert session.scalars(select(TrailEvent.seq).order_by(TrailEvent.seq)).all() == list(range(13))


def test_the_log_grows_over_tile_borders_and_stays_consistent(engine: Engine, log: Sequencer) -> None:
    kept = []
    for count in (200, 40, 1, 300, 512):
        note_many(engine, log.keys, count)
        log.run()
        kept.append(log.files.checkpoint())
    for checkpoint in kept:
        report = check(log.files.directory, log.log_key, checkpoint)
        assert report.problems == []
    assert report.size == 200 + 40 + 1 + 300 + 512 + 5 * 8


def test_sealed_leaves_and_padding_look_alike(engine: Engine, log: Sequencer) -> None:
    for number in range(9):
        note_something(
            engine, number, kind="access.login", sealed=True, unit="320826", public={"n": 1}, why="x" * number
        )
    log.run()
    hidden = published(log)
    assert len(hidden) == 16
    assert Counter(leaf["t"] for leaf in hidden) == {"sealed": 16}
    assert {(leaf["u"], json.dumps(leaf["pub"])) for leaf in hidden} == {(None, "{}")}
    assert len({len(log.files.leaf(i, 16)) for i in range(16)}) == 1
    assert all(commitment for leaf in hidden for commitment in (*leaf["c"].values(), leaf["rq"]))  # type: ignore[attr-defined]
    with reading(engine) as session:
        own = session.scalar(select(func.count()).select_from(TrailOpening).where(TrailOpening.field == "kind"))
        assert own == 16


def test_case_events_wait_for_the_half_day_and_keep_no_exact_time(engine: Engine, log: Sequencer) -> None:
    morning = datetime.fromisoformat("2026-11-21T09:17:33+08:00")
    note_something(engine, 1, kind="case.opened", sealed=True, at=morning)
    log.clock = lambda: morning + timedelta(hours=1)
    assert log.run().size == 0
    with reading(engine) as session:
        event = session.scalars(select(TrailEvent)).one()
        assert event.recorded_at == datetime.fromisoformat("2026-11-21T00:00:00+08:00")
        assert session.scalars(select(TrailSubject.recorded_at)).one() == event.recorded_at
    log.clock = lambda: datetime.fromisoformat("2026-11-21T12:00:00+08:00")
    state = log.run()
    assert state.size == 8
    assert {leaf["d"] for leaf in published(log)} == {"2026-11-21"}


def test_padding_carries_the_days_of_the_leaves_it_hides(engine: Engine, log: Sequencer) -> None:
    evening = datetime.fromisoformat("2026-11-20T21:00:00+08:00")
    note_something(engine, 1, kind="case.step", sealed=True, at=evening)
    log.clock = lambda: datetime.fromisoformat("2026-11-22T08:00:00+08:00")
    log.run()
    assert {leaf["d"] for leaf in published(log)} == {"2026-11-21"}


def test_a_heartbeat_shows_that_the_log_lives(engine: Engine, log: Sequencer) -> None:
    assert log.run(heartbeat=True).size == 9
    assert published(log)[0]["t"] == "log.heartbeat"
    note_something(engine)
    log.run(heartbeat=True)
    assert [leaf["t"] for leaf in published(log)].count("log.heartbeat") == 1


def test_a_half_day_that_releases_acts_upon_cases_looks_like_one_that_releases_none(
    engine: Engine, log: Sequencer
) -> None:
    seen = []
    for day in (21, 22):
        log.clock = partial(datetime.fromisoformat, f"2026-11-{day}T12:00:00+08:00")
        before = log.recover().size
        log.run(heartbeat=True)
        seen.append([leaf["t"] for leaf in published(log)[before:]])
        for number in range(5):
            evening = datetime.fromisoformat(f"2026-11-{day}T13:17:33+08:00")
            note_something(engine, number, kind="complaint.stepped", sealed=True, at=evening)
    assert seen[0] == seen[1] == ["log.heartbeat", *["sealed"] * 8]


def test_an_event_made_with_sql_alone_is_refused_and_reported(engine: Engine, log: Sequencer) -> None:
    good = note_something(engine, 1)
    bad = note_something(engine, 2)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        leaf = connection.execute(select(TrailEvent.leaf).where(TrailEvent.event_id == bad)).scalar_one()
        forged = leaf.replace(b'"u":null', b'"u":"3208"')
        connection.execute(update(TrailEvent).where(TrailEvent.event_id == bad).values(leaf=forged))
    state = log.run()
    assert state.findings == [{"what": "event without a valid mac", "event": bad}]
    assert [leaf["t"] for leaf in published(log)[:3]] == ["test.noted", "bypass.detected", "sealed"]
    assert published(log)[0]["id"] == good
    with reading(engine) as session:
        assert session.scalars(select(TrailEvent.seq).where(TrailEvent.event_id == bad)).one() is None
    assert log.run().added == 0  # reported once


def test_a_change_past_the_application_is_reported_once(engine: Engine, log: Sequencer) -> None:
    set_day(engine, True)
    assert log.run().findings == []
    tamper(engine, "UPDATE calendar_days SET is_working = NOT is_working")
    findings = log.run().findings
    assert [(f["what"], f["table"], f["pk"], f["op"]) for f in findings] == [
        ("change without an event", "calendar_days", 1, "update")
    ]
    assert log.run().findings == []
    with reading(engine) as session:
        assert session.scalars(select(ChangeLog.id).where(ChangeLog.verdict.is_(None))).all() == []
        assert session.scalars(select(TrailSubject.no).where(TrailSubject.type == "bypass.detected")).all() == ["1"]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_change_that_claims_an_older_event_is_reported(engine: Engine, log: Sequencer, sealed: bool) -> None:
    set_day(engine, True, kind="case.step" if sealed else "calendar.day.set", sealed=sealed)
    note_something(engine)
    log.run()  # a sealed event still waits for its half-day, but its changes are judged
    with reading(engine) as session:
        said = session.scalars(select(CalendarDay.event_id)).one()
        assert (session.scalars(select(TrailEvent.seq).where(TrailEvent.event_id == said)).one() is None) is sealed
    context = (
        f"UPDATE trail_context SET event_id = '{said}'"
        if engine.dialect.name == "sqlite"
        else f"SELECT set_config('yangguang.event_id', '{said}', true)"
    )
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(context))
        connection.execute(text("UPDATE calendar_days SET is_working = NOT is_working"))
    assert [f["said"] for f in log.run().findings] == [said]


def test_a_row_edited_with_triggers_off_breaks_the_chain_at_its_next_event(engine: Engine, log: Sequencer) -> None:
    set_day(engine, True)
    log.run()
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            off, on = (f"ALTER TABLE calendar_days {word} TRIGGER ALL" for word in ("DISABLE", "ENABLE"))
        else:
            stored = text("SELECT sql FROM sqlite_master WHERE name = 'trail_calendar_days_update'")
            off, on = "DROP TRIGGER trail_calendar_days_update", connection.execute(stored).scalar_one()
        for statement in (off, "UPDATE calendar_days SET basis = 'quietly'", on):
            connection.execute(text(statement))
    assert log.run().findings == []  # nobody saw it yet
    set_day(engine, False)
    assert [(f["what"], f["table"], f["pk"]) for f in log.run().findings] == [
        ("row changed between two events", "calendar_days", 1)
    ]


def test_corrections_through_actions_chain_without_findings(engine: Engine, log: Sequencer) -> None:
    for working in (True, False, True):
        set_day(engine, working)
    assert log.run().findings == []
    set_day(engine, False)
    assert log.run().findings == []


def test_a_rolled_back_database_is_not_signed_over(engine: Engine, log: Sequencer) -> None:
    old = log.recover()
    note_something(engine)
    log.run()
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(update(TrailHead).values(size=old.size, root=old.root, note=old.note))
    with pytest.raises(CannotRun, match="拒绝签发"):
        log.run()


def test_damaged_public_tiles_are_not_built_upon(engine: Engine, log: Sequencer) -> None:
    note_something(engine)
    log.run()
    tile = log.files.directory / "tile/0/000.p/9"
    tile.write_bytes(b"\x00" + tile.read_bytes()[1:])
    note_something(engine)
    with pytest.raises(CannotRun, match="瓦片"):
        log.run()


def test_only_one_sequencer_works(engine: Engine, settings: Settings) -> None:
    with locks.sequencing(engine, settings.home / "log-staging"):
        with pytest.raises(CannotRun, match="另一个进程"), locks.sequencing(engine, settings.home / "log-staging"):
            pass
        if engine.dialect.name == "postgresql":  # another machine with another directory
            with pytest.raises(CannotRun), locks.sequencing(engine, settings.home / "elsewhere"):
                pass
    with locks.sequencing(engine, settings.home / "log-staging"):
        pass


def test_leaves_never_show_the_time_of_day_nor_the_village(engine: Engine, log: Sequencer) -> None:
    note_something(engine, unit="320826104207")
    log.run()
    leaf = log.files.leaf(0, 9)
    assert leaves.day_of(now_utc()).encode() in leaf
    assert not re.search(rb"\d\d:\d\d", leaf)  # a commitment's base64 has no colon
    assert published(log)[0]["u"] == "320826104000"
    with reading(engine) as session:
        assert session.scalars(select(TrailSubject.division)).one() == "320826104207"
