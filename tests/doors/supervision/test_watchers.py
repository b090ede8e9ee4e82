"""Finance and audit look at everything of their places and change nothing: every form of supervision, tried by both."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.inspections.actions import commit_seed, draw_inspection
from portal.oversight.inspections.models import InspectionItem
from portal.oversight.inspections.rules import AGREES, QUESTIONS
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from tests.factories.accounts import make_user, signed_in
from tests.factories.divisions import COUNTY, VILLAGE, make_county
from tests.factories.leads import make_leads
from tests.factories.phones import engine_of
from tests.factories.recipients import make_household

WATCHERS = (Role.FINANCE_SUPERVISOR, Role.AUDITOR)
OWN = {
    "/supervision/searches": "a search that he keeps for himself",
    "/supervision/searches/<int:search_id>/remove": "the same",
    "/supervision/households/<no>/timeline": "says what he looks for: the read is written down",
    "/supervision/trace/<kind>/<path:no>": "the same",
    "/supervision/trail/<kind>/<path:no>": "the same; finance has no trail",
    "/supervision/reads/<no>": "audit reviews what the others read: its own work; finance does not",
    "/supervision/sample/visits/<path:no>": "who was asked to go along writes what was seen; nobody else, see below",
}
"""Forms that change nothing which is supervised."""


LOOKS = {
    "/console/exports/new": "a list that he asks for, marked and approved by another",
    "/console/exports/<no>/make": "the same",
    "/console/households/by-id": "a search whose number must not stand in an address",
}


def fill(session: Session) -> None:
    """A household with a lead, and somebody who inspects."""
    make_county(session)
    make_household(session, "HH-1", VILLAGE, entered_on=date(2021, 3, 1))
    make_leads(session, "P-1", household="HH-1")
    make_user(session, Role.INSPECTOR, [COUNTY], username="jia")


pytestmark = pytest.mark.begins_with(fill=fill)


def forms(app: Flask) -> list[tuple[str, str]]:
    """Rule and an address of every form of supervision and of the console."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith(("/supervision", "/console"))
    ]
    return [
        (rule.rule, "/".join("1" if part.startswith("<") else part for part in rule.rule.split("/"))) for rule in rules
    ]


@pytest.mark.parametrize("role", WATCHERS)
def test_no_form_takes_a_word_of_finance_or_audit(app: Flask, role: Role) -> None:
    watcher = signed_in(app, role, [COUNTY], username="watcher")
    tried = {rule: path for rule, path in forms(app) if rule not in OWN | LOOKS}
    assert len(tried) > 150
    for rule, path in tried.items():
        assert watcher.post(path).status_code == 403, f"{role} may send {rule}"


def test_a_lead_is_shown_to_them_without_a_form(app: Flask) -> None:
    with reading(engine_of(app)) as session:
        lead = session.scalars(select(Lead.lead_no)).one()
    for role in WATCHERS:
        page = signed_in(app, role, [COUNTY]).get(f"/supervision/leads/{lead}")
        assert page.status_code == 200
        assert 'action="/supervision/' not in page.text
        assert "立案或并入案件" not in page.text


def test_they_read_a_draw_and_write_nothing_into_it(app: Flask) -> None:
    act = Act("user:jia", "按计划抽查")
    with writing(engine_of(app)) as session:
        draw = commit_seed(session, COUNTY, act, now_utc()).no
    with writing(engine_of(app)) as session:
        draw_inspection(session, draw, act, now_utc(), is_published=True)
        item = str(session.scalars(select(InspectionItem.no)).one())
    said = {f"answer_{code}": AGREES for code in QUESTIONS}
    said |= {"visited_on": today_cn().isoformat(), "second_inspector": "jia", "met": "yes"}
    path = f"/supervision/sample/visits/{item}"
    for role in WATCHERS:
        watcher = signed_in(app, role, [COUNTY])
        for page in ("/supervision/sample", f"/supervision/sample/{draw}", path):
            assert watcher.get(page).status_code == 200
        assert "保存入户记录" not in watcher.get(path).text
        assert watcher.post(path, said).status_code == 403
    with reading(engine_of(app)) as session:
        assert session.scalars(select(InspectionItem.state)).one() == "待入户"


def test_they_watch_how_others_handle_it(app: Flask) -> None:
    for role in WATCHERS:
        watcher = signed_in(app, role, [COUNTY])
        for page in (
            "/supervision/",
            "/supervision/oversight",
            "/supervision/overview",
            "/supervision/leads",
            "/supervision/rules",
        ):
            assert watcher.get(page).status_code == 200, (role, page)
