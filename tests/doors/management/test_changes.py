"""One change on a page of its own: what it was, what it became, who, why, from which file, and its event."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.kernel.database import writing
from portal.registers.corrections import Act
from portal.registers.recipients import actions, queries
from portal.trail import queries as trail
from tests.doors.management.test_registers_people import engine_of, person_path
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, make_county
from tests.factories.recipients import make_household, make_id

NUMBER, OTHER = make_id(33), make_id(34)


def decide(session: Session, values: dict[str, str], why: str) -> None:
    """A decision on causes, prepared by another person."""
    row, act = queries.get_household(session, "HH-1"), Act("user:clerk", why)
    actions.decide_category(session, row.id, values, act, document="涟扶发〔2026〕9号", prepared_by="user:village")


@pytest.fixture
def changed(app: Flask) -> Flask:
    """A household entered once and corrected twice; its head with a corrected number."""
    with writing(engine_of(app)) as session:
        make_county(session)
        make_household(session, "HH-1", head="张建国", id_number=NUMBER, address="扎新村三组12号", main_cause="因病")
    with writing(engine_of(app)) as session:
        decide(session, {"main_cause": "因残"}, "村里复核后更正")
    with writing(engine_of(app)) as session:
        row = queries.get_household(session, "HH-1")
        actions.correct_household(session, row.id, {"address": "扎新村四组1号"}, Act("user:clerk", "搬家"), None)
    return app


@pytest.fixture
def clerk(changed: Flask) -> Browser:
    return signed_in(changed, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def text_of(browser: Browser, path: str) -> str:
    return html.unescape(browser.get(path).text)


def test_the_history_of_a_household_leads_to_each_change(clerk: Browser) -> None:
    page = clerk.get("/console/households/HH-1").text
    links = re.findall(r'href="(/console/households/HH-1/changes/[0-9]+)"', page)
    assert links == [f"/console/households/HH-1/changes/{n}" for n in (3, 2, 1)]
    assert [clerk.get(link).status_code for link in links] == [200, 200, 200]


def test_a_change_shows_before_and_after_who_why_and_its_event(changed: Flask, clerk: Browser) -> None:
    page = text_of(clerk, "/console/households/HH-1/changes/2")
    assert "<del>因病</del>" in page
    assert "<ins>因残</ins>" in page
    assert "村里复核后更正" in page
    assert "乡镇经办人 clerk" in page
    assert "user:" not in page
    assert "四组" not in page
    event = re.search(r"<code>([0-9a-f-]{36})</code>", page)
    assert event is not None
    with writing(engine_of(changed)) as session:
        entry = trail.get_event(session, event.group(1))
    assert (entry.kind, entry.leaf_hash in page) == ("household.category_decided", True)
    assert "还没有公布到流水" in page


def test_the_first_change_shows_what_was_registered_and_the_ones_beside_lead_on(clerk: Browser) -> None:
    first, last = (text_of(clerk, f"/console/households/HH-1/changes/{n}") for n in (1, 3))
    assert "第一次登记" in first
    assert "<ins>扎新村三组12号</ins>" in first
    assert 'rel="prev"' not in first
    assert 'href="/console/households/HH-1/changes/2" rel="next"' in first
    assert 'rel="next"' not in last
    assert 'href="/console/households/HH-1/changes/2" rel="prev"' in last
    assert clerk.get("/console/households/HH-1/changes/4").status_code == 404
    assert clerk.get("/console/households/HH-1/changes/0").status_code == 404


@pytest.mark.parametrize("role", sorted(role for role in Role if Permission.VIEW_HOUSEHOLDS in ROLE_PERMISSIONS[role]))
def test_every_role_that_reads_households_opens_every_change(changed: Flask, role: Role) -> None:
    with writing(engine_of(changed)) as session:
        row = queries.get_household(session, "HH-1")
        point = {"lat_e7": 339000000, "lng_e7": 1192000000, "datum": "WGS84"}
        actions.correct_household(session, row.id, point, Act("user:clerk", "入户定位"), None)
    browser = signed_in(changed, role, [COUNTY])
    for path in (f"{prefix}/console/households/HH-1/changes/{n}" for prefix in ("", "/en") for n in (1, 2, 3, 4)):
        assert browser.get(path).status_code == 200, path
    where = text_of(browser, "/console/households/HH-1/changes/4")
    assert ("33.900000" in where) == (Permission.REVEAL_SEALED in ROLE_PERMISSIONS[role])


def test_words_of_the_trade_are_in_the_readers_language(changed: Flask, clerk: Browser) -> None:
    with writing(engine_of(changed)) as session:
        decide(session, {"other_causes": "因学、缺技术"}, "核实")
    assert "因学、缺技术" in text_of(clerk, "/console/households/HH-1")
    english = text_of(clerk, "/en/console/households/HH-1")
    assert "因学" not in english
    assert "Schooling, Lack of skill" in english


def test_who_may_not_see_whole_names_sees_no_address_in_a_change(changed: Flask) -> None:
    leader = signed_in(changed, Role.LEADER, [COUNTY], username="leader")
    for n in (1, 3):
        page = text_of(leader, f"/console/households/HH-1/changes/{n}")
        assert "12号" not in page
        assert "●●●●" in page


def test_a_change_outside_the_own_place_does_not_exist(changed: Flask) -> None:
    other = signed_in(changed, Role.TOWNSHIP_CLERK, [HONGYAO], username="other")
    assert other.get("/console/households/HH-1/changes/1").status_code == 404


def test_of_a_sealed_field_only_that_it_changed_is_told(changed: Flask, clerk: Browser) -> None:
    path = person_path(changed, "张建国")
    with writing(engine_of(changed)) as session:
        person = int(path.rsplit("/", 1)[1])
        actions.correct_person(session, person, {"id_number": OTHER}, Act("user:clerk", "照身份证更正"), None)
    pages = [text_of(clerk, f"{path}/changes/{n}") for n in (1, 2)]
    assert all("●●●●" in page for page in pages)
    assert not any(NUMBER in page or OTHER in page for page in pages)
