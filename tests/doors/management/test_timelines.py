"""The timeline pages of an office and of supervision: who may open them, what they say, and that looking is recorded."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.registers.recipients.models import Household
from portal.trail.models import TrailSubject
from portal.trail.queries import get_events
from tests.analysis.timeline.life import SECRET, TOLD, Life, make_life
from tests.factories.accounts import signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO
from tests.factories.recipients import make_income

CONSOLE, SUPERVISION = "/console/households/HH-1/timeline", "/supervision/households/HH-1/timeline"


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def life(app: Flask) -> Life:
    with writing(engine_of(app)) as session:
        return make_life(session)


def test_the_office_reads_it_and_that_is_recorded(app: Flask, life: Life) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    assert CONSOLE in clerk.get("/console/households/HH-1").text, "linked from the household's page"
    page = clerk.get(CONSOLE)
    assert page.status_code == 200 and "2026年低保金" in page.text and "王帮扶" in page.text
    assert SECRET not in page.text and life.secret not in page.text and life.own in page.text
    with reading(engine_of(app)) as session:
        about = select(TrailSubject.event_id).where(TrailSubject.kind == "household", TrailSubject.no == "HH-1")
        kinds = [entry.kind for entry in get_events(session, [one for one in session.scalars(about) if one])]
    assert kinds.count("household.timeline.read") == 1


def test_supervision_reads_all_of_it(app: Flask, life: Life) -> None:
    inspector = signed_in(app, Role.INSPECTOR, [COUNTY])
    inspector.post(SUPERVISION, {"basis": "无案件", "why": "领导交办，核对旧账"}, page=SUPERVISION)
    page = inspector.get(SUPERVISION)
    assert page.status_code == 200 and SECRET in page.text and TOLD in page.text
    assert SUPERVISION in inspector.get(f"/supervision/leads/{life.own}").text, "linked from its leads"


def test_it_is_narrowed_and_turned(app: Flask, life: Life) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    page = clerk.get(f"{CONSOLE}?kind=资金").text
    assert "2026年低保金" in page and "王帮扶" not in page
    assert clerk.get(f"{CONSOLE}?kind=没有").status_code == 422
    assert clerk.get(f"{CONSOLE}?after=broken").status_code == 422


def test_beyond_ones_places_it_does_not_exist(app: Flask, life: Life) -> None:
    elsewhere = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert elsewhere.get(CONSOLE).status_code == 404
    assert elsewhere.get(SUPERVISION).status_code == 403
    assert signed_in(app, Role.INSPECTOR, [HONGYAO]).get(SUPERVISION).status_code == 404


def test_the_page_takes_a_constant_number_of_statements(app: Flask, life: Life) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])

    def count() -> int:
        said: list[str] = []
        listen = lambda _c, _cur, statement, *_more: said.append(statement)  # noqa: E731  # taken off again below
        event.listen(engine_of(app), "before_cursor_execute", listen)
        assert clerk.get(CONSOLE).status_code == 200
        event.remove(engine_of(app), "before_cursor_execute", listen)
        return len([one for one in said if one.startswith("SELECT")])

    before = count()
    with writing(engine_of(app)) as session:
        home = session.get_one(Household, life.home.id)
        for n in range(30):
            make_income(session, home, 100_00 + n)
    assert count() == before
