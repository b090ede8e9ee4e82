"""Helpers of the trail's tests: a log of one's own, events in it, and what the verifier says."""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import Engine, insert

from portal.kernel.database import WRITING, now_utc, writing
from portal.kernel.sealing import ensure_keys
from portal.settings import Settings
from portal.trail import actions, leaves, verifier
from portal.trail.keys import TrailKeys, load_keys
from portal.trail.models import TrailEvent
from portal.trail.note import LogKey, make_log_key
from portal.trail.publish import LogFiles, Staging
from portal.trail.sequence import Sequencer
from portal.trail.verifier import Report

ORIGIN = "yangguang.example/log"


def open_log(engine: Engine, settings: Settings) -> Sequencer:
    """The sequencer of a fresh log, initialised."""
    sequencer = Sequencer(
        engine,
        load_keys(settings.keys_dir, ensure_keys(settings.keys_dir)),
        make_log_key(settings.log_key, ORIGIN),
        LogFiles(settings.log_dir),
        Staging(settings.home / "log-staging"),
    )
    sequencer.init()
    return sequencer


def note_something(engine: Engine, number: int = 1, **more: object) -> str:
    """Record an ordinary event; returns its id."""
    with writing(engine) as session:
        said = {
            "kind": "test.noted",
            "actor": "demo",
            "subjects": [("thing", str(number))],
            "after": {"n": number},
            **more,
        }
        return actions.record(session, **said).event_id  # type: ignore[arg-type]


def note_many(engine: Engine, keys: TrailKeys, count: int) -> None:
    """Record many small events at once, past the actions: one insert."""
    now = now_utc()
    rows = []
    for number in range(count):
        draft = leaves.Draft(kind="test.bulk", actor="demo", at=now, subject=[], after={"n": number})
        made = leaves.make_leaf(draft, str(uuid.uuid4()))
        rows.append(actions.event_row(keys, made, recorded_at=now, release_at=now, sealed=False))
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(insert(TrailEvent), rows)


def check(log_dir: Path, key: LogKey, against: bytes | None = None) -> Report:
    """What a stranger finds who has the public files and the verifier key."""
    return verifier.check_log(verifier.reader(str(log_dir)), verifier.parse_key(key.vkey), against)
