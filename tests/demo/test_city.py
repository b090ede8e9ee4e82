"""The city above the demonstration's county: what is raised or appealed there is opened by its own two accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.accounts.beginning.actions import DEMO_CITY
from portal.demo.reports import PASSPHRASE
from portal.factory import create_app
from portal.oversight.complaints.handling.queries import Tab
from portal.settings import read_settings
from tests.factories.accounts import Browser
from tests.factories.complaints import sign_in_as
from tests.factories.demo_homes import copy_village

AT = "/supervision/complaints"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home = tmp_path_factory.mktemp("city") / "home"
    copy_village(tmp_path_factory, home)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YANGGUANG_HOME", str(home))
        environment.delenv("YANGGUANG_DATABASE_URL", raising=False)
        app = create_app(read_settings())
    yield app
    app.extensions["portal.installation"].engine.dispose()


def _in_the_room(app: Flask, username: str) -> Browser:
    browser = sign_in_as(app, username)
    assert browser.post(f"{AT}/room", {"passphrase": PASSPHRASE}).status_code == 303
    return browser


def _locators(browser: Browser) -> list[str]:
    """What lies in the two tabs of open work."""
    lists = [browser.get(f"{AT}?tab={tab.value}").text for tab in (Tab.TRIAGE, Tab.WORKING)]
    return sorted({found for text in lists for found in re.findall(rf'href="{AT}/([0-9A-Z]{{8}})"', text)})


def test_the_city_opens_what_the_clock_raised_and_what_was_appealed(app: Flask) -> None:
    for username in DEMO_CITY:
        browser = _in_the_room(app, username)
        pages = [browser.get(f"{AT}/{locator}").text for locator in _locators(browser)]
        assert len(pages) == 2
        assert sum("分管的人优先给亲戚办手续（演示）。" in page for page in pages) == 1
        assert sum("临时救助批了，到现在没有收到（演示）。" in page for page in pages) == 1


def test_the_county_no_longer_lists_what_went_up_and_opens_the_rest(app: Flask) -> None:
    above, county = _in_the_room(app, "demo-city_inspector"), _in_the_room(app, "demo-inspector")
    gone = _locators(above)
    listed = _locators(county)
    assert listed and not set(gone) & set(listed)
    assert {county.get(f"{AT}/{locator}").status_code for locator in gone} == {404}
    assert any("产业扶持款说好六月到账" in county.get(f"{AT}/{locator}").text for locator in listed)
