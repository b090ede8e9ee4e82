"""Regenerate the README's pictures: `.venv/bin/python -m tests.browser.screenshots`. Small PNGs of the demonstration."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image
from playwright.sync_api import Browser

from portal.web.sessions import LOOPBACK_COOKIE
from tests.browser.chromium import chromium, opened
from tests.browser.conftest import Village, served_demo
from tests.browser.every_page import signed_in

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
COLOURS = 256


def shots(village: Village) -> dict[str, tuple[str, int, int]]:
    """Name → (path, width, height in CSS pixels)."""
    place = f"/areas/{village.village_code}"
    return {
        "home-1280": ("/", 1280, 1500),
        "flow-1280": (f"/flow?focus=area:{village.village_code}", 1280, 1200),
        "village-1280": (place, 1280, 1400),
        "flow-390": (f"/flow?focus=area:{village.village_code}", 390, 1300),
        "elder-390": (f"{place}?elder=1", 390, 1300),
        "english-1280": ("/en/flow", 1280, 1200),
    }


def take(browser: Browser, url: str, width: int, height: int, **options: Any) -> Image.Image:
    """One picture of the top of a page."""
    with opened(browser, url, width, device_scale_factor=1, **options) as page:
        page.set_viewport_size({"width": width, "height": height})
        return Image.open(io.BytesIO(page.screenshot()))


def take_console(browser: Browser, demo: served_demo, url: str) -> Image.Image:
    """The console's list of households, as a village clerk sees it."""
    cookie = {"name": LOOPBACK_COOKIE, "value": signed_in(demo.app, "demo-village_clerk"), "domain": "127.0.0.1"}
    kept = {"cookies": [{**cookie, "path": "/", "expires": -1}], "origins": []}
    return take(browser, f"{url}/console/households", 1280, 900, storage_state=kept)


def take_visits(browser: Browser, demo: served_demo, url: str) -> Image.Image:
    """The calendar of visits, as a department officer sees it."""
    cookie = {"name": LOOPBACK_COOKIE, "value": signed_in(demo.app, "demo-department_officer"), "domain": "127.0.0.1"}
    kept = {"cookies": [{**cookie, "path": "/", "expires": -1}], "origins": []}
    return take(browser, f"{url}/console/visits/calendar", 1280, 930, storage_state=kept)


def take_phone(browser: Browser, demo: served_demo, url: str) -> Image.Image:
    """Today's households on the phone of the demonstration's helper, signed in and enrolled."""
    helper = demo.accounts["demo-helper"]
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{url}/app/")
    page.fill("[name=username]", helper["username"])
    page.fill("[name=password]", helper["password"])
    page.fill("[name=otp]", pyotp.parse_uri(helper["otpauth"]).now())
    page.click("button[type=submit]")
    page.wait_for_url("**/app/enrol")
    page.locator("input").first.fill(helper["enrolment_code"])
    page.click("button[type=submit]")
    page.wait_for_url("**/app/")
    page.get_by_text("例行走访").first.wait_for()
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.context.close()
    return picture


def save(name: str, picture: Image.Image) -> None:
    """A small PNG."""
    small = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)
    print(name, (FOLDER / f"{name}.png").stat().st_size)


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        demo = served_demo(Path(folder) / "home")
        with demo as village:
            save("app-today-390", take_phone(browser, demo, village.url))
            save("console-1280", take_console(browser, demo, village.url))
            save("visits-1280", take_visits(browser, demo, village.url))
            for name, (path, width, height) in shots(village).items():
                save(name, take(browser, village.url + path, width, height))


if __name__ == "__main__":
    main()
