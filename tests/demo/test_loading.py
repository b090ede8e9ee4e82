"""The village enters both databases the way of any import, and two homes hold the same facts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, LargeBinary, func, select

from portal.demo.arrays import DemoTable
from portal.demo.load import load_tables
from portal.kernel.database import reading
from portal.kernel.keeping import BOOKKEEPING, kept_tables
from portal.settings import Settings, read_settings
from portal.trail.connect import connect, keyring_of
from portal.trail.models import TrailEvent
from tests.conftest import build_schema
from tests.demo.frames import Balances, Frames


def quiet(_message: str) -> None:
    """Progress nobody reads."""


def facts(engine: Engine) -> dict[str, str]:
    """A digest per table of everything but bookkeeping, sealed values and blind indexes: their keys differ by home."""
    found: dict[str, str] = {}
    with reading(engine) as session:
        for table in kept_tables():
            names = [c.name for c in table.columns if c.name not in BOOKKEEPING and not isinstance(c.type, LargeBinary)]
            names = [name for name in names if name != "content_key"]
            rows: list[Any] = session.execute(select(*[table.c[n] for n in names]).order_by(table.c.id)).all()
            found[table.name] = hashlib.sha256("\n".join(map(repr, map(tuple, rows))).encode()).hexdigest()
    return found


def test_the_village_enters_with_one_event_a_file(
    settings: Settings, engine: Engine, village_tables: list[DemoTable], village_frames: Frames
) -> None:
    loaded = load_tables(engine, keyring_of(settings), settings.staging_dir, village_tables, quiet)
    tables = {table.name: table for table in kept_tables()}
    with reading(engine) as session:
        for kind in ("payments", "allocations", "bank_returns", "incomes", "projects", "helpers", "pairings"):
            count = session.scalar(select(func.count()).select_from(tables[kind]))
            assert count == loaded.rows[kind] == village_frames.whole(kind).num_rows, kind
        paid = session.scalar(select(func.sum(tables["payments"].c.amount_fen)))
        assert paid == loaded.fen["payments"] == sum(village_frames.list("payments", "金额"))
        events = session.scalar(select(func.count()).select_from(TrailEvent))
        assert events == len(village_tables)
        assert session.scalar(select(func.count()).select_from(tables["households"])) == 200


def test_the_kept_balances_are_those_of_the_files(
    settings: Settings, engine: Engine, village_tables: list[DemoTable], village_frames: Frames
) -> None:
    load_tables(engine, keyring_of(settings), settings.staging_dir, village_tables, quiet)
    expected = Balances(village_frames)
    tables = {table.name: table for table in kept_tables()}
    balances, lines = tables["allocations"].metadata.tables["line_balances"], tables["allocations"]
    query = select(lines.c.no, balances.c.held_fen, balances.c.paid_fen).join(
        lines, lines.c.id == balances.c.allocation_id
    )
    with reading(engine) as session:
        kept = {no: (held, paid) for no, held, paid in session.execute(query)}
    assert kept == {no: (expected.held(no), expected.paid[no]) for no in expected.positive()}


def test_two_homes_with_one_plan_hold_the_same_facts(tmp_path: Path, village_tables: list[DemoTable]) -> None:
    seen = []
    for name in ("one", "two"):
        home = tmp_path / name
        home.mkdir()
        settings = read_settings({"YANGGUANG_HOME": str(home)})
        build_schema(settings.database_url)
        engine = connect(settings)
        load_tables(engine, keyring_of(settings), settings.staging_dir, village_tables, quiet)
        seen.append(facts(engine))
        engine.dispose()
    assert seen[0] == seen[1]
