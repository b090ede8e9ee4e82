"""Beyond the day's quota: a fresh code for each field, a lead for the inspectors, and nothing shown without."""

import html
import re

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import RevealDay
from portal.accounts.permissions import Role
from portal.accounts.sign_in.actions import TOTP_FIELD
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.oversight.leads.queries import LeadRow, stream_leads
from portal.registers.recipients import queries
from portal.trail import actions as trail
from portal.trail.models import TrailSubject
from tests.doors.management.test_registers_people import engine_of
from tests.factories.accounts import SECRET, Browser, signed_in
from tests.factories.divisions import GAOGOU, make_county
from tests.factories.recipients import make_household, make_id

NUMBER = make_id(33)


@pytest.fixture
def full_day(app: Flask) -> Flask:
    """A clerk who has been shown fifty fields today."""
    with writing(engine_of(app)) as session:
        make_county(session)
        make_household(session, "HH-1", head="张建国", id_number=NUMBER)
        session.add(RevealDay(actor="user:clerk", day=today_cn(), shown=50, over=0))
    return app


@pytest.fixture
def clerk(full_day: Flask) -> Browser:
    browser = signed_in(full_day, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    with writing(engine_of(full_day)) as session:
        user = accounts.get_user(session, "clerk")
        user.totp_sealed = full_day.extensions["portal.installation"].keyring.seal(SECRET, TOTP_FIELD)
        trail.record(session, kind="factor.changed", actor="test", subjects=[("account", "clerk")])
    return browser


def ask(app: Flask, browser: Browser, code: str = "", why: str = "核对退票") -> tuple[int, str]:
    with reading(engine_of(app)) as session:
        row = queries.get_household(session, "HH-1")
        person = queries.list_persons(session, row.id)[0].id
    data = {"field": "id_number", "why": why, "code": code}
    answer = browser.post(f"/console/persons/{person}/reveal", data)
    return answer.status_code, html.unescape(answer.text)


def leads(app: Flask) -> list[LeadRow]:
    with reading(engine_of(app)) as session:
        return list(stream_leads(session, rules=["S06"]))


def test_the_fifty_first_is_not_shown_asks_for_a_code_and_raises_one_lead(full_day: Flask, clerk: Browser) -> None:
    status, page = ask(full_day, clerk)
    assert status == 200
    assert NUMBER not in page
    assert "今天已经看满 50 次" in page
    assert re.search(r'name="why"[^>]*value="核对退票"', page)
    ask(full_day, clerk)
    found = leads(full_day)
    assert [(lead.subject_no, lead.severity, lead.status) for lead in found] == [
        (f"user:clerk/{today_cn()}", "一般", "open")
    ]
    assert (found[0].evidence["shown"], found[0].evidence["over"]) == (50, 2)


def test_a_fresh_code_shows_one_field_and_works_once(full_day: Flask, clerk: Browser) -> None:
    code = pyotp.TOTP(SECRET).now()
    status, page = ask(full_day, clerk, code)
    assert (status, NUMBER in page) == (200, True)
    assert "再看每一项都要重新验证" in page
    status, page = ask(full_day, clerk, code)
    assert (status, NUMBER in page) == (401, False)
    assert "动态码没有通过" in page
    assert "验证并显示一次" in page
    assert leads(full_day)[0].evidence["shown"] == 51


def test_a_wrong_code_counts_and_many_wrong_ones_must_wait(full_day: Flask, clerk: Browser) -> None:
    answers = [ask(full_day, clerk, "000000")[0] for _ in range(5)]
    assert answers[:2] == [401, 401]
    assert answers[-1] == 429
    assert ask(full_day, clerk, pyotp.TOTP(SECRET).now())[0] == 429


def test_a_code_without_a_reason_shows_nothing(full_day: Flask, clerk: Browser) -> None:
    status, page = ask(full_day, clerk, pyotp.TOTP(SECRET).now(), why="")
    assert (status, NUMBER in page) == (422, False)


def test_every_wish_is_recorded_sealed(full_day: Flask, clerk: Browser) -> None:
    ask(full_day, clerk)
    ask(full_day, clerk, pyotp.TOTP(SECRET).now())
    with reading(engine_of(full_day)) as session:
        kinds = set(session.scalars(select(TrailSubject.type).where(TrailSubject.actor == "user:clerk")))
    assert {"access.reveal_refused", "access.revealed"} <= kinds
