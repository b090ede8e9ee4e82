"""A household signs in with the code of its card and four digits; the code stays in no address, and no page is kept."""

from __future__ import annotations

import base64
import hmac
import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.kernel.database import now_utc, reading, writing
from portal.registers.recipients.cards.actions import print_cards
from portal.registers.recipients.cards.rules import Print
from portal.registers.recipients.cards.sign_ins.models import HouseholdSignIn
from portal.registers.recipients.models import Household
from tests.factories.accounts import Browser
from tests.factories.cards import FOUR, WINDOW, card_clerk, fill_home

pytestmark = pytest.mark.begins_with(fill=fill_home)


@pytest.fixture
def card(app: Flask) -> Print:
    """A card printed for the one household there is."""
    with writing(app.extensions["portal.installation"].engine) as session:
        home = session.scalars(select(Household.id)).one()
        return print_cards(session, card_clerk(), [home], WINDOW, now_utc())[0]


def scanned(app: Flask, token: str) -> Browser:
    browser = Browser(app)
    answer = browser.get(f"/q/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/sign-in")
    return browser


def enter(browser: Browser, digits: str) -> TestResponse:
    return browser.post("/me/sign-in", {"digits": digits}, page="/me/sign-in")


def cookies(client: FlaskClient) -> set[str]:
    return {name for name in ("yg_me", "yg_card", "yg_session") if client.get_cookie(name, domain="127.0.0.1")}


def test_card_and_four_digits_open_the_page(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    answer = enter(browser, FOUR.lower())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert cookies(browser.client) == {"yg_me"}
    flags = " ".join(answer.headers.getlist("Set-Cookie"))
    assert "HttpOnly" in flags and "SameSite=Lax" in flags
    assert browser.get("/me/sign-in").headers["Location"] == "/me"


def test_the_page_that_was_wanted_is_reached_by_the_card(app: Flask, card: Print) -> None:
    browser = Browser(app)
    assert browser.get("/en/me/helper").headers["Location"] == "/en/me/sign-in"
    browser.get(f"/q/{card.token}")
    assert enter(browser, FOUR).headers["Location"] == "/me/helper"
    assert browser.client.get_cookie("yg_way", domain="127.0.0.1") is None


@pytest.mark.parametrize("wanted", ["/me/items/abc", "https://elsewhere.example/", "//elsewhere.example"])
def test_no_item_and_no_other_site_is_remembered_for_the_card(app: Flask, card: Print, wanted: str) -> None:
    browser = scanned(app, card.token)
    browser.client.set_cookie("yg_way", wanted, domain="127.0.0.1")
    assert enter(browser, FOUR).headers["Location"] == "/me"


def test_a_form_after_the_session_leads_back_to_its_page(app: Flask) -> None:
    refused = app.test_client().post("/me/exit/withdraw", base_url="http://127.0.0.1:8000")
    assert refused.status_code == 401
    assert 'href="/me/exit"' in refused.text


def test_every_step_is_for_one_reader_and_named_to_nobody(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    for answer in (
        browser.get(f"/q/{card.token}"),
        browser.get("/me/sign-in"),
        enter(browser, "0000"),
        enter(browser, FOUR),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert card.token not in answer.text and FOUR not in answer.text


def test_over_https_the_cookies_are_bound_to_the_host(app: Flask, card: Print) -> None:
    answer = app.test_client().get(f"/q/{card.token}", base_url="https://127.0.0.1")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-yg_card=") and "Secure" in cookie and "Max-Age=600" in cookie


def without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]+"', "", re.sub(r"[0-9a-f]{16,}", "", page))


def test_a_code_that_nobody_printed_gets_the_same_pages(app: Flask, card: Print) -> None:
    seen = []
    for token in (card.token, "x" * 24):
        browser = scanned(app, token)
        pages = [browser.get("/me/sign-in"), *(enter(browser, "0000") for _ in range(6))]
        seen.append([(page.status_code, without_tokens(page.text)) for page in pages])
    assert seen[0] == seen[1]
    assert [status for status, _text in seen[0]] == [200, 401, 401, 401, 401, 401, 429]
    assert "等 5 分钟" in seen[0][-1][1] and "12317" in seen[0][-1][1]


def test_what_cannot_be_the_end_of_an_id_does_not_count(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    for _ in range(7):
        assert enter(browser, "12").status_code == 422
    assert enter(browser, FOUR).status_code == 303


def test_without_a_card_nothing_is_checked(app: Flask) -> None:
    browser = Browser(app)
    assert "先扫明白卡" in browser.get("/me/sign-in").text
    token = Browser(app).token("/login")
    assert browser.client.post("/me/sign-in", base_url=browser.base_url, data={"csrf_token": token}).status_code == 403


def test_a_form_of_another_site_signs_nobody_in(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    sent = browser.post(
        "/me/sign-in", {"digits": FOUR}, page="/me/sign-in", headers={"Origin": "https://elsewhere.example"}
    )
    assert sent.status_code == 403 and "yg_me" not in cookies(browser.client)


@pytest.mark.parametrize(("path", "bye"), [("/me/sign-out", "已经退出。"), ("/me/not-ours", "记下来了")])
def test_signing_out_ends_the_session_on_the_server_too(app: Flask, card: Print, path: str, bye: str) -> None:
    browser = scanned(app, card.token)
    enter(browser, FOUR)
    kept = browser.client.get_cookie("yg_me", domain="127.0.0.1")
    assert kept is not None
    sent = browser.client.post(path, base_url=browser.base_url)
    assert sent.status_code == 403 and cookies(browser.client) == {"yg_me"}
    token = secret_form(app)
    answer = browser.client.post(path, base_url=browser.base_url, data={"csrf_token": token})
    assert answer.status_code == 303 and cookies(browser.client) == set()
    assert bye in browser.get(answer.headers["Location"]).text
    browser.client.set_cookie("yg_me", kept.value, domain="127.0.0.1")
    assert browser.get("/me/sign-in").status_code == 200


def secret_form(app: Flask) -> str:
    """The token that a form on the household's page carries: it hangs on the session's secret."""
    with reading(app.extensions["portal.installation"].engine) as session:
        secret = session.scalars(select(HouseholdSignIn.csrf_secret)).one()
    mask = bytes(16)
    return base64.urlsafe_b64encode(mask + hmac.digest(secret, b"yangguang form" + mask, "sha256")).decode()


def test_after_ten_idle_minutes_the_page_asks_again(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    enter(browser, FOUR)
    with writing(app.extensions["portal.installation"].engine) as session:
        session.execute(update(HouseholdSignIn).values(last_seen_at=now_utc() - timedelta(minutes=11)))
    assert browser.get("/me/sign-in").status_code == 200
    sent = browser.client.post("/me/sign-out", base_url=browser.base_url, headers={"Accept": "application/json"})
    assert sent.status_code == 401


def test_neither_code_nor_digits_reach_a_log(app: Flask, card: Print, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = scanned(app, card.token)
        enter(browser, "0000")
        enter(browser, FOUR)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert card.token not in said and f"digits={FOUR}" not in said and f"'{FOUR}'" not in said


def test_a_card_opens_nothing_of_the_staff_and_the_staff_nothing_of_it(app: Flask, card: Print) -> None:
    browser = scanned(app, card.token)
    enter(browser, FOUR)
    assert browser.get("/console/").status_code in (302, 303)
    assert browser.get("/account").status_code in (302, 303)


def test_the_page_is_for_the_old_unless_they_turn_it_off(app: Flask) -> None:
    browser = Browser(app)
    assert 'class="elder"' in browser.get("/me/sign-in").text
    assert 'class="elder"' not in browser.get("/me/sign-in?elder=0").text
    assert 'class="elder"' not in browser.get("/me/sign-in").text
    assert 'class="elder"' not in browser.get("/about").text
