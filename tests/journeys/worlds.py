"""Two worlds of one installation, and everything that somebody can ask of them: what is told must be the same in both."""

from __future__ import annotations

import io
import logging
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import psycopg
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.accounts.queries import get_user
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import writing
from portal.registers.recipients.cards.sign_ins.models import HouseholdSignIn
from portal.registers.recipients.cards.sign_ins.rules import LONGEST
from portal.trail.actions import record
from portal.web import household, rates
from portal.web.page_cache import PageCache
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token
from tests.factories.accounts import Browser

DRAWN = re.compile(
    r'(?:nonce|value|content|action|data-work)="[^"]*"|nonce-[\w+/=-]+|[0-9A-HJKMNP-TV-Z]{10,12}'
    r"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|after=[\w-]+|<code>[0-9a-f]{16}</code>|AJ-2026-[0-9]{6}|CY-2026-[0-9]{8}"
    r"|entry:[\w-]{60}|HC-[0-9]{8}-[0-9a-f]{8}|(?:校验 |[0-9a-f]{12}-)[0-9a-f]{16}"
)
"""Drawn anew for each request or event: nonces, tokens, numbers of requests, events, cases, reads and sheets, sealed cursors, hashes."""
LEFT_OUT = ("X-Request-Id", "Content-Length", "Content-Disposition", "ETag", "Set-Cookie")  # drawn, or of what is
SLOW = (".png", ".svg", ".jpg", "sw.js")
ENDS = ("<", "/logout", "/static", "/flow", "/account/factor")
PHONE, HOME = "phone:", "home:"
"""Before the name of whoever asks by a phone's token, and before the number of a household with its card."""
Asked = str | tuple[str, tuple[tuple[str, str], ...]]
"""An address, or one with the form that is sent to it; where that leads is looked at too."""


@dataclass(frozen=True)
class Told:
    """One answer, without what is drawn; `work`: how many statements it took; `log`: what was written down meanwhile."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str = field(repr=False)
    work: int
    log: str = ""


class StillRates(rates.Rates):
    """Buckets for which no time passes between two worlds: how busy the machine is tells nothing."""

    def take(self, rate: rates.Rate, who: str, now: float) -> float:
        """As they are, at the same moment."""
        return super().take(rate, who, 0.0)


class Noted(logging.Handler):
    """What the program writes down."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(DRAWN.sub("", record.getMessage()))


def readable(kind: str, data: bytes) -> str:
    """What somebody reads in an answer: of a workbook its sheets, of a paper its words."""
    if "sheet" in kind:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = [name for name in sorted(book.namelist()) if not name.startswith("docProps/")]
            return "\n".join(book.read(name).decode(errors="replace") for name in names)
    if kind == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode(errors="replace")


def plain_addresses(app: Flask) -> dict[str, list[str]]:
    """Every address without a number that answers GET, by door."""
    found: dict[str, list[str]] = {"public": [], "inside": []}
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for suffix in ("<any(json, csv, xlsx):suffix>", "<any(csv,xlsx,json):suffix>", "<suffix>"):
            path = path.replace(suffix, "csv")
        if "GET" not in (rule.methods or ()) or "<" in path or path.startswith(ENDS[1:]) or path.endswith(SLOW):
            continue
        inside = path.startswith(("/console", "/supervision", "/admin", "/account"))
        found["inside" if inside else "public"].append(path)
    inside = [path for path in found["inside"] if path.endswith(".csv")]
    found["inside"] += [f"{path.removesuffix('.csv')}.xlsx" for path in inside]
    return {door: sorted(set(paths)) for door, paths in found.items()}


class Worlds:
    """One application whose database can be put back to how it was."""

    def __init__(self, app: Flask, keep: Path) -> None:
        self.app, self.keep = app, keep
        self.engine: Engine = app.extensions["portal.installation"].engine
        self.file = Path(str(self.engine.url.database))
        self.tokens: dict[str, str] = {}

    def _cache(self) -> PageCache:
        wrapper: object = self.app.wsgi_app
        while not isinstance(wrapper, PageCache):
            wrapper = wrapper.inner  # type: ignore[attr-defined]  # our wrappers all have it
        return wrapper

    def save(self, name: str) -> None:
        """Keep the present state under a name."""
        if self.engine.dialect.name == "postgresql":
            self._copy(str(self.engine.url.database), f"{self.engine.url.database}_{name}")
            return
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.file, self.keep / name)

    def put_back(self, name: str) -> None:
        """The state of that name, with nothing remembered of any other."""
        self.app.extensions["portal.rates"] = StillRates()  # who asked too often in another world has not in this one
        self._let_go()
        if self.engine.dialect.name == "postgresql":
            self._copy(f"{self.engine.url.database}_{name}", str(self.engine.url.database))
            return
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.keep / name, self.file)

    def _let_go(self) -> None:
        """No page is remembered and no connection is held."""
        cache = self._cache()
        cache.version.close()  # type: ignore[attr-defined]  # the reader of versions
        cache.pages.clear()
        cache.held = 0
        self.engine.dispose()

    def _copy(self, one: str, other: str) -> None:
        """A whole database in place of another."""
        self._let_go()
        server = self.engine.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{other}" TEMPLATE "{one}" STRATEGY FILE_COPY'.encode())

    def write(self, do: Callable[[Session], object]) -> None:
        """Something that is done in the present world."""
        with writing(self.engine) as session:
            do(session)

    def sign_in(self, usernames: Sequence[str], now: datetime) -> None:
        """Everybody is signed in, in whatever follows from here."""
        self.tokens = {username: new_token() for username in usernames}
        with writing(self.engine) as session:
            for username, token in self.tokens.items():
                fresh = NewSession(hash_token(token), secrets.token_bytes(32), "测试")
                open_session(session, get_user(session, username).id, fresh, now)

    def sign_in_phone(self, username: str, now: datetime) -> None:
        """A phone of somebody has a token."""
        token = self.tokens[PHONE + username] = new_token()
        with writing(self.engine) as session:
            fresh = NewSession(hash_token(token), secrets.token_bytes(32), "手机端", bearer=True)
            open_session(session, get_user(session, username).id, fresh, now)

    def sign_in_home(self, no: str, card_id: int, now: datetime) -> None:
        """A household has scanned its card."""
        token = self.tokens[HOME + no] = new_token()
        with writing(self.engine) as session:
            session.add(
                HouseholdSignIn(
                    cookie_hash=hash_token(token), card_id=card_id, csrf_secret=secrets.token_bytes(32), opened_at=now,
                    last_seen_at=now, expires_at=now + LONGEST,
                )
            )  # fmt: skip
            record(session, kind="household.signed_in", actor="card:test", subjects=[("household", no)], sealed=True)

    @contextmanager
    def _counting(self) -> Iterator[list[str]]:
        work: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            work.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield work
        finally:
            event.remove(self.engine, "before_cursor_execute", note)

    def _browser(self, asker: str) -> tuple[Browser, dict[str, str]]:
        """The browser of whoever asks, and what he sends with each request."""
        browser, token = Browser(self.app), self.tokens.get(asker, "")
        if asker.startswith(PHONE):
            return browser, {"Authorization": f"Bearer {token}"}
        if asker:
            cookie = household.LOOPBACK_COOKIE if asker.startswith(HOME) else LOOPBACK_COOKIE
            browser.client.set_cookie(cookie, token, domain="127.0.0.1")
        return browser, {}

    def ask(self, wanted: Mapping[str, Sequence[Asked]]) -> dict[tuple[str, Asked], Told]:
        """What each is told at each address, in the order given; nobody's name is the public."""
        found: dict[tuple[str, Asked], Told] = {}
        noted, root = Noted(), logging.getLogger()
        root.addHandler(noted)
        with self._counting() as work:
            for asker, questions in wanted.items():
                browser, sent = self._browser(asker)
                for asked in questions:
                    work.clear()
                    noted.lines.clear()
                    found[asker, asked] = _told(browser, sent, asked, work, noted.lines)
        root.removeHandler(noted)
        return found


def _told(browser: Browser, sent: dict[str, str], asked: Asked, work: list[str], lines: list[str]) -> Told:
    path, form = (asked, None) if isinstance(asked, str) else asked
    answer = browser.get(path, headers=sent) if form is None else browser.post(path, dict(form), page="/account")
    headers = tuple((k, DRAWN.sub("", v)) for k, v in answer.headers if k not in LEFT_OUT)
    body = readable(answer.content_type or "", answer.data)
    if form is not None and answer.status_code == 303:
        body += browser.get(answer.headers["Location"]).text
    return Told(answer.status_code, headers, DRAWN.sub("", body), len(work), "\n".join(lines))


def differences(
    worlds: Worlds, here: Mapping[tuple[str, Asked], Told], there: Mapping[tuple[str, Asked], Told]
) -> list[str]:
    """Where two worlds (kept as `elsewhere` and `there`) tell different things, in words short enough to read.

    What the process remembers between requests (a mode, a catalogue) spares statements now and then: where only the work
    differs, both are asked again, twice each, and the second answers count.
    """
    unlike = {key for key, told in here.items() if told != there[key]}
    only_work = {key for key in unlike if replace(here[key], work=0) == replace(there[key], work=0)}
    again = {**here}, {**there}
    for name, found in zip(("elsewhere", "there"), again, strict=True):
        if only_work:
            worlds.put_back(name)
        for _ in range(2):
            for asker, asked in sorted(only_work, key=repr):
                found.update(worlds.ask({asker: [asked]}))
    return [
        f"{key}: {_how(again[0][key], again[1][key])}" for key in sorted(unlike, key=repr) if again[0][key] != again[1][key]
    ]  # fmt: skip


def _how(one: Told, other: Told) -> str:
    if one.status != other.status:
        return f"{one.status} / {other.status}"
    if one.headers != other.headers:
        return f"headers {sorted(set(one.headers) ^ set(other.headers))}"
    if one.body != other.body:
        at = next((n for n, (a, b) in enumerate(zip(one.body, other.body, strict=False)) if a != b), 0)
        return f"…{one.body[max(0, at - 80) : at + 160]!r} / …{other.body[max(0, at - 80) : at + 160]!r}"
    if one.log != other.log:
        return f"log {one.log!r} / {other.log!r}"
    return f"{one.work} / {other.work} statements"
