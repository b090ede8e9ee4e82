# ruff: noqa: E501  # rows of tables stand on one line each
"""An installation that has divisions, units and one chain of money, and a way to import a text as a file."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from portal.intake.actions import Sender, load_rows
from portal.intake.declaration import Problems
from portal.intake.files import Sources
from portal.intake.importing import Wish, import_file
from portal.intake.kinds import find_kind
from portal.intake.normalising import Normaliser
from portal.intake.profiles import parse_profile
from portal.intake.stage import Staged, Stager
from portal.kernel.sheets import jail, reading
from portal.kernel.sheets.limits import Limits
from portal.settings import Settings
from portal.trail.connect import keyring_of
from tests.conftest import Filling

DIVISIONS = "区划代码,名称,上级代码\n32,江苏省,\n3208,淮安市,32\n320826,涟水县,3208\n320826100,红窑镇,320826\n320826100001,甲村,320826100\n320826100002,乙村,320826100\n"
UNITS = "单位编码,单位名称,单位类型,区划代码\nCZ,涟水县财政局,财政,320826\nHY,红窑镇人民政府,乡镇,320826100\n"
PROGRAMMES = "资金项目编码,名称,主管部门,年度,资金类别,发放方式,预算金额\nZX-1,专项扶贫资金,涟水县财政局,2026,扶贫资金,到户补贴,100万元\n"
ALLOCATIONS = (
    "拨付编号,上级拨付编号,资金项目编码,拨出单位,拨入单位,区划代码,金额,拨付日期\n"
    "B1,,ZX-1,,CZ,320826,500000,2026-02-01\nB2,B1,ZX-1,CZ,HY,320826100,200000,2026-03-01\n"
)
HOUSEHOLDS = (
    "户编号,姓名,证件号码,与户主关系,区划代码,状态,对象类别,银行账号\n"
    "H1,张三,11010519491231002X,户主,320826100001,在册,低保户,6222021234567890128\n"
    "H1,李四,,配偶,,,,\n"
    "H2,王五,320826195203040019,户主,320826100002,在册,低保户,\n"
)
ALICE, BOB = "11010519491231002X", "320826195203040019"

Put = Callable[..., dict[str, Any]]


@pytest.fixture
def sources(settings: Settings, engine: Engine) -> Sources:
    """Where the test's imports work."""
    return Sources(engine, keyring_of(settings), settings.staging_dir)


@pytest.fixture
def put(sources: Sources, tmp_path: Path) -> Put:
    """Import a text (or bytes) as a file of a kind; returns the answer of the command line."""
    count = iter(range(10_000))

    def import_text(
        kind: str, content: str | bytes, *, profile: dict[str, Any] | None = None, suffix: str = ".csv", **wish: Any
    ) -> dict[str, Any]:
        path = tmp_path / f"{kind}-{next(count)}{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        read = parse_profile({"kind": kind, **profile}, "test", "0" * 64) if profile is not None else None
        sender = Sender("cli:test", wish.pop("checker", None))
        return import_file(sources, path, Wish(find_kind(kind), read, **wish), sender)

    return import_text


def stage_text(sources: Sources, kind: str, content: str) -> Staged:
    """Stage a clean CSV without the jail: set-up of a test that is about something else."""
    names, *rows = list(csv.reader(content.splitlines()))
    declared = find_kind(kind)
    columns = dict(zip(names, ([cell or None for cell in column] for column in zip(*rows, strict=True)), strict=True))
    problems = Problems(rows=list(range(2, len(rows) + 2)))
    with Stager(sources.engine, sources.keyring, sources.staging_dir, declared) as stager:
        stager.take(Normaliser(declared).read(columns, problems), problems)
        return stager.finish()


def fill_county(sources: Sources) -> None:
    """A small county: divisions, units, a programme with two lines, two households."""
    for kind, content in (
        ("divisions", DIVISIONS), ("units", UNITS), ("programmes", PROGRAMMES), ("allocations", ALLOCATIONS), ("households", HOUSEHOLDS),
    ):  # fmt: skip
        staged = stage_text(sources, kind, content)
        assert staged.errors == []
        load_rows(sources.engine, staged, actor="test", source=kind)


def _begin_with_county(engine: Engine, settings: Settings) -> None:
    settings.staging_dir.mkdir()
    fill_county(Sources(engine, keyring_of(settings), settings.staging_dir))


@pytest.fixture
def beginning(request: pytest.FixtureRequest) -> Filling | None:
    """The small county is there from the beginning, where a test asks for it."""
    return _begin_with_county if "county" in request.fixturenames else None


@pytest.fixture
def county(put: Put) -> Put:
    """The small county; returns `put`."""
    return put


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are parsed by the same code without a child process: for tests that are about what stands in them.

    The jail itself is proved in tests/kernel/sheets, and used by the tests of bad files, of deaths and of whole journeys.
    """

    def run(module: str, request: dict[str, Any], *, file: Path, workdir: Path, limits: Limits) -> dict[str, Any]:
        asked = request | {"file": str(file.resolve()), "workdir": str(workdir), "limits": asdict(limits)}
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as streams:
            streams.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
            streams.setattr(sys, "stdout", said)
            importlib.import_module(module).main()
        return jail._answer(said.getvalue().encode(), 0, file)

    monkeypatch.setattr(reading, "run", run)
