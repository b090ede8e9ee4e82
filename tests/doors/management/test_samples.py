"""Samples of visits and households' answers: drawn once, repeated by anybody, reported by somebody else than the helper."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.leads.models import Lead
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection, VisitAnswer
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.check_ins.sampling.models import SampleItem, VisitDraw
from portal.registers.helpers.check_ins.sampling.rules import month_before
from portal.trail.actions import record
from tests.factories.accounts import Browser, signed_in
from tests.factories.board import make_visit
from tests.factories.devices import helper_account
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

MONTH = month_before(today_cn())
DRAW = {"kind": "电话回访", "division": COUNTY, "month": f"{MONTH:%Y-%m}"}


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def visited(app: Flask) -> str:
    """Four households of one township and one of another, each visited last month; the claim id of the first visit."""
    with writing(engine_of(app)) as session:
        make_county(session)
        make_parameter(session, "visit_call_back", "100", unit="%", basis="涟帮办〔2026〕3号")
        helper = make_helper(session)
        helper_account(session, "B-1", username="wang")
        for number in range(4):
            household = make_household(session, f"HH-{number}", VILLAGE)
            make_pairing(session, helper, household_id=household.id)
            make_visit(session, helper, household, MONTH + timedelta(days=3 + number), claim_id=f"visit-{number}")
        far = make_household(session, "HH-9", OTHER_VILLAGE)
        make_visit(session, helper, far, MONTH + timedelta(days=9), claim_id="visit-9")
    return "visit-0"


@pytest.fixture
def officer(app: Flask, visited: str) -> Browser:
    return signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="officer")


def item_of(app: Flask, claim_id: str) -> str:
    with reading(engine_of(app)) as session:
        return str(session.scalar(select(SampleItem.no).where(SampleItem.claim_id == claim_id)))


def test_a_month_is_drawn_once_and_anybody_repeats_it(app: Flask, officer: Browser) -> None:
    done = officer.post("/console/visits/samples", DRAW)
    assert done.status_code == 303
    with reading(engine_of(app)) as session:
        draw = session.scalars(select(VisitDraw)).one()
    page = officer.get(f"/console/visits/samples/{draw.no}").text
    assert "从 5 个里抽中 5 个" in page
    for figure in (draw.seed, draw.population_sha256, "100%", "HH-0", "HH-9"):
        assert figure in page
    assert "和记录一模一样" in officer.get(f"/console/visits/samples/{draw.no}?again=1").text
    again = officer.post("/console/visits/samples", DRAW)
    assert again.status_code == 409
    assert "每月只抽一次" in again.text
    assert "有 5 条抽查等人办" in officer.get("/console/visits/samples").text
    with writing(engine_of(app)) as session:
        item = session.scalars(select(SampleItem).where(SampleItem.claim_id == "visit-1")).one()
        item.claim_id, item.household_id = "visit-2", item.household_id + 1
        record(session, kind="test.changed", actor="test", subjects=[])
    assert "队列被改过" in officer.get(f"/console/visits/samples/{draw.no}?again=1").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"month": f"{today_cn():%Y-%m}"}, "这个月还没有过完"),
        ({"month": "去年"}, "看不懂这个月份"),
        ({"kind": "市级抽查"}, "要按市抽取"),
        ({"division": "320800000000"}, "没有这个区划"),
    ],
)
def test_a_wrong_draw_is_refused(app: Flask, officer: Browser, change: dict[str, str], said: str) -> None:
    refused = officer.post("/console/visits/samples", {**DRAW, **change})
    assert refused.status_code in (404, 422)
    assert said in refused.text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(VisitDraw)).all() == []


def test_a_clerk_reports_what_the_call_found_and_judges_nothing_by_it(app: Flask, officer: Browser) -> None:
    officer.post("/console/visits/samples", DRAW)
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    listed = clerk.get("/console/visits/samples").text
    assert "HH-0" in listed
    assert "HH-9" not in listed
    assert "种子由系统随机产生" not in listed
    at = f"/console/visits/samples/items/{item_of(app, 'visit-0')}"
    assert "给户 HH-0 打电话" in clerk.get(at).text
    assert clerk.post(at, {"outcome": "", "said_by": "", "why": ""}).status_code == 422
    nobody = clerk.post(at, {"outcome": "本户说没来过", "said_by": "", "why": ""})
    assert nobody.status_code == 422
    assert "没有写是谁说的" in nobody.text
    assert clerk.post(at, {"outcome": "本户说没来过", "said_by": "户主", "why": "那天在医院"}).status_code == 303
    page = clerk.get(at).text
    assert "那天在医院" in page
    assert "写下结果" not in page
    assert clerk.post(at, {"outcome": "属实", "said_by": "户主"}).status_code == 409
    assert "HH-0" in clerk.get("/console/visits/samples?state=done").text
    with reading(engine_of(app)) as session:
        answer = session.scalars(select(VisitAnswer)).one()
        assert (answer.answer, answer.channel, answer.taken_by) == ("没来过", "电话回访", "user:clerk")
        assert session.scalar(select(CheckIn.state).where(CheckIn.claim_id == "visit-0")) != State.NOT_COUNTED
        assert session.scalars(select(Lead.rule)).all() == ["H08"]


def test_an_item_of_elsewhere_is_nobodys(app: Flask, officer: Browser) -> None:
    officer.post("/console/visits/samples", DRAW)
    at = f"/console/visits/samples/items/{item_of(app, 'visit-0')}"
    there = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert there.get(at).status_code == 404
    assert there.post(at, {"outcome": "属实", "said_by": "户主"}).status_code == 404
    with reading(engine_of(app)) as session:
        draw = session.scalars(select(VisitDraw.no)).one()
    assert there.get(f"/console/visits/samples/{draw}").status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.VILLAGE_CLERK, Role.AUDITOR])
def test_who_only_looks_neither_draws_nor_reports(app: Flask, officer: Browser, role: Role) -> None:
    officer.post("/console/visits/samples", DRAW)
    browser = signed_in(app, role, [COUNTY])
    at = f"/console/visits/samples/items/{item_of(app, 'visit-0')}"
    assert browser.get(at).status_code == 200
    assert "写下结果" not in browser.get(at).text
    assert browser.post(at, {"outcome": "属实", "said_by": "户主"}).status_code == 403
    assert browser.post("/console/visits/samples", DRAW).status_code == 403
    assert browser.get("/console/visits/visit-0/answer").status_code == 403


def test_an_answer_is_taken_down_and_may_change(app: Flask, visited: str) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    at = f"/console/visits/{visited}/answer"
    assert at in clerk.get(f"/console/visits/{visited}").text
    assert "问的时候不提示答案" in clerk.get(at).text
    given = {"answer": "没来过", "channel": "电话回访", "said_by": "户主", "note": "这个月没人来"}
    unsaid = clerk.post(at, {**given, "said_by": ""})
    assert unsaid.status_code == 422
    assert "写是谁说的" in unsaid.text
    assert clerk.post(at, {**given, "channel": "本户页面"}).status_code == 422
    assert clerk.post(at, given).status_code == 303
    assert "这个月没人来" in clerk.get(f"/console/visits/{visited}").text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Lead.rule)).all() == ["H08"]
    assert clerk.post(at, {**given, "answer": "来过", "note": "想起来了"}).status_code == 303
    with reading(engine_of(app)) as session:
        assert session.scalar(select(Lead.status)) == "closed"
        kept = session.scalars(select(VisitAnswer.answer).execution_options(include_superseded=True)).all()
        assert "来过" in kept


def test_neither_the_helper_nor_a_stranger_answers_for_a_household(app: Flask, visited: str) -> None:
    given = {"answer": "来过", "channel": "电话回访", "said_by": "户主"}
    there = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert there.get(f"/console/visits/{visited}/answer").status_code == 404
    assert there.post(f"/console/visits/{visited}/answer", given).status_code == 404
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="both")
    with writing(engine_of(app)) as session:
        for user in session.scalars(select(User).where(User.username.in_(("both", "wang")))):
            user.helper_no = "B-1" if user.username == "both" else None
        record(session, kind="test.set_up", actor="test", subjects=[])
    own = clerk.post(f"/console/visits/{visited}/answer", given)
    assert own.status_code == 422
    assert "不能代户回应自己的走访" in own.text


def test_what_a_household_said_on_its_own_page_is_its_own(app: Flask, visited: str) -> None:
    with writing(engine_of(app)) as session:
        visit = session.scalars(select(CheckIn).where(CheckIn.claim_id == visited)).one()
        files = app.extensions["portal.installation"].settings.files_dir
        said = (Recollection.DID_NOT_COME, Channel.OWN_PAGE, "户主", "")
        answer_visit(session, Context("user:home", files), visited, visit.household_id, *said, now_utc())
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    refused = clerk.post(
        f"/console/visits/{visited}/answer", {"answer": "来过", "channel": "电话回访", "said_by": "户主"}
    )
    assert refused.status_code == 422
    assert "本户自己说的，不能由别人改" in refused.text
