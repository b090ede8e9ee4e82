"""/admin/people end to end: an account is opened, invited, granted and used, and every step needs whom it needs."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.trail.models import TrailSubject
from tests.factories.accounts import Browser, Quick, signed_in
from tests.factories.divisions import GAOGOU, make_county

COUNTY = "320826000000"
HALF = re.compile(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4})</code>")
SECRET = re.compile(r"<code>((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})</code>")
TICKET = re.compile(r'name="ticket"[^>]*value="([^"]+)"')
NEW = "grass mud horse river"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in(app, Role.SYSTEM_ADMIN, username="chen")


@pytest.fixture
def security(app: Flask) -> Browser:
    return signed_in(app, Role.SECURITY_ADMIN, username="sun")


@pytest.fixture
def audit(app: Flask) -> Browser:
    return signed_in(app, Role.AUDIT_ADMIN, username="wu")


def found(pattern: re.Pattern[str], answer: TestResponse) -> str:
    match = pattern.search(answer.text)
    assert match is not None, answer.text[-2000:]
    return match.group(1)


def release(browser: Browser) -> str:
    path = re.search(r"/admin/codes/\d+/release", browser.get("/admin/people").text)
    assert path is not None
    return found(HALF, browser.post(path.group(0)))


def take(app: Flask, first: str, second: str, username: str = "li.wei") -> tuple[Browser, TestResponse, str]:
    browser = Browser(app)
    page = browser.post("/login/code", {"username": username, "first": first, "second": second}, page="/login/code")
    assert page.status_code == 200, page.text[-1500:]
    secret = found(SECRET, page).replace(" ", "")
    data = {"ticket": found(TICKET, page), "code": pyotp.TOTP(secret).now(), "new_password": NEW, "again": NEW}
    return browser, browser.post("/login/code/take", data, page="/login/code"), secret


def test_from_nothing_to_a_signed_in_clerk(app: Flask, admin: Browser, security: Browser, audit: Browser) -> None:
    assert admin.post("/admin/people/new", {"username": "li.wei", "display_name": "李伟"}).status_code == 303
    first = found(HALF, admin.post("/admin/people/li.wei/invite"))
    proposal = {"role": "township_clerk", "scopes": COUNTY, "why": "任命文件 2026-7"}
    assert admin.post("/admin/people/li.wei/grants", proposal).status_code == 303
    assert admin.post("/admin/grants/1/approve").status_code == 403
    assert "任命文件 2026-7" in security.get("/admin/people").text
    assert security.post("/admin/grants/1/approve").status_code == 303
    second = release(security)
    browser, done, secret = take(app, first, second)
    assert "已经设好" in done.text
    code = {"username": "li.wei", "password": NEW, "code": pyotp.TOTP(secret).now()}
    assert browser.post("/login", code).status_code == 401  # the code that proved the enrolment is used up
    later = pyotp.TOTP(secret).at(int(time.time()) + 30)
    answer = browser.post("/login", {**code, "code": later})
    assert answer.status_code == 303
    assert "乡镇经办人" in browser.get("/account").text
    assert browser.get("/admin/people").status_code == 403


def test_recovery_takes_two_persons_and_ends_every_session(
    app: Flask, admin: Browser, security: Browser, audit: Browser
) -> None:
    clerk = signed_in(app, Role.FUND_MANAGER, [COUNTY], username="li.wei")
    assert admin.post("/admin/people/li.wei/recover").status_code == 403
    first = found(HALF, security.post("/admin/people/li.wei/recover"))
    path = re.search(r"/admin/codes/\d+/release", audit.get("/admin/people").text)
    assert path is not None
    assert security.post(path.group(0)).status_code == 422
    assert admin.post(path.group(0)).status_code == 403
    second = release(audit)
    _browser, done, _secret = take(app, first, second)
    assert done.status_code == 200
    assert clerk.get("/account").status_code == 303
    wrong = Browser(app).post(
        "/login/code", {"username": "li.wei", "first": first, "second": second}, page="/login/code"
    )
    assert wrong.status_code == 401


def test_a_half_is_shown_once_and_never_kept_on_a_page(admin: Browser, security: Browser, audit: Browser) -> None:
    admin.post("/admin/people/new", {"username": "li.wei", "display_name": "李伟"})
    half = found(HALF, admin.post("/admin/people/li.wei/invite"))
    for path in ("/admin/people", "/admin/people/li.wei"):
        for browser in (admin, security, audit):
            assert half not in browser.get(path).text


def test_a_stopped_account_is_out_at_once(app: Flask, admin: Browser) -> None:
    clerk = signed_in(app, Role.FUND_MANAGER, [COUNTY], username="li.wei")
    assert admin.post("/admin/people/li.wei/disable", {"why": ""}).status_code == 422
    assert clerk.get("/account").status_code == 200
    assert admin.post("/admin/people/li.wei/disable", {"why": "调离"}).status_code == 303
    assert clerk.get("/account").status_code == 303
    assert "已停用" in admin.get("/admin/people").text


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(app: Flask, security: Browser) -> None:
    clerk = signed_in(app, Role.FUND_MANAGER, [COUNTY], username="li.wei")
    assert clerk.get("/console/").status_code == 200
    path = re.search(r"/admin/people/li.wei/roles/\d+/end", security.get("/admin/people/li.wei").text)
    assert path is not None
    assert security.post(path.group(0), {"why": "换岗"}).status_code == 303
    assert clerk.get("/console/").status_code == 403


def test_wrong_input_comes_back_with_what_was_typed(admin: Browser) -> None:
    answer = admin.post("/admin/people/new", {"username": "李伟", "display_name": "李伟"})
    assert answer.status_code == 422
    assert 'value="李伟"' in answer.text
    assert "小写字母" in answer.text


def test_every_step_is_in_the_trail_with_who_did_it(app: Flask, admin: Browser, security: Browser) -> None:
    admin.post("/admin/people/new", {"username": "li.wei", "display_name": "李伟"})
    admin.post("/admin/people/li.wei/grants", {"role": "auditor", "scopes": COUNTY, "why": "任命"})
    security.post("/admin/grants/1/refuse", {"why": "编制已满"})
    with reading(app.extensions["portal.installation"].engine) as session:
        rows = session.execute(
            select(TrailSubject.type, TrailSubject.actor).where(TrailSubject.no == "li.wei").order_by(TrailSubject.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("account.opened", "user:chen"), ("grant.proposed", "user:chen"), ("grant.refused", "user:sun"),
    ]  # fmt: skip


def test_the_matrix_and_the_reason(app: Flask, audit: Browser) -> None:
    signed_in(app, Role.TOWNSHIP_CLERK, ["320826103000"], username="li.wei")
    assert "没有一个什么都能做" in audit.get("/admin/roles").text
    ask = "/admin/why?username=li.wei&permission=VIEW_HOUSEHOLDS&subject="
    assert "可以：查看对象台账" in audit.get(ask + "320826103205").text
    assert "不可以：查看对象台账" in audit.get(ask + COUNTY).text
    nobody = audit.get("/admin/why?username=li.wei&permission=APPROVE_GRANTS")
    assert "安全管理员" in nobody.text
    assert audit.get("/admin/why?username=ghost&permission=VIEW_HOUSEHOLDS").status_code == 404
    assert audit.get("/admin/why?username=&permission=NONSENSE").status_code == 422


def test_why_names_the_places_of_a_role(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
    signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="li.wei")
    audit = signed_in(app, Role.AUDIT_ADMIN)
    page = audit.get(f"/admin/why?username=li.wei&permission=VIEW_HOUSEHOLDS&subject={GAOGOU}").text
    assert f"高沟镇 <code>{GAOGOU}</code>" in page


@pytest.mark.parametrize("role", [*(r for r in Role if r is not Role.CITIZEN), None])
def test_a_refusal_offers_only_what_the_person_may_open(app: Flask, role: Role | None) -> None:
    browser = signed_in(app, role)
    for path in ("/admin/people/new", "/console/payments", "/console/nothing-here"):
        answer = browser.get(path)
        if answer.status_code == 200:
            continue
        links = re.findall(r'href="(/(?:console|admin|account|login)[^"?]*)"', answer.text.partition("<main")[2])
        assert "/account" in links
        assert [browser.get(link).status_code for link in links] == [200] * len(links), (path, links)


@pytest.mark.parametrize("path", ["/login", "/login/code", "/account", "/account/password", "/account/factor",
                                  "/admin/people", "/admin/people/new", "/admin/people/chen", "/admin/roles", "/admin/why"])  # fmt: skip
def test_the_pages_open_in_both_languages(admin: Browser, path: str) -> None:
    for prefix in ("", "/en"):
        answer = admin.get(prefix + path)
        assert answer.status_code in (200, 303)
        assert "style=" not in answer.text
