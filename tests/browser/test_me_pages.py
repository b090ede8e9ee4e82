"""A household's own pages in a browser: an elder scans a card, types four digits, disputes a payment and sees by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal.kernel.database import now_utc, writing
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.cards.rules import last_four
from portal.registers.recipients.models import Household, Person
from portal.registers.sealed import keyring_of
from tests.browser.chromium import BROKEN_NAMES, INLINE_LINKS, SMALL_TARGETS, opened, violations
from tests.browser.conftest import served_demo
from tests.factories.cards import make_card
from tests.factories.demo_homes import copy_village

PAGES = ("/me", "/me/helper", "/me/exit", "/me/help", "/me/seen")


@dataclass(frozen=True)
class Card:
    """What an elder holds: the address in the code, and what he knows."""

    url: str
    token: str
    digits: str


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    """A village of its own, since these pages write; a card for a household that was paid this year."""
    home = tmp_path_factory.mktemp("me") / "home"
    served = served_demo(home, copy_village(tmp_path_factory, home))
    with served as village:
        with writing(served.app.extensions["portal.installation"].engine) as session:
            has_card = select(HouseholdCard.household_id)
            paid = select(Payment.household_id).where(Payment.paid_on >= now_utc().date().replace(month=1, day=1))
            found = select(Household.id).where(
                Household.status == "在册", Household.id.in_(paid), Household.id.not_in(has_card),
                Household.id.in_(select(Person.household_id).where(Person.relation == "户主", Person.id_sealed.is_not(None))),
            )  # fmt: skip
            household = session.scalars(found.order_by(Household.id).limit(1)).one()
            head = select(Person.id_sealed).where(Person.household_id == household, Person.relation == "户主")
            number = keyring_of(session).open_(session.scalars(head).one() or b"", "persons.id_sealed")
            made = make_card(session, household, at=now_utc())
        yield Card(village.url, made.token, last_four(number))


def enter(page: Page, card: Card) -> None:
    """Scan and type."""
    page.goto(f"{card.url}/q/{card.token}")
    page.fill("input[name=digits]", card.digits)
    page.click("form.one button")
    page.wait_for_url(f"{card.url}/me")


def test_an_elder_disputes_a_payment_without_a_script(browser: Browser, card: Card) -> None:
    with opened(browser, "about:blank", 390, java_script_enabled=False) as page:
        enter(page, card)
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "22.014px"
        item = page.locator("article.item:has(form.three)").first
        where = str(item.get_attribute("id"))
        item.locator("a", has_text="不对").first.click()
        page.get_by_role("button", name="没收到").click()
        assert page.url == f"{card.url}/me/items/{where}"
        assert "会有人联系您" in page.locator(".said").inner_text()
        page.goto(f"{card.url}/me?all=1")
        assert "没收到" in page.locator(f'[id="{where}"]').inner_text()
        page.get_by_role("button", name="看完了，退出").click()
        assert page.url.startswith(f"{card.url}/me/sign-in")
        page.goto(f"{card.url}/me")
        assert page.url.startswith(f"{card.url}/me/sign-in"), "whoever picks the phone up sees nothing"


def test_two_phones_dispute_the_same_item_and_both_words_stay(browser: Browser, card: Card) -> None:
    with opened(browser, "about:blank", 390) as one, opened(browser, "about:blank", 390) as other:
        for page in (one, other):
            enter(page, card)
        where = str(one.locator("article.item:has(form.three)").first.get_attribute("id"))
        for page in (one, other):
            page.goto(f"{card.url}/me/items/{where}?say=wrong")
        one.get_by_role("button", name="没收到").click()
        other.get_by_role("button", name="数不对").click()
        other.goto(f"{card.url}/me/items/{where}")
        kept = other.locator("ul.rows").inner_text()
        assert "没收到" in kept and "数不对" in kept


def test_every_page_is_fit_for_the_old(browser: Browser, card: Card) -> None:
    with opened(browser, "about:blank", 390) as page:
        enter(page, card)
        first = str(page.locator("article.item").first.get_attribute("id"))
        paths = (*PAGES, f"/me/items/{first}?say=wrong")
        for path in paths:
            page.goto(card.url + path)
            assert violations(page) == [], path
            assert page.evaluate(SMALL_TARGETS, 60) == [], path
            assert page.evaluate(INLINE_LINKS) == [] and page.evaluate(BROKEN_NAMES) == [], path
        for asked in ("?elder=0", "?contrast=1"):
            page.goto(f"{card.url}/me{asked}")
            assert violations(page) == [], asked
        page.goto(f"{card.url}/me?contrast=0&elder=1")
        page.set_viewport_size({"width": 320, "height": 640})
        for path in (*paths, "/en/me", "/en/me/helper"):
            page.goto(card.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert violations(page) == []
        page.goto(f"{card.url}/me?all=1")
        page.emulate_media(media="print")
        assert violations(page, printed=True) == []
        assert not page.locator("form.three").first.is_visible() and page.locator("article.item").first.is_visible()
