"""Whatever is somebody's opens for a case, a lead or a reason: timeline, money and trail alike; the other organ sees it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.reads.models import BoundRead
from portal.registers.corrections import Act
from portal.registers.funds.payments.actions import correct_payment
from portal.registers.funds.payments.queries import payments_of_household
from portal.trail.models import TrailSubject
from portal.trail.queries import get_events
from tests.factories.accounts import Browser, signed_in
from tests.factories.cases import TEAM, make_case
from tests.factories.divisions import COUNTY, HONGYAO
from tests.factories.money_village import SECRET_NAME, make_money_village
from tests.factories.phones import engine_of

pytestmark = pytest.mark.begins_with(fill=make_money_village)
TIMELINE, TRACE = "/supervision/households/HH-1/timeline", "/supervision/trace/household/HH-1"
REASON = {"basis": "无案件", "why": "领导交办，核对旧账"}


@pytest.fixture
def finance(app: Flask) -> Browser:
    """A finance supervisor, who works on no case."""
    return signed_in(app, Role.FINANCE_SUPERVISOR, [COUNTY], username="finance")


def acts(app: Flask, kind: str) -> list[set[tuple[str, str]]]:
    """What each act of a kind was about."""
    with reading(engine_of(app)) as session:
        ids = session.scalars(
            select(TrailSubject.event_id).where(TrailSubject.type == kind, TrailSubject.is_first)
        ).all()
        return [set(entry.subjects) for entry in get_events(session, [one for one in ids if one])]


@pytest.mark.parametrize(("path", "act"), [(TIMELINE, "household.timeline.read"), (TRACE, "money.traced")])
def test_a_page_opens_with_a_reason_and_the_look_names_it(app: Flask, finance: Browser, path: str, act: str) -> None:
    refused = finance.get(path)
    assert refused.status_code == 403
    assert "先登记凭什么查" in refused.text
    assert SECRET_NAME not in refused.text
    assert f'action="{path}"' in refused.text
    assert finance.post(path, {"basis": "无案件", "why": ""}, page=path).status_code == 422
    sent = finance.post(path, REASON, page=path)
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    shown = finance.get(path)
    assert shown.status_code == 200 and "没有案件，已列给另一个机关复查" in shown.text, "what it stands on is said"
    with reading(engine_of(app)) as session:
        read = session.scalars(select(BoundRead.no)).one()
    assert acts(app, act) == [{("household", "HH-1"), ("read", read)}]
    auditor = signed_in(app, Role.AUDITOR, [COUNTY])
    assert "领导交办" in auditor.get("/supervision/reads").text, "the other organ reviews it"
    assert f'href="/supervision/trail/read/{read}"' in auditor.get(f"/supervision/reads/{read}").text
    assert "户 HH-1" in auditor.get(f"/supervision/trail/read/{read}").text, "and sees what was opened with it"


def test_one_registration_opens_every_page_of_it_and_no_other(app: Flask, finance: Browser) -> None:
    assert finance.post(TIMELINE, REASON, page=TIMELINE).status_code == 303
    assert finance.get(TRACE).status_code == 200
    assert finance.get(TIMELINE.replace("HH-1", "HH-2")).status_code == 403
    assert finance.get("/supervision/households/HH-99/timeline").status_code == 404


def test_a_payment_is_one_under_both_ways_of_writing_it(app: Flask, finance: Browser) -> None:
    with reading(engine_of(app)) as session:
        no = payments_of_household(session, "HH-1")[0].no
    path, other = f"/supervision/trace/payment/{no}", f"/supervision/trace/payment/{'/'.join(no.rsplit('-', 1))}"
    away = signed_in(app, Role.FINANCE_SUPERVISOR, [HONGYAO], username="away")
    for one in (path, other):
        assert away.get(one).status_code == 404, "of another place"
        assert finance.get(one).status_code == 403
    assert finance.post(path, REASON, page=path).status_code == 303
    for one in (path, other):
        assert finance.get(one).status_code == 200
    assert "/supervision/trail/" not in finance.get(path).text, "no link to what finance may not open"


def test_a_case_is_chosen_already_where_the_way_leads_from_it(app: Flask) -> None:
    team = signed_in(app, Role.INSPECTOR, [COUNTY], username=TEAM)
    with writing(engine_of(app)) as session:
        case = make_case(session, about=[(LinkKind.HOUSEHOLD, "HH-1")]).no
    way = f"{TIMELINE}?case={case}"
    assert f'href="{way}"' in team.get(f"/supervision/cases/{case}").text
    assert f'<option selected value="{case}">' in team.get(way).text
    assert team.post(TIMELINE, {"basis": "案件", "case_no": case}, page=way).status_code == 303
    assert f"凭案件 {case} 查阅" in team.get(TIMELINE).text
    other = signed_in(app, Role.INSPECTOR, [COUNTY], username="yi")
    assert case not in other.get(way).text.replace(way, "")


def test_a_payment_has_one_number_everywhere_and_its_trail_holds_its_corrections(app: Flask) -> None:
    inspector = signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")
    with writing(engine_of(app)) as session:
        paid = next(one for one in payments_of_household(session, "HH-1"))
        correct_payment(session, paid.id, {"reason": "春季生活补助"}, Act("user:wang", "用途写错了"), None)
    batch, _, line = paid.no.rpartition("-")
    path, old = f"/supervision/trail/payment/{paid.no}", f"/supervision/trail/payment/{batch}/{line}"
    assert inspector.post(path, REASON, page=path).status_code == 303
    for address in (path, old):
        page = inspector.get(address).text
        assert f"<title>发放 {paid.no}" in page and f"{batch}/{line}" not in page.split("<main")[1]
        assert "用途写错了" in page and "春季生活补助" in page, "the act, and the version that it made"
        assert "登记的每一版" in page and "回到某一天" in page
    found = inspector.get(f"/supervision/log?q=对象:payment/{batch}/{line}").text
    assert "发放 · 更正" in found and f"发放 {paid.no}" in found
