"""Who may change a saved profile, mapping on a page that is no longer the present one, and previews of other times."""

from __future__ import annotations

import sqlite3
from io import BytesIO

import pytest
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.cli import main
from portal.intake import correcting, files
from portal.intake.models import ImportProfile
from portal.kernel.database import reading
from portal.kernel.errors import Refused
from portal.registers.recipients.models import Household
from portal.settings import Settings
from portal.trail.models import TrailSubject
from tests.doors.management.test_imports import HEAD, NEW, TOWN, count, number, send
from tests.doors.management.test_imports_on_screen import STRANGE, batch_of, clerk, fix, here, version
from tests.factories.accounts import Browser, signed_in

__all__ = ["clerk", "here"]

CHOSEN = {
    "header_row": "2", "m-0": "户编号", "m-1": "姓名", "m-2": "证件号码", "m-3": "区划代码", "m-4": "-",
    "k-relation": "户主", "k-status": "在册", "name": "名册",
}  # fmt: skip
PAGE = "/console/imports/profiles/名册"


def mapped(browser: Browser) -> str:
    """Upload a sheet with unknown headings and save its profile; the number of the import."""
    no = number(send(browser, "households", STRANGE, "名册.csv"))
    path = f"/console/imports/{no}/mapping"
    assert browser.post(path, CHOSEN, page=path).status_code == 303
    return no


def standing(engine: Engine) -> ImportProfile:
    with reading(engine) as session:
        return session.scalars(select(ImportProfile).where(ImportProfile.ended_at.is_(None))).one()


def correct(browser: Browser, engine: Engine, why: str = "“无”是空的意思") -> int:
    saved = standing(engine)
    better = {"version": str(saved.id), "step": "correct", "text": f"{saved.text}none: [无]\n", "why": why}
    return browser.post(PAGE, better).status_code


def test_a_profile_is_changed_by_its_maker_or_a_second_person_of_the_same_place(
    here: Flask, clerk: Browser, engine: Engine
) -> None:
    mapped(clerk)
    strangers = [
        signed_in(here, Role.VILLAGE_CLERK, ["320826100001"]),
        signed_in(here, Role.TOWNSHIP_CLERK, ["320826101000"]),
    ]
    for stranger in strangers:
        page = stranger.get(PAGE).text
        assert "只有存它的人，或有权审核他那里导入批次的人，才能改" in page and "<textarea" not in page
        assert "村里编的号: 户编号" in page
        saved = standing(engine)
        asked = {"version": str(saved.id), "step": "retire", "why": "不用了"}
        refused = stranger.post(PAGE, asked)
        assert refused.status_code == 403 and "这个导入方案不能由您更正或停用" in refused.text
    second = signed_in(here, Role.TOWNSHIP_CLERK, [TOWN])
    assert "<textarea" in second.get(PAGE).text
    assert correct(second, engine) == 303
    kept = standing(engine)
    assert kept.made_by == f"user:{second.username}"
    asked = {"version": str(kept.id), "step": "retire", "why": "不用了"}
    assert clerk.post(PAGE, asked).status_code == 303  # who saved the first version may still
    assert clerk.get(PAGE).status_code == 404


def test_a_mapping_page_of_yesterday_changes_nothing(clerk: Browser, engine: Engine) -> None:
    no = mapped(clerk)
    path = f"/console/imports/{no}/mapping"
    before = version(engine, no)
    late = clerk.post(path, {**CHOSEN, "name": "另一个", "version": ""}, page=path)
    assert late.status_code == 409 and "刚才在另一个窗口改过" in late.text
    assert version(engine, no) == before and count(engine, ImportProfile) == 1
    assert clerk.post(path, {"use": "名册", "version": before}, page=path).status_code == 303
    with reading(engine) as session:
        events = session.scalars(select(TrailSubject).where(TrailSubject.type == "import.mapped")).all()
    assert len(events) == 2


def test_a_mapping_that_fails_leaves_neither_a_profile_nor_a_staging_file(
    clerk: Browser, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = number(send(clerk, "households", STRANGE, "名册.csv"))
    path = f"/console/imports/{no}/mapping"

    def fail(*_given: object) -> None:
        raise Refused("没有成")

    monkeypatch.setattr(correcting, "restate", fail)
    assert clerk.post(path, CHOSEN, page=path).status_code == 422
    assert count(engine, ImportProfile) == 0 and list(settings.staging_dir.glob("*.staged")) == []
    assert len(list(settings.staging_dir.glob("*.original"))) == 1  # it can be mapped again


def test_a_preview_of_an_earlier_version_says_discard_and_upload_again(
    clerk: Browser, engine: Engine, settings: Settings
) -> None:
    no = number(send(clerk, "households", NEW))
    with sqlite3.connect(settings.staging_dir / str(batch_of(engine, no).staging_file)) as staging:
        staging.execute("DROP TABLE errors")
    staging.close()
    page = clerk.get(f"/console/imports/{no}")
    assert page.status_code == 200 and "请放弃这次导入，再上传一次同一份表" in page.text
    assert f"/console/imports/{no}/fix" not in page.text and f"/console/imports/{no}/discard" in page.text
    assert fix(clerk, no, {"version": version(engine, no), "c-3-id": "1"}) == 303
    sheet = load_workbook(BytesIO(clerk.get(f"/console/imports/{no}/rejects.xlsx").data))["退回"]
    assert "14 位" in str(sheet["G2"].value)


def test_more_refused_rows_than_are_kept_are_told(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEPT_REFUSED", 3)
    rows = "".join(f"H{n},某人,123,户主,320826100001,在册\n" for n in range(100, 105))
    no = number(send(clerk, "households", HEAD + rows))
    page = clerk.get(f"/console/imports/{no}").text
    assert "错误表里是前 3 行，其余 2 行" in page and page.count("rejects.xlsx") == 2
    sheet = load_workbook(BytesIO(clerk.get(f"/console/imports/{no}/rejects.xlsx").data))["退回"]
    assert sheet.max_row == 4 and "还没有一行可以提交" in page


def test_the_command_line_reads_by_a_profile_saved_on_screen(
    clerk: Browser, engine: Engine, settings: Settings
) -> None:
    mapped(clerk)
    sheet = settings.home / "名册.csv"
    sheet.write_text(STRANGE.replace("H7", "H9"), encoding="utf-8")
    environment = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    asked = ["import", "households", str(sheet), "--json", "--profile"]
    done = CliRunner().invoke(main, [*asked, "名册"], env=environment)
    assert done.exit_code == 0, done.output
    assert '"accepted": 2' in done.stdout or '"accepted":2' in done.stdout
    assert count(engine, Household) == 4
    unknown = CliRunner().invoke(main, [*asked, "没有的方案"], env=environment)
    assert unknown.exit_code == 2 and "没有的方案" in unknown.stderr


def test_blank_cells_above_the_headings_are_no_headings(clerk: Browser) -> None:
    sheet = "红窑镇对象名册,,,\n编的号,当家人,村码,组\nH7,钱七,320826100001,1\n"
    no = number(send(clerk, "households", sheet, "名册.csv"))
    assert (
        'name="header_row" type="text" inputmode="numeric" value="2"'
        in clerk.get(f"/console/imports/{no}/mapping").text
    )
