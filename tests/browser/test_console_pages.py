"""What console pages do under the hand. How each of them looks: every_console_page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from portal.web.sessions import LOOPBACK_COOKIE
from tests.browser.chromium import violations
from tests.browser.conftest import served_demo
from tests.browser.every_page import signed_in
from tests.factories.demo_homes import copy_village

_dot = io.BytesIO()
Image.new("RGB", (32, 24), (90, 120, 60)).save(_dot, "PNG")
DOT = _dot.getvalue()
FIRST = re.compile(r'<tbody><tr><th scope="row"[^>]*><a href="([^"]+)"')


@dataclass(frozen=True)
class Console:
    """Where the console is, who looks, and the page of one household."""

    url: str
    token: str
    household: str
    inspector: str


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The demonstration village, with the township's officer signed in."""
    home = tmp_path_factory.mktemp("console") / "home"
    demo = served_demo(home, copy_village(tmp_path_factory, home))
    with demo as village:
        token = signed_in(demo.app, "demo-department_officer")
        client = demo.app.test_client()
        client.set_cookie(LOOPBACK_COOKIE, token, domain="127.0.0.1")
        found = FIRST.search(client.get("/console/households", base_url=village.url).text)
        assert found is not None
        yield Console(village.url, token, found.group(1), signed_in(demo.app, "demo-inspector"))


def look(browser: Browser, console: Console, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=True)
    cookie = {"name": LOOPBACK_COOKIE, "value": console.token, "domain": "127.0.0.1", "path": "/"}
    context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own typed dict
    return context.new_page()


def test_refusals_lead_back_to_the_console(browser: Browser, console: Console) -> None:
    page = look(browser, console, 390)
    for path in ("/console/households/H999999999999", "/admin/people"):
        page.goto(console.url + path)
        assert page.locator("main a[href='/console/']").count() == 1, path
    page.context.close()


def test_a_list_of_errors_names_each_field(browser: Browser, console: Console) -> None:
    page = look(browser, console, 390)
    page.goto(console.url + "/console/households/new")
    page.click("main form.sheet button.staff")
    assert page.title().startswith("错误")
    assert "户编号：这一项要填" in page.inner_text(".problem")
    page.click(".problem a >> nth=0")
    assert page.evaluate("document.activeElement.name || location.hash") != ""
    assert violations(page) == []
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


def test_a_record_on_site_outlives_the_loss_of_signal(browser: Browser, console: Console) -> None:
    """What was typed stays in the page, not on the telephone, and comes once when the signal is back."""
    page = look(browser, replace(console, token=console.inspector), 390)
    context = page.context
    context.grant_permissions(["geolocation"], origin=console.url)
    context.set_geolocation({"latitude": 33.7812345, "longitude": 119.2651234, "accuracy": 12})
    page.goto(f"{console.url}/supervision/sample/visits")
    page.locator("li.sheet", has_text="待入户").first.locator("a").first.click()
    for choice in page.locator("select[name^=answer_]").all():
        choice.select_option("一致")
    page.get_by_label("其他情况").fill("老人在家，说话清楚")
    page.get_by_role("button", name="加上现在的位置").click()
    expect(page.get_by_text("已加上，误差（米） 12")).to_be_visible()
    shot = {"name": "a.png", "mimeType": "image/png", "buffer": DOT}
    page.locator("#shoot").set_input_files([shot])  # type: ignore[list-item]  # Playwright's own typed dict
    expect(page.get_by_text("已有照片 1")).to_be_visible()
    page.get_by_role("button", name="保存入户记录").click()
    expect(page.locator(".problem")).to_be_visible()  # the second inspector is missing
    expect(page.get_by_text("已有照片 1")).to_be_visible()
    page.locator("[name=second_inspector]").fill("demo-finance_supervisor")
    context.set_offline(True)
    page.get_by_role("button", name="保存入户记录").click()
    expect(page.locator("[data-said]")).to_contain_text("没有信号，还没有送到")
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    assert page.get_by_label("其他情况").input_value() == "老人在家，说话清楚"
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.set_offline(False)
    expect(page.get_by_text("看到了什么")).to_be_visible()
    expect(page.get_by_text("33.78123, 119.26512 (WGS-84) ±12 m")).to_be_visible()
    expect(page.locator("img.shot")).to_have_count(1)
    context.close()
