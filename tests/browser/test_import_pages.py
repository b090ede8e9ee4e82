"""The import wizard in a browser: accessible, no sideways scroll, and cells corrected without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from werkzeug.serving import make_server

from portal.accounts.permissions import Role
from portal.intake.files import Sources
from portal.settings import Settings
from portal.trail.connect import keyring_of
from portal.web.sessions import LOOPBACK_COOKIE
from tests.apps import app
from tests.browser.chromium import BROKEN_NAMES, SMALL_TARGETS, violations
from tests.browser.conftest import answered_whole
from tests.doors.management.test_imports import NEW, TOWN, number, send
from tests.doors.management.test_imports_on_screen import STRANGE
from tests.factories.accounts import signed_in
from tests.intake.conftest import ALICE, fill_county

__all__ = ["app"]


@pytest.fixture
def wizard(app: Flask, settings: Settings, engine: Engine) -> Iterator[tuple[str, str, list[str]]]:
    """Address, session and pages: a preview with a wrong cell, a sheet to map, a list of profiles."""
    fill_county(Sources(engine, keyring_of(settings), settings.staging_dir))
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [TOWN])
    preview = f"/console/imports/{number(send(clerk, 'households', NEW, '新户.csv'))}"
    mapping = f"/console/imports/{number(send(clerk, 'households', STRANGE, '名册.csv'))}/mapping"
    cookie = clerk.client.get_cookie(LOOPBACK_COOKIE, domain="127.0.0.1")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, answered_whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    pages = [preview, mapping, "/console/imports/profiles", "/console/imports/new"]
    yield f"http://127.0.0.1:{server.server_port}", cookie.value, pages
    server.shutdown()
    thread.join()
    server.server_close()


def look(browser: Browser, token: str, width: int, javascript: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=javascript)
    context.add_cookies([{"name": LOOPBACK_COOKIE, "value": token, "domain": "127.0.0.1", "path": "/"}])
    return context.new_page()


def test_the_wizard_is_accessible_and_works_without_javascript(
    browser: Browser, wizard: tuple[str, str, list[str]]
) -> None:
    url, token, paths = wizard
    for width in (1280, 390):
        page = look(browser, token, width)
        for path in paths:
            page.goto(url + path)
            assert violations(page) == [], f"{path} {width}"
            assert page.evaluate(BROKEN_NAMES) == [], path
            assert page.evaluate(SMALL_TARGETS, 24) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()
    page = look(browser, token, 1280, javascript=False)
    page.goto(url + paths[0])
    page.fill("input[name=c-3-id]", ALICE)
    page.click("section form button.staff")
    assert "2 行可以提交，0 行要改" in page.inner_text("h1")
    page.context.close()
