"""`yangguang user …`: what the command line may do alone, and what it leaves to a second person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.accounts import passwords, queries
from portal.accounts.permissions import Role
from portal.cli import main
from portal.kernel.database import writing
from portal.settings import Settings
from tests.factories.accounts import Quick, make_user
from tests.factories.divisions import make_division

COUNTY, TOWN = "320826000000", "320826104000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())
    monkeypatch.setenv("YANGGUANG_HOME", str(settings.home))
    monkeypatch.setenv("YANGGUANG_DATABASE_URL", settings.database_url)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["user", *words])


def told(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_an_account_is_opened_and_its_role_only_proposed(engine: object) -> None:
    added = told("add", "li.wei", "--display-name", "李伟", "--role", "fund_manager", "--scope", COUNTY)
    assert added["username"] == "li.wei"
    assert len(added["first_half"]) == 9
    assert added["proposed_grants"] == [1]
    (line,) = told("list")["users"]
    assert (line["username"], line["state"], line["roles"]) == ("li.wei", "等领取邀请", [])
    assert "后一半" in run("add", "zhao").output


def test_wrong_words_are_one_line_and_exit_code_two(engine: object) -> None:
    for words in (("add", "李伟"), ("disable", "ghost", "--why", "x"), ("recover", "ghost"), ("why", "ghost", COUNTY)):
        result = run(*words)
        assert result.exit_code == 2
        assert len(result.stderr.strip().splitlines()) == 1


def test_an_account_is_stopped(engine: Any) -> None:
    with writing(engine) as session:
        make_user(session, Role.AUDITOR, username="wang")
    assert told("disable", "wang", "--why", "调离")["disabled"]
    assert told("list")["users"][0]["state"] == "已停用"
    assert run("disable", "wang", "--why", "调离").exit_code == 2


def test_recovery_gives_the_first_half_only(engine: Any) -> None:
    with writing(engine) as session:
        user = make_user(session, Role.SECURITY_ADMIN, username="sun")
    first = told("recover", "sun")
    assert len(first["first_half"]) == 9
    with writing(engine) as session:
        code = queries.get_code(session, first["code"])
        assert code.released_at is None
        assert (code.user_id, code.made_by.startswith("cli:")) == (user.id, True)


def test_why_tells_role_scope_and_relation(engine: Any) -> None:
    with writing(engine) as session:
        for code, name in (
            ("320000000000", "江苏省"),
            ("320800000000", "淮安市"),
            (COUNTY, "涟水县"),
            (TOWN, "高沟镇"),
        ):
            make_division(session, code, name)
        make_user(session, Role.DEPARTMENT_OFFICER, [COUNTY], username="zhou")
    because = told("why", "zhou", "高沟镇")
    assert because["allowed"]
    assert because["division"] == TOWN
    assert because["because"] == [{"role": "department_officer", "scope": COUNTY, "relation": "下级", "covers": True}]
    assert not told("why", "zhou", "320800000000")["allowed"]
    nothing = told("why", "zhou", TOWN, "--permission", "APPROVE_GRANTS")
    assert (nothing["allowed"], nothing["because"]) == (False, [])
    assert "不可以" in run("why", "zhou", "320800000000").output
    assert run("why", "zhou", "没有的镇").exit_code == 2
    assert run("why", "zhou", TOWN, "--permission", "X").exit_code == 2
