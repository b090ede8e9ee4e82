"""Every page there is, with an address of it and somebody who may open it: found as people find it, from link to link."""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.accounts import queries as accounts
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token

HREF = re.compile(r'<a\b[^>]*?\shref="([^"#]+)')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
NOBODY, HOUSEHOLD = "", "the household with the card"
TRIES = 4  # addresses of one page that are asked for before somebody else may try

WALKERS = (
    "demo-department_officer", "demo-township_clerk", "demo-inspector", "demo-inspection_head", "demo-card_clerk",
    "demo-village_clerk", "demo-fund_manager", "demo-project_manager", "demo-security_admin", "demo-audit_admin",
    "demo-system_admin",
)  # fmt: skip
BEGINNINGS = {NOBODY: ("/", "/sitemap"), HOUSEHOLD: ("/me",)}
OF_STAFF = ("/console/", "/supervision/", "/account", "/admin/people")


@dataclass(frozen=True)
class Place:
    """One page: which route it is, an address of it, and who opens it."""

    rule: str
    path: str
    who: str

    @property
    def is_of_staff(self) -> bool:
        """Made for people at a desk, with a mouse: targets may be smaller."""
        return self.who not in (NOBODY, HOUSEHOLD)


@dataclass(frozen=True)
class Walker:
    """Who walks, and from which addresses."""

    who: str
    beginnings: tuple[str, ...]


@dataclass
class Walk:
    """What was found: pages, and routes that answer with a file."""

    places: dict[str, Place] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def missing(self, app: Flask) -> set[str]:
        """Routes that can be opened and were not."""
        asked = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        return asked - set(self.places) - self.files


def signed_in(app: Flask, username: str) -> str:
    """The token of a fresh session."""
    token = new_token()
    with writing(app.extensions["portal.installation"].engine) as session:
        user = accounts.get_user(session, username)
        open_session(session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "测试"), now_utc())
    return token


def client_of(app: Flask, url: str, who: str, card: Mapping[str, str]) -> FlaskClient:
    """A client in which somebody is signed in: an account, a household with its card, or nobody."""
    client = app.test_client()
    if who == HOUSEHOLD:
        client.get(card["path"], base_url=url)
        found = TOKEN.search(client.get("/me/sign-in", base_url=url).text)
        answer = {"csrf_token": found.group(1) if found else "", "digits": card["last_four"]}
        done = client.post("/me/sign-in", data=answer, base_url=url, headers={"Origin": url})
        if done.status_code != 303:
            raise RuntimeError(f"the card does not open: {done.status_code}")
    elif who != NOBODY:
        client.set_cookie(LOOPBACK_COOKIE, signed_in(app, who), domain="127.0.0.1")
    return client


def lend(client: FlaskClient, context: BrowserContext) -> None:
    """The client's cookies for a window of the browser."""
    kept = [{"name": c.key, "value": c.value, "domain": "127.0.0.1", "path": "/"} for c in client._cookies.values()]
    context.add_cookies(kept)  # type: ignore[arg-type]  # Playwright's own typed dict


def walk(app: Flask, url: str, clients: Mapping[str, FlaskClient], besides: Mapping[str, tuple[str, str]]) -> Walk:
    """Everybody follows every link to a page that nobody has opened yet, and looks at every list again.

    `besides`: pages that no link leads to, with who opens which address.
    """
    found = Walk()
    for who, client in clients.items():
        more = [path for asked, path in besides.values() if asked == who]
        _walk_as(app, url, client, Walker(who, (*BEGINNINGS.get(who, OF_STAFF), *more)), found)
    return found


def _walk_as(app: Flask, url: str, client: FlaskClient, walker: Walker, found: Walk) -> None:
    routes = app.url_map.bind("127.0.0.1")
    waiting, seen, tried = deque(walker.beginnings), set[str](), dict[str, int]()
    while waiting:
        path = waiting.popleft()
        if path in seen or path.startswith("/en/"):
            continue
        seen.add(path)
        try:
            rule = routes.match(urlsplit(path).path, "GET", return_rule=True)[0]
        except (HTTPException, RequestRedirect):
            continue
        again = "<" not in rule.rule and rule.rule not in tried
        known = rule.rule in found.places or rule.rule in found.files
        if (known and not again) or tried.get(rule.rule, 0) >= TRIES:
            continue
        tried[rule.rule] = tried.get(rule.rule, 0) + 1
        with client.get(path, base_url=url) as answer:
            if answer.status_code != 200:
                continue
            if answer.mimetype != "text/html":
                found.files.add(rule.rule)
                continue
            found.places.setdefault(rule.rule, Place(rule.rule, path, walker.who))
            waiting.extend(unescape(href) for href in HREF.findall(answer.text) if href.startswith("/"))
