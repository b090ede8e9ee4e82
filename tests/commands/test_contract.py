"""The command line as outsiders rely on it: real processes, one JSON object on stdout, exit codes 0, 1 and 2."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.settings import PROJECT_ROOT
from tests.factories.demo_homes import copy_village

Run = Callable[..., tuple[int, Any, str]]
PASSPHRASE = "a passphrase of the tests"


def yangguang(home: Path, *arguments: str) -> tuple[int, Any, str]:
    """Exit code, the JSON object, and stderr of one command."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("YANGGUANG_")}
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", *arguments],
        cwd=PROJECT_ROOT, capture_output=True, check=False,
        env={**environment, "YANGGUANG_HOME": str(home), "YANGGUANG_PASSPHRASE": PASSPHRASE},
    )  # fmt: skip
    out = done.stdout.decode()
    return done.returncode, json.loads(out) if out else None, done.stderr.decode()


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    home = tmp_path_factory.mktemp("demo") / "home"
    yield home, copy_village(tmp_path_factory, home)


@pytest.fixture
def run(demo_home: tuple[Path, dict[str, Any]]) -> Run:
    return lambda *arguments: yangguang(demo_home[0], *arguments)


def test_demo_tells_what_the_contract_names(demo_home: tuple[Path, dict[str, Any]]) -> None:
    told = demo_home[1]
    assert told["households"] > 150
    assert told["persons"] > told["households"]
    assert told["allocations"] > 100
    assert told["payments"] > 1000
    assert told["check_ins"] > 100
    roles = {account["role"] for account in told["accounts"]}
    assert {
        "village_clerk",
        "fund_manager",
        "inspector",
        "system_admin",
        "security_admin",
        "audit_admin",
        "helper",
    } <= roles
    assert all({"username", "role", "scopes", "password"} <= set(account) for account in told["accounts"])


def test_compare_and_warn_run_their_families(run: Run) -> None:
    code, told, _ = run("compare", "--as-of", "2026-11-20", "--json")
    assert code == 0
    assert {"run", "as_of", "engine", "persons", "rows_compared", "seconds", "rules"} <= set(told)
    compared = ["L09", "Q01", "Q03", "Q08", "Q09", "Q10", "I01", "I02", "I03", "I04", "I05"]
    assert [rule["code"] for rule in told["rules"]] == compared
    assert all({"code", "hits", "opened", "refreshed", "closed"} <= set(rule) for rule in told["rules"])
    assert all(rule["code"][0] in "FPHS" for rule in run("warn", "--json")[1]["rules"])
    assert [rule["code"] for rule in run("warn", "--rules", "Q08", "--json")[1]["rules"]] == ["Q08"]


def test_an_unknown_rule_is_one_line_and_exit_two(run: Run) -> None:
    code, told, error = run("compare", "--rules", "Z99", "--json")
    assert (code, told) == (2, None)
    assert "Z99" in error
    assert len(error.strip().splitlines()) == 1


def test_rules_and_leads_come_out(run: Run, tmp_path: Path) -> None:
    run("compare", "--json")
    assert {"Q01", "Q08", "Q10"} <= {rule["code"] for rule in run("rules", "list", "--json")[1]["rules"]}
    target = tmp_path / "leads.csv"
    code, told, _ = run("leads", "export", "--to", str(target), "--json")
    assert code == 0
    with target.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == told["rows"] > 0
    assert list(rows[0]) == [
        "lead_no", "rule", "subject_kind", "subject_no", "household_no", "id_number", "division", "severity", "status",
        "evidence", "first_seen", "last_seen",
    ]  # fmt: skip
    assert target.stat().st_mode & 0o077 == 0


def test_flow_balances_to_the_fen(run: Run) -> None:
    code, told, _ = run("flow", "--division", "320826000000", "--year", "2026", "--json")
    assert code == 0
    assert {"nodes", "links", "received_fen", "paid_fen", "held_fen"} <= set(told)
    assert len(told["nodes"]) > 5
    for node in told["nodes"]:
        assert node["in_fen"] == node["out_fen"] + node["paid_fen"] + node["held_fen"] + node["returned_fen"], node


def test_trace_goes_up_to_the_treasury_and_down_to_the_payees(run: Run, demo_home: tuple[Path, dict[str, Any]]) -> None:
    told = (
        run("trace", "household", demo_home[1]["stories"][0]["household"], "--json")[1]
        if demo_home[1].get("stories")
        else None
    )
    assert told is None or {"up", "down", "balance_fen"} <= set(told)


def test_the_log_is_published_proved_and_verified(
    run: Run, demo_home: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    code, published, _ = run("trail", "checkpoint", "--json")
    assert code == 0
    code, verified, _ = run("trail", "verify", "--json")
    assert (code, verified["ok"], verified["size"], verified["problems"]) == (0, True, published["size"], [])
    parts = (demo_home[0] / "log" / "tile" / "entries").rglob("*.p/*")
    tile = max(parts, key=lambda part: (part.parent.as_posix(), int(part.name)))  # an outgrown part is read no more
    content = bytearray(tile.read_bytes())
    content[200] ^= 1
    tile.chmod(0o600)
    tile.write_bytes(content)
    try:
        code, verified, _ = run("trail", "verify", "--json")
        assert (code, verified["ok"]) == (1, False)
        assert any("leaf" in problem for problem in verified["problems"])
    finally:
        content[200] ^= 1
        tile.write_bytes(content)
    assert run("trail", "verify", "--json")[0] == 0


def test_a_backup_is_made_and_verified_without_touching_the_home(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "all.backup"
    code, told, _ = run("backup", "--to", str(archive), "--json")
    assert (code, told["bytes"]) == (0, archive.stat().st_size)
    code, told, _ = run("restore", str(archive), "--verify", "--json")
    assert (code, told["ok"], told["problems"]) == (0, True, [])
    code, told, error = run("restore", str(archive), "--json")
    assert (code, told) == (2, None)
    assert "已有数据" in error
    code, told, _ = yangguang(tmp_path / "new", "restore", str(archive), "--json")
    assert (code, told["ok"]) == (0, True)
    assert yangguang(tmp_path / "new", "trail", "verify", "--json")[0] == 0


def test_doctor_names_each_check_with_its_cure(run: Run) -> None:
    code, told, _ = run("doctor", "--json")
    checks = {check["name"]: check for check in told["checks"]}
    assert code == (0 if all(c["ok"] for c in told["checks"]) else 1)
    assert not checks["demonstration"]["ok"]
    assert checks["triggers"]["ok"]
    assert all(check["cure"] for check in told["checks"] if not check["ok"])


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("doctor",)])
def test_nothing_starts_on_a_home_that_was_never_set_up(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, _, error = yangguang(tmp_path / "nowhere", *command)
    assert code == 2
    assert "init" in error
    assert not (tmp_path / "nowhere").exists()


def test_a_demonstration_is_never_served_to_others(run: Run) -> None:
    code, _, error = run("serve", "--host", "0.0.0.0")
    assert code == 2
    assert "演示" in error


def test_templates_are_written_for_every_kind(run: Run, tmp_path: Path) -> None:
    code, told, _ = run("templates", "--to", str(tmp_path), "--json")
    assert code == 0
    assert len(told["files"]) >= 15
    assert all((tmp_path / Path(name).name).stat().st_size > 3000 for name in told["files"])


def test_a_file_is_imported_once_and_its_bad_rows_are_named(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "units.csv"
    sheet.write_text(
        "单位编码,单位名称,单位类型,区划代码\nTEST-1,测试局,主管部门,320826000000\nTEST-2,测试所,不认识的类型,320826000000\n"
    )
    code, told, _ = run("import", "units", str(sheet), "--json")
    assert code == 1
    assert (told["kind"], told["read"], told["accepted"], told["rejected"]) == ("units", 2, 1, 1)
    (error,) = told["errors"]
    assert (error["row"], error["column"], error["value"]) == (3, "单位类型", "不认识的类型")
    assert error["why"]
    assert error["fix"]
    again = run("import", "units", str(sheet), "--json")[1]
    assert (again["accepted"], again["updated"]) == (0, 0)
