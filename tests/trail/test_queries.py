"""The chronology of one thing tells who did what, when, why, and from which state to which."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from portal.kernel.database import WRITING, reading, writing
from portal.kernel.errors import CannotRun, NotFound
from portal.kernel.sealing import SealError
from portal.settings import Settings
from portal.trail import keys, queries
from portal.trail.actions import record
from portal.trail.encoding import OutsideProfile
from portal.trail.models import TrailOpening
from tests.trail.arrange import note_something, open_log

TWO = [("household", "H1"), ("village", "V1")]


def test_history_is_told_newest_first_with_before_and_after(engine: Engine) -> None:
    with writing(engine) as session:
        first = record(
            session,
            kind="household.added",
            actor="clerk",
            subjects=[("household", "H1"), ("village", "V1")],
            after={"name": "李"},
        )
    with writing(engine) as session:
        done = record(
            session, kind="household.corrected", actor="officer", subjects=[("household", "H1")], unit="320826",
            before={"name": "李"}, after={"name": "e\u0301"}, why="笔误", public={"rule": 3}, request_id="R1",
        )  # fmt: skip
    with reading(engine) as session:
        newest, oldest = queries.list_history(session, "household", "H1")
        assert (newest.actor, newest.why, newest.before, newest.after) == (
            "officer",
            "笔误",
            {"name": "李"},
            {"name": "é"},
        )
        assert (newest.unit, newest.public, newest.index, newest.leaf_hash) == (
            "320826",
            {"rule": 3},
            None,
            done.leaf_hash.hex(),
        )
        assert (oldest.event_id, oldest.subjects) == (first.event_id, TWO)
        assert [e.event_id for e in queries.list_history(session, "village", "V1")] == [first.event_id]
        assert queries.list_history(session, "household", "H2") == []
        assert [e.event_id for e in queries.list_by_actor(session, "officer")] == [done.event_id]


def test_sealed_events_show_their_true_kind_only_through_the_keyring(engine: Engine) -> None:
    with writing(engine) as session:
        done = record(session, kind="access.reveal", actor="demo", subjects=[("person", "P1")], sealed=True, why="核对")
    with reading(engine) as session:
        entry = queries.get_event(session, done.event_id)
        assert (entry.kind, entry.subjects, entry.why) == ("access.reveal", [("person", "P1")], "核对")
        with pytest.raises(NotFound):
            queries.get_event(session, "nothing")


def test_openings_cannot_change_places(engine: Engine) -> None:
    ids = [note_something(engine, n) for n in (1, 2)]
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for field in ("after", "actor"):
            connection.execute(
                text(
                    "UPDATE trail_openings SET sealed = (SELECT sealed FROM trail_openings o WHERE o.event_id = :a AND o.field = :f)"
                    " WHERE event_id = :b AND field = :f"
                ),
                {"a": ids[0], "b": ids[1], "f": field},
            )
    with reading(engine) as session, pytest.raises(SealError):
        queries.get_event(session, ids[1])


def test_values_lie_sealed_and_the_leaf_shows_none_of_them(engine: Engine) -> None:
    event_id = note_something(engine, after={"name": "王小明"}, actor="clerk-17")
    with reading(engine) as session:
        stored = session.query(TrailOpening.sealed).filter_by(event_id=event_id).all()
        leaf = session.execute(text("SELECT leaf FROM trail_events")).scalar_one()
        for blob in [bytes(leaf), *(bytes(s) for (s,) in stored)]:
            assert "王小明".encode() not in blob
            assert b"clerk-17" not in blob


def test_an_erased_opening_is_told_as_erased(engine: Engine) -> None:
    event_id = note_something(engine)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text("UPDATE trail_openings SET sealed = NULL, erased_by = 'x' WHERE field = 'after'"))
    with reading(engine) as session:
        entry = queries.get_event(session, event_id)
        assert (entry.after, entry.erased, entry.actor) == (None, ("after",), "demo")


def test_the_state_of_the_log(engine: Engine, settings: Settings) -> None:
    with reading(engine) as session:
        assert queries.find_log_facts(session) is None
    log = open_log(engine, settings)
    event_id = note_something(engine)
    with reading(engine) as session:
        facts = queries.find_log_facts(session)
        assert facts is not None
        assert (facts.size, facts.waiting, queries.find_index(session, event_id)) == (0, 1, None)
        assert facts.oldest_waiting_at == queries.oldest_unsequenced_at(session) is not None
    log.run()
    with reading(engine) as session:
        facts = queries.find_log_facts(session)
        assert facts is not None
        assert (facts.size, facts.waiting, queries.count_unsequenced(session)) == (9, 0, 0)
        leaf_hash = queries.get_event(session, event_id).leaf_hash
        assert queries.find_index(session, event_id) == queries.find_index(session, leaf_hash) == 0


def test_values_without_a_canonical_form_are_refused(engine: Engine) -> None:
    with pytest.raises(OutsideProfile), writing(engine) as session:
        record(session, kind="test", actor="demo", subjects=[], after={"amount": 1.5})
    with pytest.raises(OutsideProfile, match="4096"), writing(engine) as session:
        record(session, kind="test", actor="demo", subjects=[], public={"list": ["x" * 100] * 50})


def test_a_process_that_forgot_its_keys_is_told_so(engine: Engine) -> None:
    keys._KEYS.clear()
    with pytest.raises(CannotRun, match="留痕密钥"), writing(engine) as session:
        record(session, kind="test", actor="demo", subjects=[])
