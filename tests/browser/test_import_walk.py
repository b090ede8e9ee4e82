"""A clerk brings a messy sheet, puts cells right on screen, a second person approves, and it can be taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, select

from portal.accounts.models import User
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, reading, writing
from portal.registers.recipients.models import Household, Person
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token
from tests.browser.chromium import violations
from tests.browser.conftest import served_demo
from tests.factories.demo_homes import copy_village
from tests.intake.conftest import ALICE

HEAD = ("户编号", "姓名", "证件号码", "与户主关系", "区划代码", "状态", "村里的备注")
STRANGE = "{place}对象名册,,,\n村里编的号,当家人,村代码,组\nJY1,冯一,{code},1\nJY2,陈二,{code},2\n"


@dataclass(frozen=True)
class Site:
    """The demonstration village, served."""

    url: str
    app: Flask
    village: str

    @property
    def engine(self) -> Engine:
        """Its database."""
        engine: Engine = self.app.extensions["portal.installation"].engine
        return engine

    def open(self, browser: Browser, username: str) -> Page:
        """A page of somebody who has signed in."""
        token = new_token()
        with writing(self.engine) as session:
            user = session.scalars(select(User).where(User.username == username)).one()
            open_session(session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "测试"), now_utc())
        context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=self.url)
        context.add_cookies([{"name": LOOPBACK_COOKIE, "value": token, "domain": "127.0.0.1", "path": "/"}])
        return context.new_page()

    def status_of(self, no: str) -> str | None:
        """状态 of a household as it stands, None when it does not."""
        with reading(self.engine) as session:
            found = session.scalars(select(Household.status).where(Household.no == no)).one_or_none()
            return str(found) if found else None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demonstration of this module's own: it is written to."""
    home = tmp_path_factory.mktemp("walk") / "home"
    demo = served_demo(home, copy_village(tmp_path_factory, home))
    with demo as village:
        yield Site(village.url, demo.app, village.village_code)


def messy(site: Site, known: tuple[str, str]) -> bytes:
    """A short number, a village in merged cells, a code as a number, a household twice, one that has left."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    code = site.village
    sheet.append(["JX1", "钱七", None, "户主", int(code), "在册", "手工录入"])
    sheet.append(["JX2", "孙八", "32082619520304", "户主", code, "在册", None])
    sheet.append(["JX3", "李九", None, "户主", None, "在册", None])
    sheet.append(["JX4", "周十", None, "户主", code, "在册", None])
    sheet.append(["JX4", "周十", None, "户主", code, "在册", "又抄了一遍"])
    sheet.append([*known[:1], known[1], None, "户主", code, "已脱贫", None])
    sheet.merge_cells("E3:E4")
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def upload(page: Page, name: str, content: bytes) -> str:
    """Choose, upload; the address that follows."""
    page.goto("/console/imports/new")
    page.select_option("#kind", "households")
    page.set_input_files("#file", files=[{"name": name, "mimeType": "application/octet-stream", "buffer": content}])
    page.click("text=上传，看预览")
    return page.url


def test_a_messy_sheet_is_put_right_on_screen_approved_and_taken_back(site: Site, browser: Browser) -> None:
    with reading(site.engine) as session:
        statement = select(Household.no, Person.name).join(Person, Person.household_id == Household.id)
        wanted = (Household.division_code == site.village, Household.status == "在册", Person.relation == "户主")
        known = tuple(session.execute(statement.where(*wanted).order_by(Household.no)).first() or ())
    clerk, officer = site.open(browser, "demo-township_clerk"), site.open(browser, "demo-department_officer")
    address = upload(clerk, "红窑镇新户（最终版）.xlsx", messy(site, (known[0], known[1])))
    assert "6 行里 3 行可以提交，3 行要改" in clerk.inner_text("h1"), clerk.inner_text("main")
    assert violations(clerk) == []
    clerk.fill("input[name=c-3-id]", ALICE)
    clerk.fill("input[name=c-4-division_code]", site.village)
    clerk.click("text=保存修改，重新检查整份表")
    assert "6 行里 5 行可以提交，1 行要改" in clerk.inner_text("h1")
    with clerk.expect_download() as download:
        clerk.click("text=下载错误表.xlsx")
    refused = load_workbook(BytesIO(Path(download.value.path()).read_bytes()))["退回"]
    rows = list(refused.iter_rows(values_only=True))
    assert len(rows) == 2 and rows[1][0] == "JX4" and rows[1][-1]
    clerk.click("text=提交 5 行，退回 1 行")
    assert "5 行在等第二个人复核" in clerk.inner_text("h1") and site.status_of("JX2") is None
    officer.goto(address)
    officer.click("text=复核通过，入库 5 行")
    assert (site.status_of("JX2"), site.status_of(known[0])) == ("在册", "已脱贫")
    clerk.goto("/console/households/JX3")
    assert "在屏幕上改过" in clerk.inner_text("main")
    officer.goto(address)
    officer.click("summary:has-text('撤销这次导入')")
    officer.fill("#why", "表拿错了")
    officer.click("details button[type=submit]")
    assert (site.status_of("JX2"), site.status_of(known[0])) == (None, "在册")
    assert "已撤销" in officer.inner_text("h1")


def test_unknown_headings_are_mapped_once_and_offered_the_next_time(site: Site, browser: Browser) -> None:
    clerk = site.open(browser, "demo-township_clerk")
    sheet = STRANGE.format(place="红窑镇", code=site.village)
    assert upload(clerk, "名册.csv", sheet.encode()).endswith("/mapping")
    for place, header in enumerate(("户编号", "姓名", "区划代码")):
        clerk.select_option(f"[name=m-{place}]", header)
    clerk.click("summary:has-text('每一行都一样')")
    clerk.fill("#k-relation", "户主")
    clerk.select_option("#k-status", "在册")
    clerk.fill("#name", "红窑名册")
    clerk.click("text=存成方案，看预览")
    assert "2 行里 2 行可以提交，0 行要改" in clerk.inner_text("h1"), clerk.inner_text("main")
    clerk.click("text=提交 2 行，退回 0 行")
    assert "2 行在等第二个人复核" in clerk.inner_text("h1") and site.status_of("JY1") is None
    officer = site.open(browser, "demo-department_officer")
    officer.goto(clerk.url)
    officer.click("text=复核通过，入库 2 行")
    assert site.status_of("JY1") == "在册"
    upload(clerk, "名册（十月）.csv", sheet.replace("JY2,陈二", "JY3,褚三").encode())
    clerk.click("text=用「红窑名册」")
    assert "2 行里 2 行可以提交，0 行要改" in clerk.inner_text("h1")
    clerk.goto("/console/imports/profiles")
    assert "红窑名册" in clerk.inner_text("main")
