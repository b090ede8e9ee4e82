"""What is asked of every page, in every mode, language and width it can be read in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.browser.chromium import BROKEN_NAMES, INLINE_LINKS, SMALL_TARGETS, SOAK, violations
from tests.browser.every_page import HOUSEHOLD, Place, lend

LANGUAGES = ("", "/en")
MODES = {"plain": "elder=0&contrast=0", "elder": "elder=1", "contrast": "elder=0&contrast=1"}
OF_THE_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable")


@dataclass(frozen=True)
class Way:
    """One way to read a page."""

    mode: str
    language: str

    def __str__(self) -> str:
        """The name of a test."""
        return f"{self.mode}{self.language}"


WAYS = tuple(Way(mode, language) for language, mode in product(LANGUAGES, MODES))


def ways_of(number: int, place: Place) -> tuple[Way, ...]:
    """All of them in the long programme. Otherwise each page the public reads by turns another one, every second one of
    them in the usual one too; and every second page of the staff by turns one: the rest are opened by the walk alone.
    """
    if SOAK:
        return WAYS
    usual = Way("elder" if place.who == HOUSEHOLD else "plain", "")
    turn = WAYS[number // 2 % len(WAYS)] if place.is_of_staff else WAYS[number % len(WAYS)]
    if place.is_of_staff:
        return (turn,) if number % 2 == 0 else ()
    return (turn,) if turn == usual or number % 2 else (usual, turn)


SHARED = re.compile(r"/console/[a-z-]+/(<name>/(changes/<int:n>|correct)|new)")
"""Pages that one template draws for every register: axe looks at every third of them, all else at all."""


def wrong_with(
    browser: Browser, url: str, places: Sequence[Place], clients: Mapping[str, FlaskClient], way: Way
) -> list[str]:
    """What is wrong with the pages that are read this way now, one line each; empty is the bar."""
    found: list[str] = []
    chosen = [(number, place) for number, place in enumerate(places) if way in ways_of(number, place)]
    for who in dict.fromkeys(place.who for _, place in chosen):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        lend(clients[who], context)
        page = context.new_page()
        for number, place in (each for each in chosen if each[1].who == who):
            path = f"{place.path}{'&' if '?' in place.path else '?'}{MODES[way.mode]}"
            widths = (1280, 390) if number % 4 < 2 else (390, 1280)
            page.set_viewport_size({"width": widths[0], "height": 900})
            page.goto(url + way.language + path, wait_until="load")
            problems = [*_seen(page, place, way, number, widths), *_measured(page, place, way, widths)]
            found += [f"{way.language}{path}: {what}" for what in problems]
        context.close()
    return found


def _seen(page: Page, place: Place, way: Way, number: int, widths: Sequence[int]) -> Iterator[str]:
    """What axe finds, and what a reader by ear would."""
    yield from (f"broken name: {name!r}" for name in page.evaluate(BROKEN_NAMES))
    if SOAK or not SHARED.fullmatch(place.rule) or number % 3 == 0:
        yield from (f"at {widths[0]}: {what}" for what in violations(page))
    if way.mode == "plain" and (SOAK or (number % 3 == 0 and not place.is_of_staff)):
        page.emulate_media(media="print")
        yield from (f"printed: {what}" for what in violations(page, printed=True))
        page.emulate_media(media="screen")
    if SOAK:
        page.set_viewport_size({"width": widths[1], "height": 900})
        yield from (f"at {widths[1]}: {what}" for what in violations(page, rules=OF_THE_WIDTH))


def _measured(page: Page, place: Place, way: Way, widths: Sequence[int]) -> Iterator[str]:
    """Targets that are too small, links that one does not see, pages that scroll sideways."""
    by_hand = not place.is_of_staff
    least = 24 if place.is_of_staff else 60 if way.mode == "elder" else 44
    if by_hand:
        yield from (f"a link within a line: {link}" for link in page.evaluate(INLINE_LINKS))
    for width in (*widths, 320) if by_hand else widths:
        page.set_viewport_size({"width": width, "height": 900})
        across = page.evaluate("document.documentElement.scrollWidth")
        if across > width:
            yield f"scrolls sideways at {width}: {across}"
        if width != 320:
            yield from (f"small at {width}: {target}" for target in page.evaluate(SMALL_TARGETS, least))
