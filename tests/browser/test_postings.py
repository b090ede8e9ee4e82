"""Notices in a browser: a villager reads one and objects without scripts; a clerk posts a list, another person publishes it."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from portal.accounts.models import User
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token
from tests.browser.chromium import BROKEN_NAMES, INLINE_LINKS, SMALL_TARGETS, opened, violations
from tests.browser.conftest import served_demo
from tests.factories.demo_homes import copy_village

LIST = "姓名\t村组\t家庭人口\t初步意见\n{names}"
NAMES = ("卜测试", "卜试验", "卜样例", "卜演示", "卜范本")


@dataclass(frozen=True)
class Site:
    """The demonstration village, served, with the numbers of its notices by state."""

    url: str
    app: Flask
    notices: dict[str, str]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every kind of public page of notices."""
        some = [f"/postings/{no}" for no in self.notices.values()]
        return ("/postings", *some, f"/v/{self.notices['公示中']}", "/v/GS-2026-999999")

    def open(self, browser: Browser, username: str, width: int = 1280) -> Page:
        """A page of somebody who has signed in."""
        token = new_token()
        with writing(self.app.extensions["portal.installation"].engine) as session:
            user = session.scalars(select(User).where(User.username == username)).one()
            open_session(session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "测试"), now_utc())
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=self.url)
        context.add_cookies([{"name": LOOPBACK_COOKIE, "value": token, "domain": "127.0.0.1", "path": "/"}])
        return context.new_page()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demonstration of this module's own: it is written to."""
    home = tmp_path_factory.mktemp("postings") / "home"
    demo = served_demo(home, copy_village(tmp_path_factory, home))
    with demo as village:
        rows = demo.app.test_client().get("/postings.json").get_json()["rows"]
        yield Site(village.url, demo.app, {row["state"]: row["no"] for row in rows})


@pytest.mark.parametrize(
    ("query", "language", "width", "least"), [("", "", 1280, 44), ("?elder=1", "", 390, 60), ("", "/en", 390, 44)]
)
def test_every_page_is_accessible_and_its_targets_are_large(
    browser: Browser, site: Site, query: str, language: str, width: int, least: int
) -> None:
    assert {"公示中", "公示期已满", "现行有效", "已有新版"} <= set(site.notices)
    with opened(browser, site.url, width) as page:
        for path in site.paths:
            page.goto(f"{site.url}{language}{path}{query}", wait_until="load")
            assert violations(page) == [], path
            assert page.evaluate(SMALL_TARGETS, least) == [], path
            assert page.evaluate(INLINE_LINKS) == [], path
            assert page.evaluate(BROKEN_NAMES) == [], path


def test_nothing_scrolls_sideways_and_paper_is_clean(browser: Browser, site: Site) -> None:
    with opened(browser, site.url, 320) as page:
        for path in site.paths:
            page.goto(f"{site.url}{path}", wait_until="load")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.goto(f"{site.url}/postings/{site.notices['公示中']}")
        page.emulate_media(media="print")
        assert violations(page, printed=True) == []
        assert not page.locator("#object").is_visible()


def test_a_villager_finds_a_list_in_three_taps_and_objects_without_scripts(browser: Browser, site: Site) -> None:
    with opened(browser, f"{site.url}/", 390, java_script_enabled=False) as page:
        page.locator("#hanging").locator("xpath=../..").get_by_role("link", name="全部公示公告").click()
        page.locator("tbody th a").first.click()
        assert page.get_by_text("还剩").first.is_visible()
        page.get_by_label("哪里不对").fill("第一行家里有一辆车")
        page.get_by_role("button", name="提出异议").click()
        assert "YY-" in page.locator("h1").inner_text()
        assert page.get_by_text("第一行家里有一辆车").count() == 0


def board() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def test_a_clerk_posts_a_list_and_another_person_publishes_it(browser: Browser, site: Site, tmp_path: Path) -> None:
    picture = tmp_path / "board.jpg"
    picture.write_bytes(board())
    clerk = site.open(browser, "demo-village_clerk")
    clerk.goto("/console/postings/new")
    assert violations(clerk) == []
    clerk.get_by_role("row", name="建档立卡纳入公示").get_by_role("link", name="公示", exact=True).click()
    assert violations(clerk) == []
    lines = "".join(f"{name}\t柳荫村{n}组\t3\t拟纳入\n" for n, name in enumerate(NAMES, 1))
    clerk.get_by_label("从表格贴过来").fill(LIST.format(names=lines))
    clerk.get_by_label("依据").fill("村民代表会议记录")
    clerk.get_by_role("button", name="保存，看公开的样子").click()
    no = clerk.url.rpartition("/")[2]
    assert "公示" in clerk.locator("h1").inner_text()
    assert violations(clerk) == []
    clerk.get_by_role("link", name="网页").click()
    expect(clerk.locator("body")).to_contain_text("卜*试")
    clerk.go_back()
    clerk.get_by_label("给审核人的话").fill("请审核")
    clerk.get_by_role("button", name="看过了，提交审核").click()
    town = site.open(browser, "demo-township_clerk")
    town.goto(f"/console/postings/{no}")
    town.get_by_label("审核意见").fill("核对无误")
    town.get_by_role("button", name="审核通过，发布").click()
    clerk.goto(f"/console/postings/{no}")
    assert violations(clerk) == []
    clerk.get_by_label("公示栏的照片").set_input_files(picture)
    clerk.get_by_role("button", name="上传，开始公示").click()
    clerk.goto(f"/postings/{no}")
    assert clerk.get_by_text("还剩 8 天").first.is_visible()
    clerk.locator("figure.board").scroll_into_view_if_needed()  # it is loaded when it comes into sight
    # An expectation asks from outside; a function polled inside the page is refused by its own content policy.
    expect(clerk.locator("figure.board img")).to_have_js_property("naturalWidth", 640)
    phone = site.open(browser, "demo-village_clerk", 390)
    for path in ("/console/postings", f"/console/postings/{no}", "/console/postings/new"):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert violations(phone) == [], path
