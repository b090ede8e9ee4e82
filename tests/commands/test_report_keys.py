"""`report-keys`: two custodians by name and public line, one replaced by another, and the escrow that they open with `age`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from portal.cli import main
from portal.kernel.database import now_utc, writing
from portal.oversight.complaints.keys.actions import make_pair, set_passphrase
from portal.oversight.complaints.keys.rules import new_personal
from portal.registers.corrections import Act
from portal.settings import Settings
from tests.factories.complaints import COUNTY, PASSPHRASE
from tests.factories.divisions import make_county

Run = Callable[..., tuple[int, Any, str]]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def run(engine: Engine, settings: Settings) -> Run:
    with writing(engine) as session:
        make_county(session)
    environ = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}

    def call(*words: str) -> tuple[int, Any, str]:
        done = CliRunner().invoke(main, ["report-keys", *words, "--json"], env=environ)
        return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else None, done.output

    return call


def test_two_custodians_hold_office_and_open_the_escrow_one_after_the_other(
    run: Run, engine: Engine, tmp_path: Path
) -> None:
    one, two, third = (pyrage.x25519.Identity.generate() for _ in range(3))
    assert run("custodian", "甲，档案局", str(one.to_public()))[0] == 0
    code, _told, said = run("escrow", COUNTY, "--to", str(tmp_path / "escrow"))
    assert code and "没有托管的钥匙" in said and not (tmp_path / "escrow").exists()
    for name, key, wrong in (
        ("甲，档案局", two, "已经登记过"), ("乙，公证处", one, "已经登记过"), (" ", two, "没有写托管人的姓名"),
    ):  # fmt: skip
        code, _told, said = run("custodian", name, str(key.to_public()))
        assert code and wrong in said
    assert "不是一个 age 公钥" in run("custodian", "乙，公证处", str(two))[2], "a private half is not taken"
    assert run("custodian", "乙，公证处", str(two.to_public()))[1]["custodians"] == 2
    assert "已经有两位托管人" in run("custodian", "丙", str(third.to_public()))[2]
    assert "没有这位托管人" in run("custodian", "丙", str(third.to_public()), "--replaces", "丁")[2]
    with writing(engine) as session:
        act = Act("test", "建机关钥匙")
        set_passphrase(session, "head", new_personal(PASSPHRASE, memory_kib=64, passes=1), act, now_utc())
        make_pair(session, COUNTY, ["head"], act, now_utc())
    told = run("escrow", COUNTY, "--to", str(tmp_path / "escrow"))[1]
    assert told["version"] == 1 and (tmp_path / "escrow").stat().st_mode & 0o777 == 0o600
    assert "已经有了" in run("escrow", COUNTY, "--to", str(tmp_path / "escrow"))[2]
    half = pyrage.decrypt((tmp_path / "escrow").read_bytes(), [two])
    assert json.loads(pyrage.decrypt(half, [one]))[:2] == [COUNTY, 1]


def test_who_leaves_office_is_replaced_by_name(run: Run) -> None:
    one, two, third = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(3))
    for name, key in (("甲", one), ("乙", two)):
        assert run("custodian", name, key)[0] == 0
    assert run("custodian", "丙", third, "--replaces", "甲")[1]["custodians"] == 2
    assert [held["name"] for held in run("show")[1]["custodians"]] == ["乙", "丙"]
