"""From a lead, a complaint, a household that was drawn and an act of the trail to a case; nobody learns of one on the way."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.cases.links.models import CaseLink
from portal.oversight.inspections.actions import commit_seed, draw_inspection
from portal.oversight.inspections.models import InspectionItem
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.corrections import Act
from portal.trail.actions import record
from tests.factories.accounts import Browser, signed_in
from tests.factories.complaints import COUNTY, OTHER_TOWN, VILLAGE, a_county, arrive, sign_in_as
from tests.factories.leads import make_leads
from tests.factories.phones import engine_of
from tests.factories.recipients import make_household

pytestmark = pytest.mark.begins_with(fill=a_county)
NEW, ADD = "/supervision/cases/new", "/supervision/cases/add"
HEAD = [("钱有为", "红窑镇人民政府")]
DRAW = Act("user:county-inspector", "按计划抽查")


@pytest.fixture
def jia(app: Flask) -> Browser:
    """An inspector of the county."""
    return sign_in_as(app, "county-inspector")


@pytest.fixture
def lead(app: Flask) -> str:
    """A lead about a household of the village."""
    with writing(engine_of(app)) as session:
        make_household(session, "HH-1", VILLAGE, entered_on=date(2021, 3, 1))
        return make_leads(session, "P-1", division=VILLAGE, household="HH-1")[0].lead_no


def opened(browser: Browser, asked: str, **more: str) -> str:
    """A case opened from what an address names; its address."""
    page = browser.get(f"{NEW}?{asked}")
    assert page.status_code == 200, page.text[-1500:]
    said = {"title": "村里的补贴名单", "division_code": VILLAGE, "accused": "", "team": "", "why": "监督发现", **more}
    answer = browser.post(f"{NEW}?{asked}", said, page=f"{NEW}?{asked}")
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[-1500:]
    return str(answer.headers["Location"])


def linked(session: Session) -> list[tuple[str, str]]:
    """What is linked to cases."""
    return [tuple(row) for row in session.execute(select(CaseLink.kind, CaseLink.no).order_by(CaseLink.id))]


def test_a_leads_page_leads_to_a_case_with_its_household(app: Flask, jia: Browser, lead: str) -> None:
    page = jia.get(f"/supervision/leads/{lead}").text
    assert f'href="{NEW}?lead={lead}"' in page
    form = jia.get(f"{NEW}?lead={lead}").text
    for prefilled in (f'value="{VILLAGE}"', f'value="疑点 {lead}"', 'value="疑点：'):
        assert prefilled in form
    case = opened(jia, f"lead={lead}")
    with reading(engine_of(app)) as session:
        assert linked(session) == [("lead", lead), ("household", "HH-1")]
    no = case.rsplit("/", 1)[1]
    assert f'href="/supervision/cases/{no}"' in jia.get(f"/supervision/leads/{lead}").text
    other = sign_in_as(app, "county-inspector-2").get(f"/supervision/leads/{lead}").text
    assert no not in other, "the lead's page names the case to its team alone"
    assert "立案或并入案件" not in signed_in(app, Role.AUDITOR, [COUNTY]).get(f"/supervision/leads/{lead}").text


def test_it_is_added_to_a_case_that_is_open_once(app: Flask, jia: Browser, lead: str) -> None:
    case = opened(jia, "")
    no = case.rsplit("/", 1)[1]
    asked = f"lead={lead}"
    assert no in jia.get(f"{NEW}?{asked}").text
    assert jia.get(f"{ADD}?{asked}").headers["Location"].endswith(f"{NEW}?{asked}")
    added = jia.post(f"{ADD}?{asked}", {"case_no": no}, page=f"{NEW}?{asked}")
    assert (added.status_code, added.headers["Location"]) == (303, case)
    assert lead in jia.get(case).text
    again = jia.post(f"{ADD}?{asked}", {"case_no": no}, page=f"{NEW}?{asked}")
    assert again.status_code == 409
    assert "已经关联过" in again.text
    stranger = sign_in_as(app, "county-inspector-2")
    refused = stranger.post(f"{ADD}?{asked}", {"case_no": no}, page=f"{NEW}?{asked}")
    assert refused.status_code == 422, "a case of others cannot be chosen"
    assert no not in re.sub(r'value="[^"]*"', "", refused.text)


def test_what_one_may_not_see_is_refused_on_the_form_and_when_sent(app: Flask, jia: Browser, lead: str) -> None:
    away = signed_in(app, Role.INSPECTOR, [OTHER_TOWN], username="away")
    with writing(engine_of(app)) as session:
        locator = arrive(session, HEAD).locator
    said = {"title": "探一探", "division_code": OTHER_TOWN, "why": "试试", "accused": "", "team": ""}
    for asked, unknown in ((f"lead={lead}", "lead=YD-2026-999999"), (f"complaint={locator}", "complaint=ZZZZ9999")):
        answers = {
            (away.get(f"{NEW}?{one}").status_code, away.post(f"{NEW}?{one}", said).status_code, away.post(f"{ADD}?{one}").status_code)
            for one in (asked, unknown)
        }  # fmt: skip
        assert answers == {(404, 404, 404)}, asked
    assert away.get(f"{NEW}?kind=household&no=HH-1").status_code == 404
    assert away.get(f"{NEW}?kind=thing&no=1").status_code == 404
    with writing(engine_of(app)) as session:
        session.scalars(select(Lead).where(Lead.lead_no == lead)).one().status = LeadStatus.ASKED
        record(session, kind="test.asked", actor="test", subjects=[("lead", lead)])
    assert jia.get(f"{NEW}?lead={lead}").status_code == 422, "first the person concerned has his say"
    with reading(engine_of(app)) as session:
        assert linked(session) == []


def test_a_complaint_comes_with_its_number_and_is_named_to_nobody_else(app: Flask, jia: Browser) -> None:
    with writing(engine_of(app)) as session:
        locator = arrive(session, HEAD).locator
    page = jia.get(f"/supervision/complaints/{locator}").text
    assert f'href="{NEW}?complaint={locator}"' in page
    case = opened(jia, f"complaint={locator}", team="city-inspector")
    assert locator in jia.get(case).text
    assert "来源：举报" in jia.get(case).text
    lent = sign_in_as(app, "city-inspector")
    seen = lent.get(case)
    assert seen.status_code == 200
    assert locator not in seen.text
    assert "举报</span>" not in seen.text and "来源：人工" in seen.text
    listed = lent.get("/supervision/cases").text
    assert "人工" in listed and '<td class="nowrap">举报</td>' not in listed
    assert lent.post(f"{case}/links", {"kind": "complaint", "no": locator}, page=case).status_code == 404
    assert case.rsplit("/", 1)[1] in jia.get(f"/supervision/complaints/{locator}").text


def test_a_household_that_was_drawn_becomes_a_case(app: Flask, jia: Browser, lead: str) -> None:
    with writing(engine_of(app)) as session:
        draw = commit_seed(session, COUNTY, DRAW, now_utc()).no
    with writing(engine_of(app)) as session:
        draw_inspection(session, draw, DRAW, now_utc(), is_published=True)
        item = str(session.scalars(select(InspectionItem.no)).one())
    opened(jia, f"sample={quote(item)}")
    with reading(engine_of(app)) as session:
        assert linked(session) == [("sample", item), ("household", "HH-1")]
    away = signed_in(app, Role.INSPECTOR, [OTHER_TOWN], username="away")
    assert away.get(f"{NEW}?sample={quote(item)}").status_code == 404


def test_an_act_of_the_trail_is_linked_from_the_search(app: Flask, jia: Browser, lead: str) -> None:
    with writing(engine_of(app)) as session:
        event = record(session, kind="notice.published", actor="user:wang", subjects=[("notice", "GS-1")], unit=VILLAGE)
        hidden = record(session, kind="case.opened", actor="user:head", subjects=[("case", "AJ-9")], sealed=True)
    search = jia.get("/supervision/log?q=操作人:wang").text
    address = f"{NEW}?event={event.event_id}"
    assert f'href="{address}"' in search
    shown = jia.get(f"/supervision/log/{event.event_id}")
    assert shown.status_code == 200
    assert f'href="{address}"' in shown.text
    for one in (hidden.event_id, "00000000-0000-4000-8000-000000000000"):
        assert jia.get(f"/supervision/log/{one}").status_code == 404
        assert jia.get(f"{NEW}?event={one}").status_code == 404
    case = opened(jia, f"event={event.event_id}")
    assert f'href="/supervision/log/{event.event_id}"' in jia.get(case).text
    opened(jia, "kind=household&no=HH-1")
    with reading(engine_of(app)) as session:
        assert linked(session) == [("event", event.event_id), ("household", "HH-1")]
