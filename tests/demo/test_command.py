"""`yangguang demo` and `yangguang init` as somebody runs them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.accounts.permissions import Role
from portal.commands.demo import demo, init
from portal.commands.installation import upgrade_database
from portal.demo.build import demo_tables, make_demonstration
from portal.demo.load import load_tables
from portal.demo.marker import begin
from portal.demo.plan import make_plan
from portal.settings import read_settings
from portal.trail.connect import connect, keyring_of
from tests.demo.conftest import AS_OF


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YANGGUANG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("YANGGUANG_DATABASE_URL", raising=False)
    return tmp_path / "home"


def fill(*arguments: str) -> Result:
    return CliRunner().invoke(demo, ["--scale", "village", "--no-serve", "--json", *arguments])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One home that `demo` filled, for all tests that only look at it or ask again."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YANGGUANG_HOME", str(home))
        environment.delenv("YANGGUANG_DATABASE_URL", raising=False)
        return home, told(fill("--as-of", "2026-11-20"))


@pytest.fixture
def demo_home(filled: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YANGGUANG_HOME", str(filled[0]))
    monkeypatch.delenv("YANGGUANG_DATABASE_URL", raising=False)
    return filled[0]


def test_demo_answers_with_one_object_and_an_account_for_each_role(
    demo_home: Path, filled: tuple[Path, dict[str, Any]]
) -> None:
    answer = filled[1]
    assert answer["households"] == 200
    assert answer["payments"] > 5000
    assert answer["allocations"] > 100
    assert answer["check_ins"] > 100
    assert {a["role"] for a in answer["accounts"]} == {r.value for r in Role} - {"citizen"}
    for account in answer["accounts"]:
        assert account["username"] in (f"demo-{account['role']}", f"demo-city_{account['role']}")
        assert account["scopes"] and account["password"]
        assert ("enrolment_code" in account) is (account["role"] == "helper")
    assert [s["story"] for s in answer["stories"]] == list(range(1, 9))
    card = answer["household_card"]
    assert card["path"].startswith("/q/") and len(card["last_four"]) == 4
    assert card["household"] == answer["stories"][0]["household"]
    assert read_settings().is_demo
    assert (demo_home / "log" / "checkpoint").exists()


def test_the_household_of_the_card_has_answered_and_disputes_one_item(
    demo_home: Path, filled: tuple[Path, dict[str, Any]]
) -> None:
    token = filled[1]["household_card"]["path"].removeprefix("/q/")
    with sqlite3.connect(read_settings().database_url.removeprefix("sqlite:///")) as database:
        words = database.execute("SELECT subject_kind, answer, counts FROM household_answers ORDER BY id").fetchall()
        [state] = database.execute("SELECT state FROM household_disputes").fetchone()
        everything = "\n".join(database.iterdump())
    assert ("income", "不对", 1) in words and ("payment", "对", 1) in words and state == "待办"
    assert token not in everything and token.encode().hex() not in everything.lower()


def test_a_quarter_is_told_and_some_leads_are_late(demo_home: Path) -> None:
    with sqlite3.connect(demo_home / "yangguang.sqlite3") as database:
        [(first, last, lines)] = database.execute("SELECT first_on, last_on, lines FROM complaint_counts").fetchall()
        late = set(database.execute("SELECT lead_no FROM leads WHERE rule = 'H06' AND due_on < '2026-11-20'"))
        warned = set(database.execute("SELECT subject_no FROM leads WHERE rule = 'S01'"))
    figures = json.loads(lines)[0]["figures"]
    assert (first, last) == ("2026-01-01", "2026-09-30")
    assert (figures["received"], figures["answered"], figures["granted"], figures["satisfied"]) == (10, 10, 5, 5)
    assert late and warned == late


def test_demo_repeated_tells_the_same_and_adds_nothing(demo_home: Path, filled: tuple[Path, dict[str, Any]]) -> None:
    assert told(fill()) == filled[1]


def test_demo_goes_on_where_it_was_stopped(home: Path) -> None:
    settings, plan = read_settings(), make_plan("village", 2017, AS_OF)
    upgrade_database(settings)
    engine = connect(settings)
    first = list(demo_tables(make_demonstration(plan)))[:15]
    marker = begin(settings.demo_marker, plan)
    load_tables(engine, keyring_of(settings), settings.staging_dir, marker.missing(iter(first)), str)
    engine.dispose()
    answer = told(fill("--seed", "1"))  # the home knows its own seed
    assert answer["payments"] == told_rows(home) > 5000
    assert len(read_settings().demo_marker.read_text("utf-8").splitlines()) > 15


def test_a_file_that_is_in_is_never_doubled(demo_home: Path, filled: tuple[Path, dict[str, Any]]) -> None:
    marker = read_settings().demo_marker
    noted = marker.read_text("utf-8")
    lines = noted.splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("demo:"))
    marker.write_text("\n".join([*lines[:last], *lines[last + 1 :], ""]), "utf-8")
    assert fill().exit_code == 2
    assert told_rows(demo_home) == filled[1]["payments"]
    marker.write_text(noted, "utf-8")


def test_visits_that_are_in_are_never_doubled(demo_home: Path, filled: tuple[Path, dict[str, Any]]) -> None:
    marker = read_settings().demo_marker
    noted = marker.read_text("utf-8")
    assert noted.splitlines().count("visits") == 1
    marker.write_text(noted.replace("visits\n", ""), "utf-8")
    assert told(fill()) == filled[1]
    assert sorted(marker.read_text("utf-8").splitlines()) == sorted(noted.splitlines())
    marker.write_text(noted, "utf-8")


def told_rows(home: Path) -> int:
    with sqlite3.connect(home / "yangguang.sqlite3") as database:
        return int(database.execute("SELECT count(*) FROM payments").fetchone()[0])


def test_demo_refuses_a_home_that_holds_other_data(home: Path) -> None:
    assert CliRunner().invoke(init, ["--json"]).exit_code == 0
    refused = fill()
    assert refused.exit_code == 2
    assert "换一个空的 YANGGUANG_HOME" in refused.stderr
    assert refused.stdout == ""


def test_init_invites_the_three_administrators_and_refuses_a_demonstration(home: Path) -> None:
    answer = told(CliRunner().invoke(init, ["--admin", "zhang", "--json"]))
    assert {"database", "revision"} <= set(answer)
    assert [i["username"] for i in answer["invitations"]] == ["zhang", "security-admin", "audit-admin"]
    again = told(CliRunner().invoke(init, ["--json"]))
    assert again["revision"] == answer["revision"]


def test_init_refuses_a_home_with_demonstration_accounts(demo_home: Path) -> None:
    refused = CliRunner().invoke(init, ["--json"])
    assert refused.exit_code == 2
