"""Wrong cells corrected on screen, and profiles made from a sheet's own headings."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.intake.files import Sources
from portal.intake.models import ImportBatch, ImportFix, ImportProfile
from portal.kernel.database import reading
from portal.registers.recipients.models import Household, Person
from portal.settings import Settings
from portal.trail.connect import keyring_of
from portal.trail.models import TrailSubject
from tests.doors.management.test_imports import HEAD, NEW, TOWN, count, enter, number, send
from tests.factories.accounts import Browser, signed_in
from tests.intake.conftest import ALICE, fill_county

STRANGE = "红窑镇对象名册,,,\n村里编的号,当家人,身份证,村代码,电话旧,组\nH7,钱七,,320826100001,1,2\nH8,孙八,,320826100001,1,3\n"


@pytest.fixture
def here(app: Flask, settings: Settings, engine: Engine) -> Flask:
    """The application on a small county."""
    fill_county(Sources(engine, keyring_of(settings), settings.staging_dir))
    return app


@pytest.fixture
def clerk(here: Flask) -> Browser:
    """A township's clerk."""
    return signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])


def batch_of(engine: Engine, no: str) -> ImportBatch:
    with reading(engine) as session:
        return session.scalars(select(ImportBatch).where(ImportBatch.no == no)).one()


def version(engine: Engine, no: str) -> str:
    return str(batch_of(engine, no).report["staging_sha256"])[:16]


def fix(browser: Browser, no: str, cells: dict[str, str]) -> int:
    return browser.post(f"/console/imports/{no}/fix", cells, page=f"/console/imports/{no}").status_code


def test_a_wrong_cell_is_corrected_on_screen_and_the_file_stays(here: Flask, clerk: Browser, engine: Engine) -> None:
    no = number(send(clerk, "households", NEW, "新户.csv"))
    page = clerk.get(f"/console/imports/{no}").text
    assert 'name="c-3-id"' in page and "32082619520304" not in page
    before = batch_of(engine, no)
    assert fix(clerk, no, {"version": version(engine, no), "c-3-id": ALICE}) == 303
    page = clerk.get(f"/console/imports/{no}").text
    assert "2 行里 2 行可以提交，0 行要改" in page and "在屏幕上改过的格子" in page and ALICE not in page
    after = batch_of(engine, no)
    assert (after.sha256, after.bytes, after.no) == (before.sha256, before.bytes, before.no)
    with reading(engine) as session:
        kept = session.scalars(select(ImportFix)).one()
        assert (kept.row, kept.column, kept.before, kept.after) == (3, "证件号码", "320…04", "110…2X")
        assert kept.made_by == f"user:{clerk.username}"
        assert session.scalars(select(TrailSubject).where(TrailSubject.kind == "import")).all()
    enter(here, clerk, no)
    assert count(engine, Household) == 4
    household = clerk.get("/console/households/H8").text
    with reading(engine) as session:
        person = session.scalars(select(Person.id).where(Person.name == "孙八")).one()
    told = household + clerk.get(f"/console/persons/{person}").text
    assert re.search(f"“证件号码”由 [^<]*{clerk.username}[^<]* 在屏幕上改过", told)
    again = send(clerk, "households", NEW, "新户.csv")
    assert again.status_code == 200 and "这份表导入过了" in again.text and count(engine, Household) == 4


def test_the_upload_lies_sealed_until_it_is_decided(
    here: Flask, clerk: Browser, engine: Engine, settings: Settings
) -> None:
    no = number(send(clerk, "households", NEW))
    (kept,) = settings.staging_dir.glob("*.original")
    assert "孙八".encode() not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0
    fix(clerk, no, {"version": version(engine, no), "c-3-id": ALICE})
    assert len(list(settings.staging_dir.glob("*.staged"))) == 1
    enter(here, clerk, no)
    assert list(settings.staging_dir.iterdir()) == []


def test_an_old_page_neither_corrects_nor_submits(clerk: Browser, engine: Engine) -> None:
    no = number(send(clerk, "households", NEW))
    old = version(engine, no)
    assert fix(clerk, no, {"version": old, "c-3-id": "12"}) == 303
    answer = clerk.post(f"/console/imports/{no}/fix", {"version": old, "c-3-id": ALICE}, page=f"/console/imports/{no}")
    assert answer.status_code == 409 and "刚才在另一个窗口改过" in answer.text
    answer = clerk.post(f"/console/imports/{no}/submit", {"version": old}, page=f"/console/imports/{no}")
    assert answer.status_code == 409 and count(engine, Household) == 2
    assert count(engine, ImportFix) == 1


def test_only_the_sender_corrects(here: Flask, clerk: Browser, engine: Engine) -> None:
    no = number(send(clerk, "households", NEW))
    other = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    assert 'name="c-3-id"' not in other.get(f"/console/imports/{no}").text
    assert fix(other, no, {"version": version(engine, no), "c-3-id": ALICE}) == 403
    assert count(engine, ImportFix) == 0


def test_many_wrong_rows_come_page_by_page(clerk: Browser) -> None:
    rows = "".join(f"H{n},某人,123,户主,320826100001,在册\n" for n in range(100, 170))
    no = number(send(clerk, "households", HEAD + rows))
    first = clerk.get(f"/console/imports/{no}").text
    assert 'name="c-2-id"' in first and 'name="c-32-id"' not in first and "?after=31#errors" in first
    last = clerk.get(f"/console/imports/{no}?after=61").text
    assert 'name="c-71-id"' in last and 'rel="next"' not in last


def test_unknown_headings_become_a_profile_that_is_offered_next_time(clerk: Browser, engine: Engine) -> None:
    no = number(send(clerk, "households", STRANGE, "名册.csv"))
    path = f"/console/imports/{no}/mapping"
    assert clerk.get(f"/console/imports/{no}").status_code == 303
    page = clerk.get(path).text
    assert 'name="header_row" type="text" inputmode="numeric" value="2"' in page and "钱七" in page
    chosen = {
        "header_row": "2", "m-0": "户编号", "m-1": "姓名", "m-2": "证件号码", "m-3": "区划代码", "m-4": "-", "m-5": "",
        "k-relation": "户主", "k-status": "在册", "name": "",
    }  # fmt: skip
    assert clerk.post(path, chosen, page=path).status_code == 422
    assert clerk.post(path, {**chosen, "name": "红窑名册"}, page=path).status_code == 303
    shown = clerk.get(f"/console/imports/{no}").text
    assert "2 行里 2 行可以提交，0 行要改" in shown and "红窑名册" in shown
    with reading(engine) as session:
        saved = session.scalars(select(ImportProfile)).one()
        assert "ignore:\n- 电话旧" in saved.text and "header_row: 2" in saved.text
        assert session.scalars(select(TrailSubject).where(TrailSubject.kind == "import_profile")).one()
    again = number(send(clerk, "households", STRANGE.replace("钱七", "钱七七"), "名册2.csv"))
    path = f"/console/imports/{again}/mapping"
    assert "用「红窑名册」" in clerk.get(path).text
    assert clerk.post(path, {"use": "红窑名册"}, page=path).status_code == 303
    assert "2 行里 2 行可以提交" in clerk.get(f"/console/imports/{again}").text


def test_a_saved_profile_is_corrected_and_retired_and_old_versions_stay(clerk: Browser, engine: Engine) -> None:
    no = number(send(clerk, "households", STRANGE, "名册.csv"))
    path = f"/console/imports/{no}/mapping"
    chosen = {
        "header_row": "2",
        "m-0": "户编号",
        "m-1": "姓名",
        "m-3": "区划代码",
        "k-relation": "户主",
        "name": "名册",
    }
    assert clerk.post(path, chosen, page=path).status_code == 303
    page = "/console/imports/profiles/名册"
    with reading(engine) as session:
        first = session.scalars(select(ImportProfile)).one()
    better = {"version": str(first.id), "step": "correct", "text": first.text + "none: [无]\n"}
    assert clerk.post(page, {**better, "why": ""}, page=page).status_code == 422
    assert clerk.post(page, {**better, "text": "kind: [", "why": "试试"}, page=page).status_code == 422
    assert clerk.post(page, {**better, "why": "“无”是空的意思"}, page=page).status_code == 303
    assert clerk.post(page, {**better, "why": "慢了一步"}, page=page).status_code == 409
    with reading(engine) as session:
        now = session.scalars(select(ImportProfile).where(ImportProfile.ended_at.is_(None))).one()
    assert clerk.post(page, {"version": str(now.id), "step": "retire", "why": "不用了"}, page=page).status_code == 303
    assert count(engine, ImportProfile) == 2 and clerk.get(page).status_code == 404
    assert fix(clerk, no, {"version": version(engine, no)}) == 303  # a preview keeps the profile that it was read by


def test_the_sheet_of_another_is_not_mapped(here: Flask, clerk: Browser) -> None:
    no = number(send(clerk, "households", STRANGE))
    other = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    assert other.get(f"/console/imports/{no}/mapping").status_code == 403
    assert clerk.post(f"/console/imports/{no}/discard", page=f"/console/imports/{no}/mapping").status_code == 303


def test_a_key_of_two_columns_may_be_put_right_in_either(here: Flask, engine: Engine) -> None:
    maker = signed_in(here, Role.FUND_MANAGER)
    rows = "批次号,序号,拨付编号,户编号,收款人,金额,发放日期\nFF1,1,B2,H1,张三,300,2026-04-02\nFF1,1,B2,H1,张三,301,2026-04-02\n"
    no = number(send(maker, "payments", BytesIO(rows.encode()).getvalue()))
    assert 'name="c-3-seq"' in maker.get(f"/console/imports/{no}").text
    assert fix(maker, no, {"version": version(engine, no), "c-3-batch_no": "FF1", "c-3-seq": "2"}) == 303
    assert "2 行里 2 行可以提交" in maker.get(f"/console/imports/{no}").text
