"""The pages of leads: nobody looks before the hearing is over, nobody beyond his places, nobody finds about himself."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.leads.findings.queries import list_findings
from portal.oversight.leads.models import Lead
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.judgements.actions import explain
from portal.registers.helpers.check_ins.models import CheckIn
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from tests.factories.accounts import signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household
from tests.factories.visits import HOME, Walker, make_walker

FAR = {"lat": 33.82, "lng": 119.26, "accuracy_m": 30, "datum": "WGS84"}
ACTOR = "job:nightly"


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def walker(app: Flask) -> Walker:
    with writing(engine_of(app)) as session:
        make_county(session)
        household = make_household(session, "HH-1", VILLAGE, **HOME)
        make_pairing(session, make_helper(session), household_id=household.id)
        files = app.extensions["portal.installation"].settings.files_dir
        return make_walker(session, files, "B-1", now_utc() - timedelta(days=30))


@pytest.fixture
def asked(app: Flask, walker: Walker) -> str:
    """The lead of a visit four kilometres from the household; the helper has been asked today."""
    now = now_utc()
    with writing(engine_of(app)) as session:
        walker.visit(session, captured_at=now, at=now, location=FAR)
    with writing(engine_of(app)) as session:
        refresh_rule(session, "H02", as_of=today_cn(), actor=ACTOR)
    with reading(engine_of(app)) as session:
        return str(session.scalar(select(Lead.lead_no).where(Lead.rule == "H02")))


@pytest.fixture
def lead(app: Flask, walker: Walker, asked: str) -> str:
    """The same lead after the helper has explained."""
    with writing(engine_of(app)) as session:
        claim = session.scalars(select(CheckIn.claim_id)).one()
        explain(session, walker.context, claim, "B-1", {"H02": "在田里见的面"}, now_utc())
    with writing(engine_of(app)) as session:
        refresh_rule(session, "H02", as_of=today_cn(), actor=ACTOR)
    return asked


@pytest.fixture
def denial(app: Flask, walker: Walker) -> str:
    """The lead of a visit that the household denies."""
    now = now_utc()
    with writing(engine_of(app)) as session:
        claim = walker.visit(session, captured_at=now, at=now).id
    with writing(engine_of(app)) as session:
        visit = session.scalars(select(CheckIn).where(CheckIn.claim_id == claim)).one()
        answer_visit(
            session, walker.context, claim, visit.household_id, Recollection.DID_NOT_COME, Channel.TELEPHONE, "户主",
            "那天在医院", now,
        )  # fmt: skip
        refresh_rule(session, "H08", as_of=today_cn(), actor=ACTOR)
    with reading(engine_of(app)) as session:
        return str(session.scalar(select(Lead.lead_no).where(Lead.rule == "H08")))


def test_before_the_hearing_is_over_nobody_sees_the_lead(app: Flask, asked: str) -> None:
    browser = signed_in(app, Role.INSPECTOR, [COUNTY])
    listed = browser.get("/supervision/leads").text
    assert asked not in listed
    assert "另有 1 条正在等本人说明" in listed
    page = browser.get(f"/supervision/leads/{asked}").text
    assert "还在等本人说明" in page
    assert "扣除误差还差" not in page
    assert "写下结论" not in page
    refused = browser.post(f"/supervision/leads/{asked}/find", {"finding": "属实", "why": "先下手"})
    assert refused.status_code == 422
    assert "先问本人" in refused.text


def test_a_lead_shows_the_evidence_the_question_and_the_answer(app: Flask, lead: str) -> None:
    browser = signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")
    assert lead in browser.get("/supervision/leads").text
    assert lead in browser.get("/supervision/leads?rule=H02&status=open&severity=一般").text
    assert lead not in browser.get("/supervision/leads?rule=H03").text
    page = browser.get(f"/supervision/leads/{lead}").text
    for said in (
        "疑似：位置偏离",
        "扣除误差还差（米）",
        "在田里见的面",
        "本人可以说明到",
        "本户还没有回应",
        "还没有结论",
        "怎么核实",
    ):
        assert said in page, said
    assert "beyond_m" not in page
    assert "33.82" not in page
    english = browser.get(f"/en/supervision/leads/{lead}").text
    assert "Suspected: Far from the household" in english
    with reading(engine_of(app)) as session:
        looked = select(TrailSubject.actor).where(TrailSubject.no == lead, TrailSubject.type == "lead.read")
        assert set(session.scalars(looked)) == {"user:inspector"}


def test_an_inspector_finds_with_a_reason_and_the_lead_is_concluded(app: Flask, lead: str) -> None:
    browser = signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")
    at = f"/supervision/leads/{lead}/find"
    assert browser.post(at, {"finding": "属实", "why": ""}).status_code == 422
    assert browser.post(at, {"finding": "有罪", "why": "看过"}).status_code == 422
    assert browser.post(at, {"finding": "需要到户", "why": "电话没有人接"}).status_code == 303
    assert browser.post(at, {"finding": "说明成立", "why": "到户问过，那天在田里"}).status_code == 303
    page = browser.get(f"/supervision/leads/{lead}").text
    assert "已有结论" in page
    assert "电话没有人接" in page
    assert "到户问过，那天在田里" in page
    assert "写下结论" not in page
    over = browser.post(at, {"finding": "属实", "why": "再想想"})
    assert over.status_code == 422
    assert "已经有结论" in over.text
    assert "它的状态是“已有结论”" in over.text
    assert "您刚才填的还在这里，可以复制" in over.text and "再想想" in over.text
    with reading(engine_of(app)) as session:
        assert [f.found_by for f in list_findings(session, lead)] == ["user:inspector"] * 2


def test_a_wrong_kind_of_photo_is_said_beside_it_and_the_words_stay(app: Flask, lead: str) -> None:
    browser = signed_in(app, Role.INSPECTOR, [COUNTY])
    said = {
        "visited_on": today_cn().isoformat(), "first": "周一", "second": "吴二", "speaker": "本户",
        "said": "那天在田里", "found": "屋里没有人住", "photo": (BytesIO(b"%PDF-1.4 no picture"), "scan.pdf"),
    }  # fmt: skip
    refused = browser.post(f"/supervision/leads/{lead}/visit", said)
    assert refused.status_code == 422
    assert 'href="#photo"' in refused.text
    assert "只收完整的 JPEG、PNG、WebP 图片" in refused.text
    assert "屋里没有人住" in refused.text


def test_nobody_finds_about_himself(app: Flask, lead: str) -> None:
    browser = signed_in(app, Role.INSPECTOR, [COUNTY], username="both")
    with writing(engine_of(app)) as session:
        user = session.scalars(select(User).where(User.username == "both")).one()
        user.helper_no = "B-1"
        record(session, kind="test.set_up", actor="test", subjects=[])
    assert "写下结论" not in browser.get(f"/supervision/leads/{lead}").text
    refused = browser.post(f"/supervision/leads/{lead}/find", {"finding": "不属实", "why": "我自己知道"})
    assert refused.status_code == 422
    assert "不能核实和自己有关的疑点" in refused.text


def test_a_lead_of_elsewhere_is_answered_as_one_that_nobody_knows(app: Flask, lead: str) -> None:
    there = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert lead not in there.get("/supervision/leads").text
    assert there.get(f"/supervision/leads/{lead}").status_code == 404
    assert there.post(f"/supervision/leads/{lead}/find", {"finding": "不属实", "why": "没事"}).status_code == 404
    here = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    assert here.get(f"/supervision/leads/{lead}").status_code == 200


def test_what_a_household_denies_is_for_supervision_alone(app: Flask, denial: str) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    assert denial not in clerk.get("/supervision/leads").text
    assert "H08" not in clerk.get("/supervision/leads").text
    assert clerk.get(f"/supervision/leads/{denial}").status_code == 404
    inspector = signed_in(app, Role.INSPECTOR, [COUNTY])
    page = inspector.get(f"/supervision/leads/{denial}").text
    assert "没来过" in page
    assert "那天在医院" in page
    leader = signed_in(app, Role.LEADER, [COUNTY])
    page = leader.get(f"/supervision/leads/{denial}").text
    assert "那天在医院" not in page
    assert "写下结论" not in page


@pytest.mark.parametrize("role", [Role.VILLAGE_CLERK, Role.FUND_MANAGER, Role.HELPER, Role.SECURITY_ADMIN])
def test_who_does_not_work_with_leads_sees_none(app: Flask, lead: str, role: Role) -> None:
    browser = signed_in(app, role, [COUNTY])
    assert browser.get("/supervision/").status_code == 403
    assert browser.get("/supervision/leads").status_code == 403
    assert browser.get(f"/supervision/leads/{lead}").status_code == 403


def test_the_inbox_says_what_a_rule_saw_even_where_it_saw_that_something_is_missing(app: Flask) -> None:
    with writing(engine_of(app)) as session:
        make_county(session)
        make_household(session, "HH-9", VILLAGE)
    with writing(engine_of(app)) as session:
        refresh_rule(session, "H06", as_of=today_cn(), actor=ACTOR)
    with reading(engine_of(app)) as session:
        assert session.scalar(select(Lead.lead_no).where(Lead.rule == "H06")) is not None
    page = signed_in(app, Role.INSPECTOR, [COUNTY]).get("/supervision/?tab=triage&rule=H06").text
    assert '<td class="seen">在册户当天没有一条有效的结对' in page
