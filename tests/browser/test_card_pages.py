"""The sign-in of a household in a browser: sound at every width and mode, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import BROKEN_NAMES, SMALL_TARGETS, violations
from tests.browser.conftest import served_demo
from tests.factories.demo_homes import copy_village


@dataclass(frozen=True)
class Office:
    """A served village, and the card that its demonstration printed."""

    url: str
    card: dict[str, str]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("cards") / "home"
    answer = copy_village(tmp_path_factory, home)
    served = served_demo(home, answer)
    with served as village:
        yield Office(village.url, answer["household_card"])


def assert_sound(page: Page, url: str, width: int, least: int = 24) -> None:
    page.goto(url)
    assert violations(page) == [], f"{url} {width}"
    assert page.evaluate(BROKEN_NAMES) == [], url
    assert page.evaluate(SMALL_TARGETS, least) == [], url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, url


@pytest.mark.parametrize(("width", "query"), [(1280, ""), (320, ""), (390, "?elder=0&contrast=1")])
def test_the_sign_in_is_sound(browser: Browser, office: Office, width: int, query: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    assert_sound(page, f"{office.url}/me/sign-in{query}", width)
    page.goto(f"{office.url}{office.card['path']}")
    assert page.url == f"{office.url}/me/sign-in", "the code stays in no address"
    assert_sound(page, f"{office.url}/me/sign-in{query}", width)
    context.close()


def test_without_a_script_wrong_digits_are_said_and_right_ones_open_the_page(browser: Browser, office: Office) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{office.url}{office.card['path']}")
    page.fill("input[name=digits]", "000X")
    page.click("form.one button")
    expect(page.locator("body")).to_contain_text("没有通过")
    assert page.input_value("input[name=digits]") == ""
    page.fill("input[name=digits]", office.card["last_four"])
    page.click("form.one button")
    assert page.url == f"{office.url}/me"
    context.close()
