"""After kill -9 at any step of a publication the log verifies, goes on, and lacks no acknowledged event."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from portal.kernel.database import reading
from portal.settings import Settings
from portal.trail.models import TrailEvent
from portal.trail.publish import LogFiles, Staging
from portal.trail.sequence import Published, Sequencer
from tests.house.tree import ROOT
from tests.trail.arrange import check, note_many, note_something, open_log

STEPS = ["staged", "committing", "committed", "tiles published", "checkpoint published", "staging dropped"]
KILLS = 250 if os.environ.get("YANGGUANG_SOAK") == "1" else 2


class Broken(Exception):
    """The step failed."""


def crash(settings: Settings, step: str, seconds: float | None = None) -> list[str]:
    """Let a process publish until it dies; returns the ids of the events it acknowledged."""
    command = [sys.executable, "-m", "tests.trail.crash_once", str(settings.home), settings.database_url, step]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        acknowledged = process.stdout.read().split("\n")
    assert process.returncode == -9
    return [line for line in acknowledged if len(line) == 36]


def go_on(log: Sequencer, acknowledged: list[str], kept: bytes | None) -> Published:
    """Publish once more and check that nothing was lost and nothing was signed twice."""
    state = log.run()
    report = check(log.files.directory, log.log_key, kept)
    assert report.problems == []
    assert report.size == state.size
    with reading(log.engine) as session:
        rows = session.execute(select(TrailEvent.seq, TrailEvent.event_id).where(TrailEvent.seq.is_not(None))).all()
    assert sorted(row.seq for row in rows) == list(range(state.size))
    assert set(acknowledged) <= {row.event_id for row in rows}
    assert log.staging.get() is None
    assert list(log.files.directory.rglob(".*")) == []
    return state


def test_a_process_killed_at_any_step_leaves_a_log_that_goes_on(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    for step in STEPS:
        note_something(engine)
        log.run()
        acknowledged = crash(settings, step)
        assert len(acknowledged) == 3
        seen = log.files.checkpoint()
        assert check(log.files.directory, log.log_key).problems == []  # even before anybody repairs anything
        go_on(log, acknowledged, seen)


def test_processes_killed_at_random_moments(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    chance = random.Random(9)
    for _ in range(KILLS):
        acknowledged = crash(settings, "never", chance.uniform(0.05, 0.4))
        go_on(log, acknowledged, log.files.checkpoint())


def test_a_step_that_fails_is_made_good_by_the_next_run(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    for step in STEPS:
        event_id = note_something(engine)
        log.reached = failing_at(step)
        with pytest.raises(Broken):
            log.run()
        log.reached = lambda reached: None
        go_on(log, [event_id], log.files.checkpoint())


def failing_at(step: str) -> Callable[[str], None]:
    def fail(reached: str) -> None:
        if reached == step:
            raise Broken(step)

    return fail


def test_committed_leaves_are_published_from_the_database_without_the_staging(
    engine: Engine, settings: Settings
) -> None:
    log = open_log(engine, settings)
    note_many(engine, log.keys, 600)
    acknowledged = crash(settings, "committed")
    log.staging.drop()
    go_on(log, acknowledged, log.files.checkpoint())
    acknowledged = crash(settings, "committed")
    data = log.staging.path.read_bytes()
    log.staging.path.write_bytes(data[:100] + b"x" + data[101:])
    go_on(log, acknowledged, log.files.checkpoint())


def test_what_a_killed_process_left_half_written_is_written_over(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    acknowledged = crash(settings, "committed")
    staged = log.staging.get()
    assert staged is not None
    for path in (*staged.files, "checkpoint"):
        target = log.files.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_name(f".{target.name}.new").write_bytes(b"half")
    go_on(log, acknowledged, log.files.checkpoint())


def test_a_staged_publication_that_was_never_committed_is_dropped(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    acknowledged = crash(settings, "staged")
    staged = log.staging.get()
    assert staged is not None
    assert log.recover().size == 0
    assert log.staging.get() is None
    go_on(log, acknowledged, None)


def test_a_lost_public_directory_is_written_again(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    log = open_log(engine, settings)
    note_many(engine, log.keys, 300)
    log.run()
    kept = log.files.checkpoint()
    elsewhere = Sequencer(engine, log.keys, log.log_key, LogFiles(tmp_path / "again"), Staging(tmp_path / "staging"))
    elsewhere.files.put_key(log.log_key.vkey)
    assert elsewhere.recover().size == 308
    assert check(elsewhere.files.directory, log.log_key, kept).problems == []
