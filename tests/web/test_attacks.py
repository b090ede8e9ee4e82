"""What others try with a browser (S9): fixation, forged requests, open redirects, spoofed hosts, overrides, doubles."""

from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.kernel.database import writing
from portal.settings import Settings
from portal.web.access import safe_next
from tests.factories.accounts import PASSWORD, SECRET, Browser, Quick, make_user, signed_in

# None of this depends on the database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SITE = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in(app, Role.SYSTEM_ADMIN)


@pytest.fixture
def zhang(app: Flask) -> Browser:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_user(session, Role.TOWNSHIP_CLERK, username="zhang", keyring=site.keyring)
    return Browser(app)


def login(browser: Browser, **more: str) -> TestResponse:
    data = {"username": "zhang", "password": PASSWORD, "code": pyotp.TOTP(SECRET).now(), **more}
    return browser.post("/login", data)


def test_a_session_id_from_outside_is_never_adopted(zhang: Browser) -> None:
    zhang.client.set_cookie("yg_session", "chosen-by-the-attacker", domain="127.0.0.1")
    login(zhang)
    cookie = zhang.client.get_cookie("yg_session", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.value != "chosen-by-the-attacker"
    assert len(cookie.value) >= 22  # 128 bits


def test_signing_in_again_gives_another_id(app: Flask, zhang: Browser) -> None:
    login(zhang)
    first = zhang.client.get_cookie("yg_session", domain="127.0.0.1")
    again = signed_in(app, Role.TOWNSHIP_CLERK)
    second = again.client.get_cookie("yg_session", domain="127.0.0.1")
    assert first is not None
    assert second is not None
    assert first.value != second.value


def new_person(browser: Browser, **kw: object) -> TestResponse:
    data = {"username": "victim", "display_name": "某人", "unit_code": ""}
    return browser.client.post("/admin/people/new", base_url=SITE, data={**data, **kw.pop("data", {})}, **kw)  # type: ignore[dict-item,arg-type]  # a test's shorthand


FORGED: dict[str, Callable[[Browser], TestResponse]] = {
    "no token": lambda b: new_person(b),
    "empty token": lambda b: new_person(b, data={"csrf_token": ""}),
    "garbage": lambda b: new_person(b, data={"csrf_token": "x" * 64}),
    "a token of somebody else": lambda b: new_person(
        b, data={"csrf_token": Browser(b.client.application).token("/login")}
    ),
    "another site by fetch metadata": lambda b: new_person(
        b, data={"csrf_token": b.token("/account")}, headers={"Sec-Fetch-Site": "cross-site"}
    ),
    "a sister site": lambda b: new_person(
        b, data={"csrf_token": b.token("/account")}, headers={"Sec-Fetch-Site": "same-site"}
    ),
    "another origin": lambda b: new_person(
        b, data={"csrf_token": b.token("/account")}, headers={"Origin": "https://evil.example"}
    ),
    "another port": lambda b: new_person(
        b, data={"csrf_token": b.token("/account")}, headers={"Origin": "http://127.0.0.1:9000"}
    ),
    "a hidden origin": lambda b: new_person(b, data={"csrf_token": b.token("/account")}, headers={"Origin": "null"}),
    "token in the address": lambda b: new_person(b, query_string={"csrf_token": b.token("/account")}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_request_changes_nothing(admin: Browser, forge: Callable[[Browser], TestResponse]) -> None:
    assert forge(admin).status_code == 403
    assert admin.get("/admin/people/victim").status_code == 404


def test_the_same_request_from_our_own_page_works(admin: Browser) -> None:
    answer = new_person(
        admin, data={"csrf_token": admin.token("/account")}, headers={"Origin": SITE, "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 303
    assert admin.get("/admin/people/victim").status_code == 200


def test_even_signing_in_cannot_be_forged(zhang: Browser) -> None:
    answer = zhang.client.post("/login", base_url=SITE, data={"username": "zhang", "password": PASSWORD, "code": "1"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "http:evil.example",
        "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", " //evil.example", "evil.example", "///evil.example",
    ],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(zhang: Browser, target: str) -> None:
    assert safe_next(target) == "/"
    assert login(zhang, next=target).headers["Location"] == "/login"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "localhost@evil.example"]
)
def test_a_foreign_host_is_refused(app: Flask, host: str) -> None:
    for path in ("/login", "/account", "/healthz/live"):
        assert app.test_client().get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "X-Original-URL", "X-Rewrite-URL"]
)
def test_forwarding_headers_count_only_behind_a_configured_proxy(app: Flask, header: str) -> None:
    value = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}.get(header, "evil.example")
    answer = app.test_client().get("/login", base_url=SITE, headers={header: value})
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert "Secure" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_cannot_be_overridden(admin: Browser, header: str) -> None:
    answer = admin.client.get("/admin/people/new", base_url=SITE, headers={header: "POST"})
    assert answer.status_code == 200
    answer = admin.post(
        "/admin/people/new?_method=DELETE", {"username": "x9x", "display_name": "y"}, headers={header: "GET"}
    )
    assert answer.status_code == 303


def test_a_field_that_has_one_value_is_sent_once(admin: Browser) -> None:
    token = admin.token("/account")
    body = f"csrf_token={token}&username=first&username=second&display_name=x"
    answer = admin.client.post(
        "/admin/people/new", base_url=SITE, data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422
    assert admin.get("/admin/people/second").status_code == admin.get("/admin/people/first").status_code == 404


@pytest.mark.parametrize("path", ["/account", "/account/x.css", "/account.css", "/admin/people", "/login"])
def test_private_pages_are_kept_by_no_cache(admin: Browser, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code in (200, 303, 404)
    assert answer.headers["Cache-Control"] == "no-store"


def test_plain_http_off_loopback_is_refused(app: Flask, settings: Settings) -> None:
    app.config["TRUSTED_HOSTS"] = [*app.config["TRUSTED_HOSTS"], "relief.example"]
    client = app.test_client()
    assert client.get("/login", base_url="http://relief.example").status_code == 403
    answer = client.get("/login", base_url="https://relief.example")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-yg_form=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Strict"))
    assert "Domain" not in cookie


def test_every_answer_carries_the_headers(app: Flask) -> None:
    for path in ("/login", "/account", "/no-such-page", "/static/css/base.css"):
        with app.test_client().get(path, base_url=SITE) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Request-Id"]


def test_bodies_are_limited(app: Flask) -> None:
    client = app.test_client()
    long = {"username": "x" * 505_000, "password": "y", "code": "1"}
    assert client.post("/login", base_url=SITE, data=long).status_code == 413
    kind, parts = "multipart/form-data", {f"a{n}": "1" for n in range(1100)}
    assert client.post("/login", base_url=SITE, data=parts, content_type=kind).status_code == 413
    assert client.post("/login", base_url=SITE, data=long, content_type=kind).status_code == 413
    assert client.post("/login", base_url=SITE, data=b"x" * (3 << 20), content_type=kind).status_code == 413
