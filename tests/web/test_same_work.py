"""S11: known and unknown names cost the same — the same hashes, the same statements, the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.kernel.database import writing
from tests.factories.accounts import Browser, Quick, make_user

NOON = datetime(2031, 5, 6, 4, tzinfo=UTC)
CHANGING = re.compile(r'value="[^"]*"|[0-9A-HJKMNP-TV-Z]{10}')


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Quick:
    hashing = Quick()
    hashing.verify(None, "")  # the dummy hash exists from the first sign-in on
    monkeypatch.setattr(passwords, "HASHING", hashing)
    return hashing


@pytest.fixture
def town(app: Flask) -> Flask:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_user(session, Role.TOWNSHIP_CLERK, username="zhang", keyring=site.keyring)
        make_user(session, Role.TOWNSHIP_CLERK, username="waiting", taken=False)
    return app


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    engine = app.extensions["portal.installation"].engine
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(re.sub(r"\s+", " ", statement))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def attempt(app: Flask, path: str, data: dict[str, str], hashing: Quick) -> tuple[int, int, list[str], str]:
    browser = Browser(app)
    token = browser.token(path)
    before = hashing.done
    with counted(app) as statements:
        answer: TestResponse = browser.client.post(path, base_url=browser.base_url, data={**data, "csrf_token": token})
    said = CHANGING.sub("", answer.text)
    return answer.status_code, hashing.done - before, statements, said


@pytest.mark.parametrize("tries", [1, 3, 9])
def test_signing_in_costs_the_same_for_known_unknown_and_never_taken_names(
    town: Flask, hashing: Quick, tries: int
) -> None:
    """Also at the third try, which must wait, and at the last before a name is locked."""
    seen = []
    for name in ("zhang", "nobody", "waiting"):
        data = {"username": name, "password": "wrong password", "code": "000000"}
        with time_machine.travel(NOON, tick=False):  # a lock tells how long it lasts: a slow machine would tell less
            answers = [attempt(town, "/login", data, hashing) for _ in range(tries)]
        seen.append(answers[-1])
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == (401 if tries < 4 else 429)
    assert seen[0][1] == (1 if tries < 4 else 0)


def test_one_time_codes_cost_the_same_whether_there_is_one_or_not(town: Flask, hashing: Quick) -> None:
    data = {"first": "AAAA-AAAA", "second": "BBBB-BBBB"}
    known = attempt(town, "/login/code", {**data, "username": "zhang"}, hashing)
    unknown = attempt(town, "/login/code", {**data, "username": "nobody"}, hashing)
    assert known == unknown
    assert known[:2] == (401, 2)
