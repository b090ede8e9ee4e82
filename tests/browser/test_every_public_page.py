"""Every page that the public and households read: found by walking, none left out, sound in every way it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.browser.chromium import SOAK
from tests.browser.conftest import Village, served_demo
from tests.browser.every_page import HOUSEHOLD, NOBODY, Place, Walk, client_of, walk
from tests.browser.looking import WAYS, Way, wrong_with
from tests.factories.demo_homes import copy_village

BESIDES = {
    "/need-help/<locator>": (NOBODY, "/need-help/ABCD1234"),
    "/me/sign-in": (NOBODY, "/me/sign-in"),
    "/report": (NOBODY, "/report"),
    "/questions": (NOBODY, "/questions"),
    "/exposure": (NOBODY, "/exposure"),
}
"""Pages that no link leads to: who opens which address."""

NO_PAGES = {
    "/api/docs": "drawn for programmers by their own tests",
    "/app/": "the phone's own tests look at each of its screens",
    "/app/<path:page>": "the same",
    "/postings/<no>/objections/<locator>": "behind a receipt's code: the tests of objections look at it",
    "/questions/<no>": "shown once a second person lets it out: the tests of questions look at it",
    "/questions/asked/<locator>": "behind a receipt's code: the tests of questions look at it",
    "/questions/find": "reached by the form on /questions",
    "/report/<locator>": "behind a receipt's code: the tests of reports look at it",
    "/report/<locator>/proof": "the same",
    "/need-help/find": "leads on at once",
    "/q/<code>": "leads on at once",
    "/static/<path:filename>": "files",
}
FILES = ("/api/v1/", "/app/", "/healthz/", "/log/", "/postings/<no>/board.jpg")
ODD = (
    "/flow?year=1999",
    "/search?q=nothing-at-all",
    "/no-such-page",
    "/need-help?at={village}",
    "/flow?focus=area:{village}",
)


@dataclass(frozen=True)
class Site:
    """Where the site is, who looks, and what there is."""

    village: Village
    clients: dict[str, FlaskClient]
    walk: Walk
    missing: frozenset[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("everything") / "home"
    answer = copy_village(tmp_path_factory, home)
    demo = served_demo(home, answer)
    with demo as village:
        clients = {who: client_of(demo.app, village.url, who, answer["household_card"]) for who in (NOBODY, HOUSEHOLD)}
        found = walk(demo.app, village.url, clients, BESIDES)
        lines = found.places["/funds/<code>"].path + "/lines"
        found.places["/funds/<code>/lines"] = Place("/funds/<code>/lines", lines, NOBODY)
        staff = ("/console", "/supervision", "/admin", "/account")
        missing = {rule for rule in found.missing(demo.app) if not rule.startswith(staff)}
        yield Site(village, clients, found, frozenset(missing))


def test_no_page_is_left_out(site: Site) -> None:
    """A new page has a link from somewhere and something to show in the demonstration, or a place in a list above."""
    left = {
        rule for rule in site.missing if rule not in NO_PAGES and not rule.startswith(FILES) and ".<any(" not in rule
    }
    assert not left, sorted(left)


@pytest.mark.timeout(7200 if SOAK else 300)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_page_is_sound(browser: Browser, site: Site, way: Way) -> None:
    odd = (Place(path, path.format(village=site.village.village_code), NOBODY) for path in ODD)
    places = [*sorted(site.walk.places.values(), key=lambda place: place.rule), *odd]
    assert len(places) > 40
    wrong = wrong_with(browser, site.village.url, places, site.clients, way)
    assert not wrong, "\n".join(wrong)
