"""What public pages do under the hand: keyboard, pointer, modes, and without JavaScript. How each of them looks: every_public_page."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.conftest import Village

MODES = {"plain": "", "elder": "elder=1", "contrast": "contrast=1"}

FILES = (("小图.jpg", 1000), ("大图.jpg", 11_000_000))


def address(village: Village, path: str, mode: str = "plain", language: str = "") -> str:
    extra = MODES[mode]
    joined = path + (("&" if "?" in path else "?") + extra if extra else "")
    return village.url + language + joined


def test_nothing_is_asked_of_any_other_host_and_nothing_fails(browser: Browser, village: Village) -> None:
    asked: list[str] = []
    failed: list[str] = []
    with opened(browser, "about:blank") as page:
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: failed.append(m.text) if m.type == "error" else None)
        for path in village.main:
            page.goto(address(village, path), wait_until="load")
    assert [u for u in asked if not u.startswith(village.url)] == []
    assert [f for f in failed if "404" not in f] == []


def test_the_keyboard_reaches_every_node_of_the_flow(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/flow")) as page:
        nodes = page.locator(".graph .flow a")
        assert nodes.count() > 5
        nodes.first.focus()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_the_first_key_leads_past_the_head(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/")) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


def test_the_ladder_works_without_javascript(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/flow"), 390, java_script_enabled=False) as page:
        shown = page.locator(".tier:visible")
        assert shown.count() == 1
        page.locator(".tier:visible .tier-move a.go").click()
        assert page.locator(".tier:visible").count() == 1
        assert "#tier-" in page.url
        assert not page.locator(".graph").first.is_visible()


def test_the_village_is_two_taps_from_home_without_javascript(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/"), 390, java_script_enabled=False) as page:
        page.locator("main input[name=q]").fill(village.village_initials)
        page.locator("main .search button").click()
        page.locator(f"main a[href='/areas/{village.village_code}']").click()
        assert page.url.endswith(f"/areas/{village.village_code}")
        assert village.village_name in page.locator("h1").inner_text()


def test_hovering_lights_the_whole_path(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/flow")) as page:
        page.locator(".graph .flow a").first.hover()
        assert page.locator(".graph .b.on").count() > 1


def test_elder_mode_is_remembered(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/", "elder")) as page:
        page.goto(village.url + "/funds")
        assert page.evaluate("document.documentElement.className") == "elder"
        size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
        assert size >= 20


def test_the_language_switch_keeps_the_path(browser: Browser, village: Village) -> None:
    with opened(browser, village.url + "/flow?year=2026") as page:
        page.locator(".strip a[lang=en]").click()
        assert page.url == village.url + "/en/flow?year=2026"
        assert page.evaluate("document.documentElement.lang") == "en"


def test_a_file_too_heavy_is_said_so_when_it_is_chosen_and_the_others_stay(browser: Browser, village: Village) -> None:
    with opened(browser, address(village, "/report"), 390) as page:
        page.locator("summary", has_text="拍照").click()
        light, heavy = ({"name": name, "mimeType": "image/jpeg", "buffer": bytes(n)} for name, n in FILES)
        page.locator("#pictures").set_input_files([light, heavy])
        expect(page.locator(".why[role=alert]")).to_be_in_viewport()
        expect(page.locator(".why[role=alert]")).to_have_text(re.compile("大图.jpg 有 10.5 MB，一个文件最多 10 MB"))
        assert page.locator("#pictures").evaluate("e => [...e.files].map(f => f.name)") == ["小图.jpg"]
        page.locator("#pictures").set_input_files([light])
        expect(page.locator(".why[role=alert]")).to_have_count(0)
