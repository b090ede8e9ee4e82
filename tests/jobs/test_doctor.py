"""The doctor names what is broken and the cure, mends nothing, and never makes things worse by looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from portal.cli import main
from portal.commands.installation import mend_protection
from portal.commands.trail import checkpoint_once
from portal.jobs.doctor import Check, Patient, examine
from portal.kernel.database import WRITING, make_engine, reading, writing
from portal.registers.recipients.models import Household, Person
from portal.registers.sealed import identity_columns
from portal.settings import Settings
from portal.trail import actions as trail
from portal.trail.connect import keyring_of
from portal.trail.queries import list_by_actor

OTHER_ROOT = "(SELECT openings_hash FROM trail_events WHERE seq = 0)"
SYNTHETIC_ID = "32082619900101001X"
Break = Callable[[Settings], Any]


@pytest.fixture
def home(engine: Engine, settings: Settings) -> Settings:
    """An installation with one person in it and a published log."""
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
        household = Household(no="H-1", division_code="320826101201", status="在册")
        session.add(household)
        session.flush()
        sealed = identity_columns(keyring_of(settings), "persons", SYNTHETIC_ID)
        session.add(Person(household_id=household.id, name="张三", lives_together=True, **sealed))
    checkpoint_once(settings, init=True)
    return settings


def findings(settings: Settings) -> dict[str, Check]:
    engine = make_engine(settings.database_url)
    try:
        found = examine(Patient(settings, engine, "0001", lambda: "0001", "yangguang init"))
    finally:
        engine.dispose()
    assert all(check.cure and "先处理别的问题" not in check.cure for check in found if not check.ok), found
    return {check.name: check for check in found if not check.ok}


def unlink(pattern: str) -> Break:
    return lambda settings: [path.unlink() for path in settings.home.glob(pattern)]


def write(name: str, content: bytes) -> Break:
    return lambda settings: (settings.home / name).write_bytes(content)


def flip_entry(settings: Settings) -> None:
    tile = next((settings.log_dir / "tile" / "entries").rglob("*.p/*"))
    content = bytearray(tile.read_bytes())
    content[40] ^= 1
    tile.chmod(0o600)
    tile.write_bytes(content)


@pytest.mark.parametrize(
    ("broken", "names", "words"),
    [
        (unlink("keys/event.key"), "keys_present", "event.key"),
        (unlink("keys/seal-*.key"), "keys_present", "seal-"),
        (unlink("keys/*.key"), "keys_present", "index.key"),
        (write("keys/index.key", b"AB" * 32), "keys_fit", "index.key"),
        (write("keys/index.key", b"short"), "keys", "index.key"),
        (write("keys/event.key", b"not hex"), "keys", "event.key"),
        (unlink("log/checkpoint"), "log_complete", "还没有"),
        (write("log/checkpoint", b"nonsense"), "log_verifies", "日志"),
        (flip_entry, "log_verifies", "leaf 0"),
        (unlink("log-key/log.key"), "log_key", "还没有"),
    ],
)
def test_what_is_broken_is_named_with_its_cure(home: Settings, broken: Break, names: str, words: str) -> None:
    broken(home)
    found = findings(home)
    assert words in found[names].seen
    assert "log_leaves" not in found  # damaged public files say nothing against the database


def test_keys_that_others_can_read_are_told(home: Settings) -> None:
    (home.keys_dir / "index.key").chmod(0o644)
    home.home.chmod(0o755)
    assert {"keys_private", "home_private"} <= set(findings(home))


@pytest.mark.parametrize("keep", [0, 100, 0.5])
def test_a_damaged_database_is_a_finding_not_a_crash(home: Settings, keep: float) -> None:
    if not home.database_url.startswith("sqlite"):
        pytest.skip("a server's files are its own")
    path = home.home / "yangguang.sqlite3"
    for extra in home.home.glob("yangguang.sqlite3-*"):
        extra.unlink()
    content = path.read_bytes()
    path.write_bytes(b"x" * 100 if keep == 100 else content[: int(len(content) * keep)])
    assert {"database", "schema"} & set(findings(home))


def test_a_database_that_is_gone_is_a_finding_and_stays_gone(home: Settings, tmp_path: Path) -> None:
    url = f"sqlite:///{home.home / 'gone.sqlite3'}"
    if not home.database_url.startswith("sqlite"):
        url = "postgresql://nobody@127.0.0.1:1/nothing"
    found = findings(replace(home, database_url=url))
    assert "database" in found
    assert not (home.home / "gone.sqlite3").exists()
    environment = {"YANGGUANG_HOME": str(home.home), "YANGGUANG_DATABASE_URL": url}
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environment)
    assert result.exit_code == 1
    assert '"name":"database","ok":false' in result.stdout


def test_triggers_that_say_nothing_any_more_are_told_and_put_back(home: Settings, engine: Engine) -> None:
    silence = [
        "DROP TRIGGER trail_payments_update",
        "CREATE TRIGGER trail_payments_update AFTER UPDATE ON payments BEGIN SELECT 1; END",
    ]
    if engine.dialect.name == "postgresql":
        silence = [
            "CREATE OR REPLACE FUNCTION trail_log_change() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$"
        ]
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for statement in silence:
            connection.execute(text(statement))
    assert "payments" in findings(home)["triggers"].seen
    assert "payments" in mend_protection(home, "test")
    assert "triggers" not in findings(home)


@pytest.mark.parametrize(("change", "told"), [("size = 3", "签过 3 条"), (f"root = {OTHER_ROOT}", "根不同")])
def test_a_head_of_the_tree_that_is_not_the_public_one_is_told(
    home: Settings, engine: Engine, change: str, told: str
) -> None:
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(f"UPDATE trail_head SET {change}"))
    assert told in findings(home)["log_complete"].seen


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DELETE FROM trail_events WHERE seq = 1", "第 1 条：数据库里不见了"),
        ("UPDATE trail_events SET leaf = leaf_hash WHERE seq = 1", "第 1 条：数据库里的和公开的不同"),
        ("UPDATE trail_events SET leaf_hash = openings_hash WHERE seq = 0", "第 0 条：数据库里的和公开的不同"),
        ("UPDATE trail_events SET seq = 99 WHERE seq = 2", "第 2 条：数据库里不见了"),
    ],
)
def test_a_published_leaf_that_the_database_lost_or_changed_is_named(
    home: Settings, engine: Engine, change: str, named: str
) -> None:
    assert "log_leaves" not in findings(home)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(change))
    assert findings(home)["log_leaves"].seen == named


def test_one_lost_trigger_is_told_put_back_and_recorded(home: Settings, engine: Engine) -> None:
    drop = "DROP TRIGGER trail_payments_update" + ("" if engine.dialect.name == "sqlite" else " ON payments")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text(drop))
    assert "payments" in findings(home)["triggers"].seen
    assert mend_protection(home, "test") == ["payments"]
    assert "triggers" not in findings(home)
    assert mend_protection(home, "test") == []
    with reading(engine) as session:
        assert [entry.kind for entry in list_by_actor(session, "test")].count("installation.triggers_restored") == 1
