"""/console/imports: preview before anything is written, two persons for money, undo, and clear pages for bad files."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from portal.accounts.permissions import Role
from portal.intake.files import Sources
from portal.kernel.database import reading
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.models import Household
from portal.settings import Settings
from portal.trail.connect import keyring_of
from tests.factories.accounts import Browser, signed_in
from tests.intake.conftest import ALICE, fill_county

TOWN = "320826100000"
HEAD = "户编号,姓名,证件号码,与户主关系,区划代码,状态\n"
NEW = HEAD + "H7,钱七,,户主,320826100001,在册\nH8,孙八,32082619520304,户主,320826100001,在册\n"
PAID = "批次号,序号,拨付编号,户编号,收款人,金额,发放日期\nFF1,1,B2,H1,张三,300,2026-04-02\nFF1,2,B9,H1,张三,300,2026-04-02\n"


@pytest.fixture
def here(app: Flask, settings: Settings, engine: Engine) -> Flask:
    """The application on a small county."""
    fill_county(Sources(engine, keyring_of(settings), settings.staging_dir))
    return app


def send(browser: Browser, kind: str, content: str | bytes, name: str = "表.csv") -> TestResponse:
    data = {
        "kind": kind,
        "profile": "",
        "file": (BytesIO(content.encode() if isinstance(content, str) else content), name),
    }
    return browser.post("/console/imports/new", data, page="/console/imports/new", content_type="multipart/form-data")


def number(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def enter(app: Flask, browser: Browser, no: str) -> None:
    """Submitted by who sent it, approved by a second account."""
    assert browser.post(f"/console/imports/{no}/submit", page=f"/console/imports/{no}").status_code == 303
    second = signed_in(app, Role.TOWNSHIP_CLERK, [TOWN])
    assert second.post(f"/console/imports/{no}/approve", page=f"/console/imports/{no}").status_code == 303


def count(engine: Engine, model: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_preview_writes_nothing_and_says_what_the_button_will_do(here: Flask, engine: Engine) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    no = number(send(clerk, "households", NEW, "新户.csv"))
    page = clerk.get(f"/console/imports/{no}").text
    assert "2 行里 1 行可以提交，1 行要改。现在还没有写入任何数据。" in page
    assert "提交 1 行，退回 1 行" in page and "新户.csv" in page
    assert "32082619520304" not in page and "号码有 14 位" in page
    assert count(engine, Household) == 2
    enter(here, clerk, no)
    assert count(engine, Household) == 3
    again = send(clerk, "households", NEW.split("\n")[0] + "\n" + NEW.split("\n")[1] + "\n")
    assert "无变化" in clerk.get(f"/console/imports/{number(again)}").text


def test_money_waits_for_a_second_account(here: Flask, engine: Engine) -> None:
    maker, checker = (signed_in(here, Role.FUND_MANAGER) for _ in range(2))
    no = number(send(maker, "payments", PAID))
    maker.post(f"/console/imports/{no}/submit", page=f"/console/imports/{no}")
    assert count(engine, Payment) == 0
    refused = maker.post(f"/console/imports/{no}/approve", page=f"/console/imports/{no}")
    assert refused.status_code == 403 and "不能复核自己提交的表" in refused.text
    assert "等第二个人复核" in checker.get(f"/console/imports/{no}").text
    assert checker.post(f"/console/imports/{no}/approve", page=f"/console/imports/{no}").status_code == 303
    assert count(engine, Payment) == 1
    page = checker.get(f"/console/imports/{no}").text
    assert maker.username in page and checker.username in page
    told = maker.post(f"/console/imports/{no}/undo", {"why": "导错了"}, page=f"/console/imports/{no}")
    assert told.status_code == 403 and "要由另一个人撤销" in told.text
    assert (
        checker.post(f"/console/imports/{no}/undo", {"why": "导错了"}, page=f"/console/imports/{no}").status_code == 303
    )
    assert count(engine, Payment) == 0


def test_the_error_workbook_is_the_users_own_sheet_and_comes_back_clean_after_mending(
    here: Flask, engine: Engine
) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    no = number(send(clerk, "households", NEW))
    sheet = load_workbook(BytesIO(clerk.get(f"/console/imports/{no}/rejects.xlsx").data))["退回"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("户编号", "姓名", "证件号码", "与户主关系", "区划代码", "状态", "退回原因")
    assert rows[1][:3] == ("H8", "孙八", "32082619520304") and "14 位" in str(rows[1][6])
    assert sheet["C2"].fill.fgColor.rgb == "FFFBE4E6" and sheet["A2"].fill.fgColor.rgb != "FFFBE4E6"
    sheet["C2"] = ALICE
    mended = BytesIO()
    assert sheet.parent is not None
    sheet.parent.save(mended)
    page = clerk.get(f"/console/imports/{number(send(clerk, 'households', mended.getvalue(), '改好.xlsx'))}").text
    assert "1 行里 1 行可以提交，0 行要改" in page and "照样保存的列" not in page


def test_a_file_outside_ones_scope_is_refused_row_by_row(here: Flask) -> None:
    stranger = signed_in(here, Role.TOWNSHIP_CLERK, ["320826101000"])
    page = stranger.get(f"/console/imports/{number(send(stranger, 'households', NEW))}").text
    assert "不在您的管辖范围" in page and "0 行可以提交" in page


def test_another_places_batches_are_not_seen(here: Flask) -> None:
    clerk, stranger = (
        signed_in(here, Role.TOWNSHIP_CLERK, [TOWN]),
        signed_in(here, Role.TOWNSHIP_CLERK, ["320826101000"]),
    )
    no = number(send(clerk, "households", NEW))
    assert no not in stranger.get("/console/imports").text
    assert stranger.get(f"/console/imports/{no}").status_code == 404
    assert signed_in(here, Role.HELPER).get("/console/imports").status_code == 403


def test_a_record_leads_to_its_import_where_the_reader_may_open_it(here: Flask) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    no = number(send(clerk, "households", NEW, "新户.csv"))
    enter(here, clerk, no)
    page = clerk.get("/console/households/H7").text
    assert f'<a href="/console/imports/{no}">新户.csv</a>' in page
    assert clerk.get(f"/console/imports/{no}").status_code == 200
    loaded = clerk.get("/console/households/H1").text
    for link in re.findall(r'href="(/console/imports/[^"]+)"', loaded):
        assert clerk.get(link).status_code == 200
    village = signed_in(here, Role.VILLAGE_CLERK, ["320826100001"])
    for name, row in (("H1", "第 4 行"), ("H7", "第 2 行")):
        plain = village.get(f"/console/households/{name}").text
        assert row in plain and 'href="/console/imports/' not in plain, name


def test_a_bad_file_is_a_clear_page(here: Flask) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    answer = send(clerk, "households", b"PK\x03\x04 broken", "坏.xlsx")
    assert answer.status_code == 422 and "读不了" in answer.text and 'role="alert"' in answer.text
    nothing = clerk.post("/console/imports/new", {"kind": "households", "profile": ""}, page="/console/imports/new")
    assert nothing.status_code == 422 and "没有选文件" in nothing.text


def test_the_same_file_again_says_when_and_by_whom(here: Flask) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    clean = HEAD + "H7,钱七,,户主,320826100001,在册\n"
    no = number(send(clerk, "households", clean))
    enter(here, clerk, no)
    answer = send(clerk, "households", clean)
    assert (
        answer.status_code == 200
        and "这份表导入过了" in answer.text
        and clerk.username in answer.text
        and no in answer.text
    )


TWO_HANDS = {
    "status of a known household": ("households", HEAD + f"H1,张三,{ALICE},户主,320826100001,已脱贫\n"),
    "a new household on the list": ("households", HEAD + "H7,钱七,,户主,320826100001,在册\n"),
    "somebody new in a known household": ("households", HEAD + "H1,张小三,,子女,320826100001,\n"),
    "who lives in it": ("households", f"户编号,姓名,证件号码,是否共同生活\nH1,张三,{ALICE},否\n"),
    "what it is": ("households", f"户编号,姓名,证件号码,对象类别\nH1,张三,{ALICE},特困供养户\n"),
    "an item that shall count": (
        "parameters",
        "名称,区划代码,有效期自,值,依据\nincome_item.医疗报销,320826,2026-01-01,是,涟扶发〔2026〕1号\n",
    ),
}
ONE_HAND = {
    "a telephone": ("households", f"户编号,姓名,证件号码,联系电话\nH1,张三,{ALICE},13800000000\n"),
    "a household that is on no list": ("households", HEAD + "H7,钱七,,户主,320826100001,\n"),
}


def test_who_is_on_the_list_and_what_counts_needs_a_second_person(here: Flask) -> None:
    officer = signed_in(here, Role.DEPARTMENT_OFFICER, ["320826000000"])
    for what, (kind, content) in (TWO_HANDS | ONE_HAND).items():
        no = number(send(officer, kind, content))
        page = f"/console/imports/{no}"
        officer.post(f"{page}/submit", page=page)
        assert ("等第二个人复核" in officer.get(page).text) == (what in TWO_HANDS), what
        if what in TWO_HANDS:
            assert officer.post(f"{page}/approve", page=page).status_code == 403, what


def test_a_preview_can_be_thrown_away(here: Flask, settings: Settings) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    no = number(send(clerk, "households", NEW))
    assert clerk.post(f"/console/imports/{no}/discard", page=f"/console/imports/{no}").status_code == 303
    assert list(settings.staging_dir.iterdir()) == []
    assert "已放弃" in clerk.get("/console/imports").text


def test_every_template_opens_and_has_the_dictionarys_headers(here: Flask) -> None:
    clerk = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    names = re.findall(r"/console/imports/templates/([a-z_]+)\.xlsx", clerk.get("/console/imports/new").text)
    assert len(names) == 15
    book = load_workbook(BytesIO(clerk.get("/console/imports/templates/households.xlsx").data))
    assert [cell.value for cell in book["扶贫对象"][1]][:3] == ["户编号", "姓名", "证件号码"]
    page = clerk.get(
        f"/console/imports/{number(send(clerk, 'households', clerk.get('/console/imports/templates/households.xlsx').data, 'x.xlsx'))}"
    )
    assert "0 行里 0 行可以提交，0 行要改" in page.text
