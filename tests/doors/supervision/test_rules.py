"""The pages of rules: what became of the hits, a pause with its figures, and who lets a paused rule run again."""

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.checks.catalogue import RULES
from portal.checks.health.actions import pause_unreliable
from portal.checks.health.queries import list_pauses, paused_rules
from portal.kernel.database import now_utc, reading, writing
from portal.registers.divisions.parameters.rules import known_parameter
from portal.trail.models import TrailSubject
from tests.checks.health.test_health import found, leads
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, make_county, make_parameter


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def paused(app: Flask) -> None:
    """H02 has accused wrongly 200 times and found out 39."""
    with writing(engine_of(app)) as session:
        make_county(session)
        make_parameter(session, "visit_distance_m", "800", unit="米", basis="涟帮办〔2026〕3号")
        found(session, leads(session, 200), 39)
    with writing(engine_of(app)) as session:
        pause_unreliable(session, RULES.named(["H02"]), actor="job:nightly", at=now_utc())


@pytest.fixture
def head(app: Flask, paused: None) -> Browser:
    return signed_in(app, Role.INSPECTION_HEAD, [COUNTY], username="head")


def test_the_list_says_what_became_of_every_rule(head: Browser) -> None:
    page = head.get("/supervision/rules").text
    assert f"{len(RULES.all())} 条规则里有 1 条暂停" in page
    for rule in RULES.all():
        assert f"/supervision/rules/{rule.code}" in page
        assert rule.title in page
    assert "19.5%" in page


def test_a_rule_says_what_it_looks_for_its_parameters_and_its_pause(head: Browser) -> None:
    page = head.get("/supervision/rules/H02").text
    assert "有结论的 200 条里，属实的只有 39 条" in page
    assert RULES.named(["H02"])[0].guide in page
    assert "走访位置偏离 <code>visit_distance_m</code>" in page
    assert "涟帮办〔2026〕3号" in page
    assert "从来没有暂停过" in head.get("/supervision/rules/H03").text
    assert head.get("/supervision/rules/H99").status_code == 404


def test_every_parameter_of_every_rule_has_a_name_in_words(head: Browser) -> None:
    read = {parameter.name for rule in RULES.all() for parameter in rule.parameters}
    assert {name for name in read if known_parameter(name) is None} == set()
    page = head.get("/supervision/rules/L09").text
    assert "收入项目是否计入：光伏" in page
    assert '<th scope="row"><code>' not in page


def test_every_rule_has_its_english(head: Browser) -> None:
    page = head.get("/en/supervision/rules/H02").text
    assert "Far from the household" in page
    assert "Of 200 concluded leads of version 1 only 39 were true" in page


def test_the_head_of_inspection_resumes_it_with_a_reason(app: Flask, head: Browser) -> None:
    at = "/supervision/rules/H02/resume"
    silent = head.post(at, {"why": ""}, page="/supervision/rules/H02")
    assert silent.status_code == 422
    assert "写明改了什么" in silent.text
    assert head.post(at, {"why": "户坐标按 GCJ-02 重新登记"}).status_code == 303
    with reading(engine_of(app)) as session:
        assert paused_rules(session) == {}
        (pause,) = list_pauses(session, "H02")
        assert (pause.closed, pause.confirmed, pause.resumed_by) == (200, 39, "user:head")
        said = select(TrailSubject.actor).where(TrailSubject.no == "H02", TrailSubject.type == "check.rule.resumed")
        assert session.scalars(said).all() == ["user:head"]
    page = head.get("/supervision/rules/H02").text
    assert "户坐标按 GCJ-02 重新登记" in page
    assert "还没有人下过结论" in page  # counted anew
    again = head.post(at, {"why": "再恢复一次"})
    assert again.status_code == 422
    assert "没有暂停" in again.text


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.DEPARTMENT_OFFICER, Role.LEADER, Role.AUDITOR])
def test_others_see_it_and_may_not_resume_it(app: Flask, paused: None, role: Role) -> None:
    browser = signed_in(app, role, [COUNTY])
    page = browser.get("/supervision/rules/H02").text
    assert "由纪检监察负责人看过、改过以后恢复" in page
    assert "恢复这条规则" not in page
    assert browser.post("/supervision/rules/H02/resume", {"why": "看过了"}).status_code == 403


@pytest.mark.parametrize("role", [Role.VILLAGE_CLERK, Role.FUND_MANAGER, Role.HELPER, Role.SYSTEM_ADMIN])
def test_who_does_not_work_with_leads_sees_no_rules(app: Flask, paused: None, role: Role) -> None:
    browser = signed_in(app, role, [GAOGOU])
    assert browser.get("/supervision/rules").status_code == 403
    assert browser.get("/supervision/rules/H02").status_code == 403
