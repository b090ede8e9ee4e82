"""Signing in through the page: two factors, once each, and no word about which one was wrong."""

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

MORNING = datetime.fromisoformat("2026-11-20T01:00:00+00:00")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def zhang(app: Flask, clock: object) -> Browser:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_user(session, Role.TOWNSHIP_CLERK, username="zhang", keyring=site.keyring)
    return Browser(app)


def fill(username: str = "zhang", password: str = PASSWORD, code: str = "") -> dict[str, str]:
    return {"username": username, "password": password, "code": code or pyotp.TOTP(SECRET).now()}


def test_both_factors_open_the_console(zhang: Browser) -> None:
    answer = zhang.post("/login", fill())
    assert answer.status_code == 303
    assert zhang.get("/account").status_code == 200


@pytest.mark.parametrize(
    "wrong", [fill("nobody", code="1"), fill(password="wrong password!", code="1"), fill(code="000000")]
)
def test_the_answer_does_not_tell_what_was_wrong(zhang: Browser, wrong: dict[str, str]) -> None:
    answer = zhang.post("/login", wrong)
    assert answer.status_code == 401
    assert "有一项不对" in answer.text
    assert zhang.get("/account").status_code == 303


def test_a_code_works_once(app: Flask, zhang: Browser) -> None:
    assert zhang.post("/login", fill()).status_code == 303
    assert Browser(app).post("/login", fill()).status_code == 401


def test_the_next_code_works_again(app: Flask, zhang: Browser, clock: time_machine.Traveller) -> None:
    zhang.post("/login", fill())
    clock.shift(timedelta(seconds=30))
    assert Browser(app).post("/login", fill()).status_code == 303


def test_tries_must_wait_longer_and_longer_and_then_the_name_is_locked(
    zhang: Browser, clock: time_machine.Traveller
) -> None:
    waits = []
    for _ in range(9):
        answer = zhang.post("/login", fill(code="000000"))
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1]))
            answer = zhang.post("/login", fill(code="000000"))
        assert answer.status_code == 401
    assert waits == [2, 4, 8, 16, 32, 900]


def test_a_locked_name_refuses_the_right_answer_too(zhang: Browser, clock: time_machine.Traveller) -> None:
    for _ in range(3):
        zhang.post("/login", fill(code="000000"))
    assert zhang.post("/login", fill()).status_code == 429
    clock.shift(timedelta(seconds=2))
    assert zhang.post("/login", fill()).status_code == 303


def test_unknown_names_are_locked_just_the_same(app: Flask, clock: object) -> None:
    browser = Browser(app)
    answers = [browser.post("/login", fill("ghost")).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]


def test_a_session_ends_after_fifteen_idle_minutes(zhang: Browser, clock: time_machine.Traveller) -> None:
    zhang.post("/login", fill())
    clock.shift(timedelta(minutes=14, seconds=50))
    assert zhang.get("/account").status_code == 200
    clock.shift(timedelta(minutes=14, seconds=50))
    assert zhang.get("/account").status_code == 200
    clock.shift(timedelta(minutes=15))
    assert zhang.get("/account").status_code == 303


def test_a_session_ends_after_twelve_hours_whatever_happens(zhang: Browser, clock: time_machine.Traveller) -> None:
    zhang.post("/login", fill())
    for _ in range(71):
        clock.shift(timedelta(minutes=10))
        assert zhang.get("/account").status_code == 200
    clock.shift(timedelta(minutes=10))
    assert zhang.get("/account").status_code == 303


def test_signing_out_ends_the_session_on_the_server(zhang: Browser) -> None:
    zhang.post("/login", fill())
    kept = zhang.client.get_cookie("yg_session", domain="127.0.0.1")
    assert kept is not None
    zhang.post("/logout", page="/account")
    zhang.client.set_cookie("yg_session", kept.value, domain="127.0.0.1")
    assert zhang.get("/account").status_code == 303


def test_a_page_that_asked_for_sign_in_is_reached_afterwards(zhang: Browser) -> None:
    asked = zhang.get("/account?x=1", headers={"Accept": "text/html"})
    assert asked.headers["Location"] == "/login?next=%2Faccount%3Fx%3D1"
    answer = zhang.post("/login", fill() | {"next": "/account?x=1"})
    assert answer.headers["Location"] == "/account?x=1"


@pytest.mark.parametrize(
    ("came_from", "link"),
    [
        ("http://127.0.0.1:8000/supervision/leads/YD-1?case=2", "/login?next=%2Fsupervision%2Fleads%2FYD-1%3Fcase%3D2"),
        ("https://elsewhere.example/supervision/leads/YD-1", "/login"),
        ("", "/login"),
    ],
)
def test_a_form_after_the_session_leads_back_to_the_page_it_was_on(app: Flask, came_from: str, link: str) -> None:
    refused = app.test_client().post(
        "/supervision/leads/YD-1/find", base_url="http://127.0.0.1:8000", headers={"Referer": came_from}
    )
    assert refused.status_code == 401
    assert f'href="{link}"' in refused.text


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.SYSTEM_ADMIN, "/admin/people"),
        (Role.AUDIT_ADMIN, "/admin/people"),
        (Role.LEADER, "/console/"),
        (Role.HELPER, "/account"),
        (None, "/account"),
    ],
)
def test_everybody_is_led_to_a_page_of_his_own_and_can_sign_out(app: Flask, role: Role | None, home: str) -> None:
    browser = signed_in(app, role)
    assert browser.get("/login").headers["Location"] == home
    assert browser.get(home).status_code == 200
    assert browser.post("/logout", page="/account").status_code == 303
    assert browser.get(home).status_code == 303
