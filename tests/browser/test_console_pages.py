"""Every console page of the registers, signed in: accessible in both languages and widths, no sideways scroll."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from portal.accounts import queries as accounts
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.management import REGISTERS
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token
from tests.browser.chromium import BROKEN_NAMES, SMALL_TARGETS, violations
from tests.browser.conftest import served_demo

FIRST = re.compile(r'<tbody><tr><th scope="row"[^>]*><a href="([^"]+)"')


@dataclass(frozen=True)
class Console:
    """Where the console is, who looks, and which pages there are."""

    url: str
    token: str
    client: FlaskClient
    paths: tuple[str, ...]

    @property
    def household(self) -> str:
        """The page of one household."""
        return next(p for p in self.paths if re.fullmatch(r"/console/households/H\d+", p))

    @property
    def one_of_each(self) -> tuple[str, ...]:
        """One page of every template: all registers share them."""
        person = next(p for p in self.paths if re.fullmatch(r"/console/persons/\d+", p))
        home, listed = "/console/", "/console/weak-villages"
        return (home, listed, f"{listed}/new", self.household, f"{self.household}/status", person, f"{person}/correct")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The demonstration village, with the township's officer signed in."""
    demo = served_demo(tmp_path_factory.mktemp("console") / "home")
    with demo as village:
        token = new_token()
        with writing(demo.app.extensions["portal.installation"].engine) as session:
            user = accounts.get_user(session, "demo-department_officer")
            open_session(session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "测试"), now_utc())
        client = demo.app.test_client()
        client.set_cookie(LOOPBACK_COOKIE, token, domain="127.0.0.1")
        paths = ["/console/"]
        for page in REGISTERS:
            if page.rows is None:
                continue
            listed = client.get(page.path, base_url=village.url).text
            found = FIRST.search(listed)
            paths += [page.path, *([found.group(1)] if found else [])]
            if page.add is not None:
                paths.append(f"{page.path}/new")
            if found and f'href="{found.group(1)}/correct"' in client.get(found.group(1), base_url=village.url).text:
                paths.append(f"{found.group(1)}/correct")
        household = next(p for p in paths if re.fullmatch(r"/console/households/H\d+", p))
        person = re.search(r"/console/persons/\d+", client.get(household, base_url=village.url).text)
        assert person is not None
        paths += [f"{household}/status", person.group(0), f"{person.group(0)}/correct"]
        yield Console(village.url, token, client, tuple(paths))


def look(browser: Browser, console: Console, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=True)
    context.add_cookies([{"name": LOOPBACK_COOKIE, "value": console.token, "domain": "127.0.0.1", "path": "/"}])
    return context.new_page()


def test_every_page_answers_in_both_languages(console: Console) -> None:
    for path in console.paths:
        for language in ("", "/en"):
            assert console.client.get(language + path, base_url=console.url).status_code == 200, language + path


@pytest.mark.parametrize("width", [1280, 390])
def test_the_console_is_accessible(browser: Browser, console: Console, width: int) -> None:
    page = look(browser, console, width)
    for path in console.one_of_each:
        page.goto(console.url + path)
        assert violations(page) == [], f"{path} {width}"
        assert page.evaluate(BROKEN_NAMES) == [], path
        assert page.evaluate(SMALL_TARGETS, 24) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.context.close()


def test_rows_are_36_pixels_and_the_header_stays(browser: Browser, console: Console) -> None:
    page = look(browser, console, 1280)
    page.goto(console.url + "/console/households")
    heights = page.evaluate("[...document.querySelectorAll('tbody tr')].map(r => r.getBoundingClientRect().height)")
    assert max(heights) <= 38
    assert page.evaluate("getComputedStyle(document.querySelector('thead th')).position") == "sticky"
    page.context.close()


def test_a_correction_works_without_javascript(browser: Browser, console: Console) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": LOOPBACK_COOKIE, "value": console.token, "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.goto(f"{console.url}{console.household}/correct")
    page.fill("input[name=address]", "改过的住址一组")
    page.fill("textarea[name=why]", "入户核实")
    page.click("button.staff")
    assert "现在还没有写入" in page.inner_text("h1")
    page.click("button[name=step][value=save]")
    assert "改过的住址一组" in page.inner_text("main")
    assert "入户核实" in page.inner_text("main")
    context.close()
