"""/account: one's own sessions, password and second factor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.kernel.database import writing
from tests.factories.accounts import PASSWORD, SECRET, Browser, Quick, make_user, signed_in

NEW = "grass mud horse river"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.fromisoformat("2026-11-20T01:00:00+00:00"), tick=False) as clock:
        yield clock


def code(secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).now()


def enter(app: Flask, clock: time_machine.Traveller, password: str = PASSWORD) -> Browser:
    clock.shift(timedelta(seconds=30))
    browser = Browser(app)
    browser.post("/login", {"username": "zhang", "password": password, "code": code()})
    browser.username = "zhang"
    return browser


@pytest.fixture
def zhang(app: Flask, clock: time_machine.Traveller) -> Browser:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_user(session, Role.LEADER, username="zhang", keyring=site.keyring)
    return enter(app, clock)


def test_other_sessions_are_seen_and_ended(app: Flask, zhang: Browser, clock: time_machine.Traveller) -> None:
    phone, office = enter(app, clock), enter(app, clock)
    page = zhang.get("/account").text
    others = re.findall(r'name="which" value="(\d+)"', page)
    assert len(others) == 2
    zhang.post("/account/sessions/end", {"which": others[0]})
    assert sorted(b.get("/account").status_code for b in (phone, office)) == [200, 303]
    zhang.post("/account/sessions/end", {"which": "all"})
    assert [b.get("/account").status_code for b in (phone, office, zhang)] == [303, 303, 200]


def test_nobody_ends_the_sessions_of_somebody_else(app: Flask, zhang: Browser, clock: time_machine.Traveller) -> None:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_user(session, Role.LEADER, username="li", keyring=site.keyring)
    li = Browser(app)
    li.post("/login", {"username": "li", "password": PASSWORD, "code": code()})
    for number in range(2, 10):  # 1 is zhang's own
        zhang.post("/account/sessions/end", {"which": str(number)})
    assert li.get("/account").status_code == 200


def test_a_new_password_asks_both_factors_and_ends_other_sessions(
    app: Flask, zhang: Browser, clock: time_machine.Traveller
) -> None:
    other = enter(app, clock)
    clock.shift(timedelta(seconds=30))
    change = {"password": PASSWORD, "code": code(), "new_password": NEW, "again": NEW}
    assert zhang.post("/account/password", change | {"again": "different"}).status_code == 422
    assert zhang.post("/account/password", change | {"new_password": "short", "again": "short"}).status_code == 422
    assert zhang.post("/account/password", change | {"password": "wrong"}).status_code == 401
    assert zhang.post("/account/password", change).status_code == 200
    assert other.get("/account").status_code == 303
    assert zhang.get("/account").status_code == 200
    assert enter(app, clock, PASSWORD).get("/account").status_code == 303
    clock.shift(timedelta(minutes=1))
    assert enter(app, clock, NEW).get("/account").status_code == 200


def test_a_new_second_factor_asks_the_old_one_too(app: Flask, zhang: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(seconds=30))
    page = zhang.get("/account/factor").text
    match = re.search(r"<code>((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})</code>", page)
    ticket = re.search(r'name="ticket"[^>]*value="([^"]+)"', page)
    assert match is not None
    assert ticket is not None
    assert "<svg" in page
    secret = match.group(1).replace(" ", "")
    change = {"ticket": ticket.group(1), "password": PASSWORD, "code": code(), "new_code": code(secret)}
    assert zhang.post("/account/factor", change | {"new_code": "000000"}).status_code == 422
    assert zhang.post("/account/factor", change | {"code": "000000"}).status_code == 401
    assert zhang.post("/account/factor", change | {"ticket": "bogus"}).status_code == 422
    assert zhang.post("/account/factor", change).status_code == 200
    clock.shift(timedelta(seconds=30))
    browser = Browser(app)
    old = {"username": "zhang", "password": PASSWORD, "code": code()}
    assert browser.post("/login", old).status_code == 401
    assert browser.post("/login", old | {"code": code(secret)}).status_code == 303


def test_an_old_picture_is_no_good(zhang: Browser, clock: time_machine.Traveller) -> None:
    ticket = re.search(r'name="ticket"[^>]*value="([^"]+)"', zhang.get("/account/factor").text)
    assert ticket is not None
    for _ in range(2):
        clock.shift(timedelta(minutes=8))
        zhang.get("/account")
    change = {"ticket": ticket.group(1), "password": PASSWORD, "code": code(), "new_code": "000000"}
    assert zhang.post("/account/factor", change).status_code == 422


def test_the_scope_of_an_administrator_is_said_in_words(app: Flask) -> None:
    page = signed_in(app, Role.SECURITY_ADMIN).get("/account").text
    assert "安全管理员：全国" in page and "000000000000" not in page
