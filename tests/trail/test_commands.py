"""`yangguang trail …` as scripts use it: one JSON object, and exit codes that mean something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from portal.commands import trail as commands
from portal.commands.trail import trail
from portal.kernel.database import WRITING, now_utc
from portal.settings import Settings
from portal.trail import locks, monthly
from portal.trail.publish import LogFiles
from tests.trail.arrange import note_something


@pytest.fixture
def run(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command in the test's own installation: (exit code, JSON of stdout, stderr)."""
    monkeypatch.setenv("YANGGUANG_HOME", str(settings.home))
    monkeypatch.setenv("YANGGUANG_DATABASE_URL", settings.database_url)

    def call(*arguments: object) -> tuple[int, dict[str, Any], str]:
        done = CliRunner().invoke(trail, [*map(str, arguments), "--json"])
        return done.exit_code, json.loads(done.stdout or "{}"), done.stderr

    return call


def test_init_checkpoint_verify_and_prove(run: Any, engine: Engine, settings: Settings, tmp_path: Path) -> None:
    code, said, _ = run("checkpoint", "--init", "--origin", "yangguang.example/log")
    assert (code, said["size"], said["ok"], said["problems"]) == (0, 0, True, [])
    event_id = note_something(engine, 5)
    code, said, _ = run("checkpoint")
    assert (code, said["size"], said["added"]) == (0, 9, 9)
    kept = tmp_path / "kept"
    kept.write_bytes((settings.log_dir / "checkpoint").read_bytes())
    code, found, remarks = run("verify")
    assert (code, found["ok"], found["size"], found["root"]) == (0, True, 9, said["root"])
    assert "fork" in remarks
    assert run("verify", "--log", settings.log_dir, "--against", kept)[0] == 0
    assert run("verify", "--kinds")[1]["shown"] == {"kinds": {}}
    bundle = tmp_path / "bundle.tar"
    bundle.write_bytes(
        b"".join(monthly.bundle(LogFiles(settings.log_dir), monthly.month_of(now_utc()), now_utc()).pieces)
    )
    assert run("verify", "--bundle", bundle)[1]["root"] == said["root"]
    bundle.write_bytes(b"x" * 2000)
    assert run("verify", "--bundle", bundle)[0] == 1
    for kind, no in (("thing", 5), ("event", event_id)):
        file = tmp_path / f"{kind}.tlog-proof"
        code, made, _ = run("prove", kind, no, "--to", file, "--open", "after")
        assert (code, made["ok"], made["steps"], made["opened"]) == (0, True, 1, ["after"])
        code, shown, _ = run("verify", "--proof", file)
        assert (code, shown["shown"]["open"]) == (0, {"after": {"n": 5}})
        file.write_bytes(file.read_bytes().replace(b"index 0", b"index 1"))
        assert run("verify", "--proof", file)[0] == 1
    assert run("checkpoint")[1]["size"] == 17  # opening was itself recorded


def test_findings_give_exit_code_one(run: Any, engine: Engine, settings: Settings) -> None:
    run("checkpoint", "--init")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text("INSERT INTO change_log (table_name, pk, op) VALUES ('payments', 1, 'update')"))
    code, said, _ = run("checkpoint")
    assert (code, said["ok"]) == (1, False)
    assert "payments" in said["problems"][0]
    tile = settings.log_dir / "tile/0/000.p/9"
    tile.write_bytes(b"\x00" + tile.read_bytes()[1:])
    code, said, _ = run("verify")
    assert (code, said["ok"]) == (1, False)


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["checkpoint"], "--init"),
        (["checkpoint", "--init", "--origin", "https://x y"], "--origin"),
        (["verify"], "--log"),
        (["verify", "--log", "/nowhere"], "--log"),
        (["reconcile"], "trail verify"),
        (["reconcile", "--money"], "trail verify"),
        (["verify", "--policy", "/dev/null"], "--against"),
        (["prove", "household", "H1", "--to", "/tmp/x"], "编号"),
    ],
)
def test_what_cannot_run_says_what_to_do(run: Any, arguments: list[str], cure: str) -> None:
    code, said, remarks = run(*arguments)
    assert (code, said) == (2, {})
    assert cure in remarks
    assert remarks.count("\n") == 1


def test_the_loop_publishes_beats_and_leaves_the_log_free_between(
    run: Any, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("checkpoint", "--init")
    sizes: list[int] = []

    def between(_seconds: float) -> None:
        note_something(engine)
        sizes.append(run("checkpoint")[1]["size"])
        with locks.sequencing(engine, settings.home / "log-staging"):
            assert commands._publish_if_free(settings, heartbeat=True) is None
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.time, "sleep", between)
    done = CliRunner().invoke(trail, ["checkpoint", "--loop"])
    assert (done.exit_code, sizes) == (0, [18])  # heartbeat and padding, then the event and padding


def test_the_loop_begins_each_half_day_with_a_publication(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not anything has waited for it: else the publication itself would tell that something has."""
    run("checkpoint", "--init")
    halves, sizes = iter("AAABB"), []

    def between(_seconds: float) -> None:
        sizes.append(run("checkpoint")[1]["size"])
        if len(sizes) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(commands, "half_day", lambda _at: next(halves))
    monkeypatch.setattr(commands.time, "sleep", between)
    CliRunner().invoke(trail, ["checkpoint", "--loop"])
    assert sizes == [9, 9, 18, 18]


def test_verify_needs_only_public_files(run: Any, engine: Engine, settings: Settings, tmp_path: Path) -> None:
    run("checkpoint", "--init")
    note_something(engine)
    run("checkpoint")
    mirror = tmp_path / "mirror"
    settings.log_dir.rename(mirror)
    for secret in (*settings.keys_dir.iterdir(), settings.log_key):
        secret.unlink()
    code, said, _ = run("verify", "--log", mirror)
    assert (code, said["ok"], said["size"], said["problems"]) == (0, True, 9, [])
