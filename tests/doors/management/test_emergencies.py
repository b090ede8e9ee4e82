"""Break-glass and giving an account back, through the pages."""

import html
import re

import pyotp
import pytest
from flask import Flask

from portal.accounts import queries
from portal.accounts.emergencies.rules import LIVES
from portal.accounts.models import EmergencyGrant
from portal.accounts.permissions import Role
from portal.accounts.sign_in.actions import TOTP_FIELD
from portal.kernel.database import writing
from portal.trail import actions as trail
from tests.doors.management.test_registers_people import engine_of
from tests.factories.accounts import SECRET, Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, make_county

PAGE = "/account/emergency"
ASKED = {"role": "fund_manager", "scopes": COUNTY, "why": "暴雨当天要发放救灾款，主任联系不上"}


@pytest.fixture
def clerk(app: Flask) -> Browser:
    with writing(engine_of(app)) as session:
        make_county(session)
    browser = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    with writing(engine_of(app)) as session:
        user = queries.get_user(session, "clerk")
        user.totp_sealed = app.extensions["portal.installation"].keyring.seal(SECRET, TOTP_FIELD)
        trail.record(session, kind="factor.changed", actor="test", subjects=[("account", "clerk")])
    return browser


def test_it_needs_a_fresh_code_and_holds_at_once(app: Flask, clerk: Browser) -> None:
    path = "/console/allocations/new"
    assert clerk.get(path).status_code == 403
    assert clerk.post(PAGE, {**ASKED, "code": "000000"}).status_code == 401
    assert clerk.get(path).status_code == 403
    assert clerk.post(PAGE, {**ASKED, "code": pyotp.TOTP(SECRET).now()}).status_code == 303
    assert clerk.get(path).status_code == 200
    page = clerk.get(PAGE).text
    end = re.search(r"/account/emergency/[0-9]+/end", page)
    assert end is not None
    assert clerk.post(end.group(0)).status_code == 303
    assert clerk.get(path).status_code == 403


def test_two_administrators_review_it_afterwards(app: Flask, clerk: Browser) -> None:
    clerk.post(PAGE, {**ASKED, "code": pyotp.TOTP(SECRET).now()})
    sun, wu = (signed_in(app, r, username=n) for r, n in ((Role.SECURITY_ADMIN, "sun"), (Role.AUDIT_ADMIN, "wu")))
    page = html.unescape(sun.get("/admin/people").text)
    assert "正在使用" in page
    assert "有 1 件事等第二个人办" in page
    with writing(engine_of(app)) as session:
        grant = session.query(EmergencyGrant).one()
        grant.expires_at -= LIVES
        trail.record(session, kind="emergency.aged", actor="test", subjects=[("emergency", str(grant.id))])
        review = f"/admin/emergencies/{grant.id}"
    assert review in wu.get("/admin/people").text
    for browser, verdict in ((sun, "有必要"), (wu, "没有必要")):
        assert browser.get(review).status_code == 200
        assert browser.post(review, {"verdict": verdict, "note": ""}).status_code == 422
        assert browser.post(review, {"verdict": verdict, "note": "看了当天的留痕"}).status_code == 303
    assert review not in wu.get("/admin/people").text
    assert "没有必要" in html.unescape(clerk.get(PAGE).text)
    assert clerk.get(review).status_code == 403


def test_the_three_are_offered_nothing(app: Flask) -> None:
    page = html.unescape(signed_in(app, Role.SECURITY_ADMIN, username="sun").get(PAGE).text)
    assert "不能用紧急授权" in page
    assert "取得四个小时" not in page


def test_only_who_may_take_a_role_is_shown_the_way_to_it(app: Flask, clerk: Browser) -> None:
    assert PAGE in clerk.get("/account").text
    for role in (Role.HELPER, Role.HOUSEHOLD, Role.AUDIT_ADMIN):
        assert PAGE not in signed_in(app, role, username=f"x-{role.value}").get("/account").text


def test_a_stopped_account_comes_back_by_two(app: Flask, clerk: Browser) -> None:
    chen, sun = (signed_in(app, r, username=n) for r, n in ((Role.SYSTEM_ADMIN, "chen"), (Role.SECURITY_ADMIN, "sun")))
    assert chen.post("/admin/people/clerk/disable", {"why": "以为账号被盗"}).status_code == 303
    assert "提出恢复" in html.unescape(chen.get("/admin/people/clerk").text)
    assert chen.post("/admin/people/clerk/return", {"why": ""}).status_code == 422
    assert chen.post("/admin/people/clerk/return", {"why": "查明是误停"}).status_code == 303
    approve = re.search(r"/admin/returns/[0-9]+/approve", sun.get("/admin/people").text)
    assert approve is not None
    assert chen.post(approve.group(0)).status_code == 403
    assert sun.post(approve.group(0)).status_code == 303
    assert "在用" in html.unescape(chen.get("/admin/people/clerk").text)
    assert clerk.get("/account").status_code == 303
