"""Every page of consoles, supervision and administration: found by walking, none left out, sound in every way it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.kernel.clock import today_cn
from portal.kernel.database import writing
from tests.browser.chromium import SOAK
from tests.browser.conftest import served_demo
from tests.browser.every_page import WALKERS, Place, Walk, client_of, lend, walk
from tests.browser.looking import WAYS, Way, wrong_with
from tests.browser.visits import add_visits
from tests.factories.demo_homes import copy_village

STAFF = ("/console", "/supervision", "/admin", "/account")
OFFICER = "demo-department_officer"
SHARED = "drawn by the template that all registers share; nothing of this kind is in the demonstration"
MADE = "exists after a form was sent: the tests of that form look at it"
SEALED = "opened with a passphrase by those who may know: its own tests look at it"
BOUND = "opens for a case, a lead or a reason: its own tests look at it"
LEFT_OUT = {
    "/admin/emergencies/<int:emergency_id>": MADE,
    "/console/allocations/<no>/check": MADE,
    "/console/calendar/<name>": SHARED,
    "/console/calendar/<name>/changes/<int:n>": SHARED,
    "/console/calendar/<name>/correct": SHARED,
    "/console/exports/<no>": MADE,
    "/console/exports/<no>/file": MADE,
    "/console/households/<no>/status": "leads on to procedures",
    "/console/imports/<no>": MADE,
    "/console/imports/<no>/mapping": MADE,
    "/console/imports/<no>/rejects.xlsx": MADE,
    "/console/imports/profiles/<name>": MADE,
    "/console/income-adjustments/<name>": SHARED,
    "/console/income-adjustments/<name>/changes/<int:n>": SHARED,
    "/console/income-adjustments/<name>/correct": SHARED,
    "/console/obligors/<name>": SHARED,
    "/console/obligors/<name>/changes/<int:n>": SHARED,
    "/console/obligors/<name>/correct": SHARED,
    "/console/parameters/<name>/correct": SHARED,
    "/console/policies/<int:policy_id>/edit": MADE,
    "/console/postings/<no>/edit": MADE,
    "/console/postings/<no>/preview": MADE,
    "/console/postings/<no>/preview-<any(a4, a3):paper>.pdf": MADE,
    "/console/procedures/<no>/files/<int:file_id>": MADE,
    "/console/visits/<claim_id>/photos/<int:photo_id>": "a picture",
    "/console/visits/samples/<no>": MADE,
    "/console/visits/samples/items/<path:no>": MADE,
    "/console/inbox/questions/<no>": MADE,
    "/console/leads/sheets/<no>": MADE,
    "/console/orders/<no>/files/<int:reply>": MADE,
    "/console/requests/<no>/sheet": MADE,
    "/console/visits/paper/<int:paper_id>": MADE,
    "/console/visits/paper/<int:paper_id>/correct": MADE,
    "/supervision/cases/add": "the form that is sent there stands on the page of a new case",
    "/supervision/complaints/<locator>": SEALED,
    "/supervision/complaints/<locator>/files/<int:file_id>": SEALED,
    "/supervision/complaints/<locator>/files/<int:file_id>/pages/<int:number>": SEALED,
    "/supervision/complaints/openings": SEALED,
    "/supervision/exposure/<no>/edit": MADE,
    "/supervision/exposure/new": MADE,
    "/supervision/households/<no>/timeline": BOUND,
    "/supervision/leads/<lead_no>/photos/<digest>": "a picture",
    "/supervision/orders/<no>/files/<int:reply>": MADE,
    "/supervision/reads/<no>": MADE,
    "/supervision/sample/visits/photos/<int:photo_id>/<path:no>": "a picture",
    "/supervision/trace/<kind>/<path:no>": BOUND,
}
"""Routes that the walk does not meet, and why nobody is missed by that."""
ODD = ("/console/households?q=nobody", "/console/households/H999999999999", "/admin/people")


@dataclass(frozen=True)
class Site:
    """Where the site is, who looks, and what there is."""

    url: str
    clients: dict[str, FlaskClient]
    walk: Walk
    missing: frozenset[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("everything") / "home"
    answer = copy_village(tmp_path_factory, home)
    demo = served_demo(home, answer)
    with demo as village:
        add_visits(demo.app)
        with writing(demo.app.extensions["portal.installation"].engine) as session:
            run_rules(session, RULES.named(["H06"]), as_of=today_cn(), actor="job:nightly")
        clients = {who: client_of(demo.app, village.url, who, answer["household_card"]) for who in WALKERS}
        leads = clients[OFFICER].get("/supervision/leads", base_url=village.url).status_code
        assert leads == 200
        found = walk(demo.app, village.url, clients, {})
        household = found.places["/console/households/<name>"].path
        besides = {
            "/console/procedures/new": (OFFICER, f"/console/procedures/new?household={household.rpartition('/')[2]}")
        }
        found.places.update(walk(demo.app, village.url, {OFFICER: clients[OFFICER]}, besides).places)
        missing = {rule for rule in found.missing(demo.app) if rule.startswith(STAFF)}
        yield Site(village.url, clients, found, frozenset(missing))


def test_no_page_is_left_out(site: Site) -> None:
    """A new page has a link from somewhere and something to show in the demonstration, or a place in the list above."""
    left = {rule for rule in site.missing if rule not in LEFT_OUT and ".<any(" not in rule}
    assert not left, sorted(left)


def test_every_page_speaks_english(site: Site) -> None:
    for place in site.walk.places.values():
        answer = site.clients[place.who].get(f"/en{place.path}", base_url=site.url)
        assert answer.status_code == 200, place
        assert '<html lang="en"' in answer.text, place


@pytest.mark.timeout(7200 if SOAK else 300)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_page_is_sound(browser: Browser, site: Site, way: Way) -> None:
    places = [place for place in site.walk.places.values() if place.rule.startswith(STAFF)]
    places = [*sorted(places, key=lambda place: place.rule), *(Place(path, path, OFFICER) for path in ODD)]
    assert len(places) > 130
    wrong = wrong_with(browser, site.url, places, site.clients, way)
    assert not wrong, "\n".join(wrong)


def test_the_inbox_and_a_lead_are_worked_by_keyboard_alone(browser: Browser, site: Site) -> None:
    """Next, next, choose, give to somebody; then open the one in hand at its finding: no mouse, and the keys are told."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    lend(site.clients["demo-inspector"], context)
    page = context.new_page()
    page.goto(f"{site.url}/supervision/?tab=triage")
    expect(page.locator("[data-keys]")).to_be_in_viewport()
    page.keyboard.press("?")
    expect(page.locator("[data-keys-on]")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("[data-row] [data-open]").nth(1)
    expect(second).to_be_focused()
    assert second.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
    lead = second.inner_text()
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(page.locator("#b-person")).to_be_focused()
    page.keyboard.type("demo-inspector")
    page.keyboard.press("Enter")
    expect(page.locator("[data-key=z]")).to_be_visible()
    page.goto(f"{site.url}/supervision/?tab=mine&words={lead}")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_url(re.compile(rf"/leads/{lead}#conclude$"))
    for where in ("/supervision/cases", "/supervision/orders"):
        page.goto(f"{site.url}{where}")
        first = page.locator("main table th a").first
        first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(rf"{where}/\w\w-\d{{4}}-\w+$"))
        page.locator("main").focus()
        page.keyboard.press("Tab")
        stop = page.locator("main :focus")
        expect(stop).to_be_in_viewport()
        assert stop.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
    context.close()


def test_the_inbox_is_worked_without_a_script(browser: Browser, site: Site) -> None:
    """Filter, tick, put away, take back."""
    context = browser.new_context(java_script_enabled=False)
    lend(site.clients["demo-inspector"], context)
    page = context.new_page()
    page.goto(f"{site.url}/supervision/")
    expect(page.locator("[data-keys]")).to_be_hidden()
    page.locator("#f-rule").select_option(index=1)
    page.locator("form.filters button[type=submit]").click()
    page.wait_for_url(re.compile(r"rule=[A-Z]\d\d"))
    page.goto(f"{site.url}/supervision/")
    page.locator("[data-row] input[type=checkbox]").first.check()
    page.locator("button[value=snooze]").click()
    page.locator("[data-key=z]").click()
    expect(page.locator("[data-key=z]")).to_have_count(0)
    page.goto(f"{site.url}/supervision/cases")
    page.locator("main table th a").first.click()
    page.locator("form[action$='/notes'] textarea").fill("没有脚本也记得下")
    page.locator("form[action$='/notes'] button").click()
    expect(page.get_by_text("没有脚本也记得下")).to_have_count(1)
    page.locator("main a[href*='/supervision/orders/']").first.click()
    page.wait_for_url(re.compile(r"/supervision/orders/DB-\d{4}-\w+$"))
    context.close()
