"""The console's register pages: lists, records, corrections with their difference, downloads, and who sees what."""

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.registers.divisions import queries as divisions
from portal.web.sessions import database, installation
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county, make_parameter, make_unit

HIDDEN_FIELD = re.compile(r'<input[^>]*name="(version|seen_at)"[^>]*value="([^"]*)"')


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def a_county(session: Session) -> None:
    make_county(session)
    make_unit(session)


pytestmark = pytest.mark.begins_with(fill=a_county)


@pytest.fixture
def county(app: Flask) -> Flask:
    return app


@pytest.fixture
def officer(county: Flask) -> Browser:
    return signed_in(county, Role.DEPARTMENT_OFFICER, [COUNTY], username="officer")


def unit_id(app: Flask, code: str = "U-NY") -> int:
    with reading(engine_of(app)) as session:
        return divisions.get_unit(session, code).id


def hidden(browser: Browser, page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN_FIELD.findall(browser.get(page).text)}


def correct(browser: Browser, path: str, typed: dict[str, str], **more: str) -> str:
    """Fill in the form, see the difference, save; returns the page that follows."""
    kept = {**hidden(browser, f"{path}/correct"), **typed, "why": "照文件更正", **more}
    look = browser.post(f"{path}/correct", {**kept, "step": "look"})
    assert look.status_code == 200, look.text
    saved = browser.post(f"{path}/correct", {**kept, "step": "save"})
    assert saved.status_code == 303, saved.text
    return look.text


def test_a_list_is_filtered_by_its_address_and_links_to_the_record(officer: Browser) -> None:
    page = officer.get("/console/divisions?q=gg").text
    assert "高沟镇" in page
    assert "红窑镇</td>" not in page
    assert f'href="/console/divisions/{_division_id(officer, GAOGOU)}"' in page


def _division_id(browser: Browser, code: str) -> int:
    with browser.client.application.app_context():
        found = divisions.list_divisions(database(), [COUNTY])
    return next(int(row["id"]) for row in found if row["code"] == code)


def test_filters_that_cannot_be_read_are_told_and_not_guessed(officer: Browser) -> None:
    answer = officer.get("/console/divisions?level=9&division=%E6%9F%90%E5%9C%B0")
    assert answer.status_code == 422
    assert "筛选里没有这一项" in answer.text
    assert "按名称找不到唯一的区划" in answer.text


def test_a_number_like_an_id_is_not_searched_by_address(officer: Browser) -> None:
    answer = officer.get("/console/divisions?q=320826196503120018")
    assert answer.status_code == 422
    assert "证件号码不在这里查" in answer.text
    assert 'value="320826196503120018"' not in answer.text


def test_a_correction_shows_its_difference_before_anything_is_written(county: Flask, officer: Browser) -> None:
    path = f"/console/units/{unit_id(county)}"
    typed = {"name": "涟水县农业局", "kind": "主管部门", "division_code": COUNTY}
    look = correct(officer, path, typed)
    assert "<del>涟水县农业农村局</del>" in look
    assert "<ins>涟水县农业局</ins>" in look
    assert "现在还没有写入" in look
    page = officer.get(path).text
    assert "涟水县农业局" in page
    assert "照文件更正" in page
    assert "部门工作人员 officer" in page


def test_nothing_is_written_without_a_reason_and_the_input_is_kept(county: Flask, officer: Browser) -> None:
    path = f"/console/units/{unit_id(county)}/correct"
    typed = {"name": "新名称", "kind": "主管部门", "division_code": "没有这个地方", "step": "save"}
    answer = officer.post(path, {**hidden(officer, path), **typed, "why": ""})
    assert answer.status_code == 422
    assert "错误：" in answer.text
    assert 'value="新名称"' in answer.text
    assert "写明原因" in answer.text
    assert "按名称找不到唯一的区划" in answer.text
    with reading(engine_of(county)) as session:
        assert divisions.get_unit(session, "U-NY").name == "涟水县农业农村局"


def test_the_second_editor_sees_what_the_first_one_changed(county: Flask, officer: Browser) -> None:
    path = f"/console/units/{unit_id(county)}"
    second = signed_in(county, Role.DEPARTMENT_OFFICER, [COUNTY])
    opened = hidden(second, f"{path}/correct")
    correct(officer, path, {"name": "甲改的名称", "kind": "主管部门", "division_code": COUNTY})
    mine = {"name": "乙改的名称", "kind": "主管部门", "division_code": COUNTY, "why": "乙的理由"}
    answer = second.post(f"{path}/correct", {**opened, **mine, "step": "save"})
    assert answer.status_code == 409
    assert "刚被别人改过" in answer.text
    assert "<ins>甲改的名称</ins>" in answer.text
    assert 'value="乙改的名称"' in answer.text
    fresh = {name: unescape(value) for name, value in HIDDEN_FIELD.findall(answer.text)}
    assert second.post(f"{path}/correct", {**fresh, **mine, "step": "save"}).status_code == 303


def test_going_back_from_the_difference_keeps_what_was_typed(county: Flask, officer: Browser) -> None:
    path = f"/console/units/{unit_id(county)}/correct"
    typed = {"name": "新名称", "kind": "主管部门", "division_code": COUNTY, "why": "照文件", "step": "back"}
    answer = officer.post(path, {**hidden(officer, path), **typed})
    assert answer.status_code == 200
    assert 'value="新名称"' in answer.text
    assert "看一遍差别" in answer.text


def test_a_new_record_is_added_in_two_steps(county: Flask, officer: Browser) -> None:
    typed = {"code": "U-NEW", "name": "高沟镇人民政府", "kind": "乡镇", "division_code": "高沟镇", "why": "新设"}
    form = officer.get("/console/units/new").text
    assert "登记依据" in form and "看一遍再登记" in form and "为什么这样改" not in form and "差别" not in form
    look = officer.post("/console/units/new", {**typed, "step": "look"})
    assert "登记单位：4 项" in look.text
    saved = officer.post("/console/units/new", {**typed, "step": "save"})
    assert saved.status_code == 303
    page = officer.get(saved.headers["Location"]).text
    assert "涟水县 › 高沟镇" in page
    assert "第一次登记" in page
    again = officer.post("/console/units/new", {**typed, "step": "save"})
    assert again.status_code == 422
    assert "已经登记过" in again.text


def test_a_clerk_of_one_township_neither_sees_nor_changes_another(county: Flask) -> None:
    with writing(engine_of(county)) as session:
        unit = make_unit(session, "U-HY", "红窑镇人民政府", kind="乡镇", division_code=HONGYAO)
        place_id = unit.id
    clerk = signed_in(county, Role.TOWNSHIP_CLERK, [GAOGOU])
    listed = clerk.get("/console/divisions").text
    assert "扎新村" in listed
    assert "沙荡村" not in listed
    for path in (f"/console/units/{place_id}", f"/console/units/{place_id}/correct", "/console/units/999999"):
        assert clerk.get(path).status_code == 404, path
    assert clerk.post(f"/console/units/{place_id}/correct", {"step": "save", "why": "越权"}).status_code == 404
    taken = {"code": "U-X", "name": "越界单位", "kind": "其他", "division_code": HONGYAO, "why": "越权", "step": "save"}
    refused = clerk.post("/console/units/new", taken)
    assert refused.status_code == 422
    assert "管辖范围" in refused.text
    with reading(engine_of(county)) as session:
        assert divisions.find_unit(session, "U-X") is None


def test_who_may_not_write_is_refused(county: Flask) -> None:
    leader = signed_in(county, Role.LEADER, [COUNTY])
    path = f"/console/units/{unit_id(county)}"
    assert leader.get(path).status_code == 200
    assert "更正</a>" not in leader.get(path).text
    assert leader.get(f"{path}/correct").status_code == 403
    assert leader.get("/console/units.csv").status_code == 403
    assert signed_in(county, Role.SYSTEM_ADMIN).get("/console/units").status_code == 403


def test_pages_are_turned_by_key(county: Flask, officer: Browser) -> None:
    with writing(engine_of(county)) as session:
        for number in range(60):
            make_unit(session, f"V-{number:03d}", f"第{number}村民委员会", kind="村居", division_code=VILLAGE)
    first = officer.get("/console/units?kind=%E6%9D%91%E5%B1%85").text
    assert first.count("<tr>") == 51
    more = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert more is not None
    second = officer.get(unescape(more.group(1))).text
    assert "第 2 页" in second
    assert second.count("<tr>") == 11
    assert "V-059" in second


def test_a_list_is_a_constant_number_of_statements(county: Flask, officer: Browser) -> None:
    seen: list[str] = []
    event.listen(engine_of(county), "before_cursor_execute", lambda *sent: seen.append(sent[2]))

    def statements(path: str) -> int:
        seen.clear()
        assert officer.get(path).status_code == 200
        return len(seen)

    few = statements("/console/units")
    with writing(engine_of(county)) as session:
        for number in range(30):
            make_unit(session, f"V-{number:03d}", f"第{number}村民委员会", kind="村居", division_code=VILLAGE)
    assert statements("/console/units") == few


def test_a_download_is_the_list_and_leaves_an_event(county: Flask, officer: Browser) -> None:
    csv = officer.get("/console/units.csv?q=U-NY")
    assert csv.status_code == 200
    assert csv.data.startswith(b"\xef\xbb\xbf")
    assert "U-NY,涟水县农业农村局,主管部门,320826000000,涟水县" in csv.text
    book = load_workbook(BytesIO(officer.get("/console/units.xlsx").data))
    assert [c.value for c in book.active[1]][:2] == ["单位编码", "单位名称"]  # type: ignore[index,union-attr]  # openpyxl's stubs
    name = csv.headers["Content-Disposition"]
    number = re.search(r"units-([0-9A-F]{12})", name)
    assert number is not None
    with county.app_context():
        assert installation() is not None


def test_a_parameter_without_a_basis_is_refused_and_a_withdrawn_one_stays_readable(
    county: Flask, officer: Browser
) -> None:
    typed = {
        "name": "visit_days",
        "division_code": COUNTY,
        "valid_from": "2026年1月1日",
        "value": "20",
        "why": "县里规定",
    }
    refused = officer.post("/console/parameters/new", {**typed, "basis": "", "step": "save"})
    assert refused.status_code == 422
    saved = officer.post("/console/parameters/new", {**typed, "basis": "涟扶发〔2026〕1号", "step": "save"})
    second = signed_in(county, Role.LEADER, [COUNTY])
    path = approved(officer, second, saved)
    assert "走访周期 visit_days" in officer.get(path).text
    assert officer.post(f"{path}/withdraw", {"why": ""}).status_code == 422
    gone = officer.post(f"{path}/withdraw", {"why": "录错"})
    assert "等另一个人复核的改动" in officer.get(path).text and "这条记录已经撤销" not in officer.get(path).text
    assert approved(officer, second, gone) == path
    assert "这条记录已经撤销" in officer.get(path).text
    assert "录错" in officer.get(path).text
    assert officer.get(f"{path}/correct").status_code == 404
    assert officer.post(f"{path}/withdraw", {"why": "再撤一次"}).status_code == 404
    assert "visit_days" not in officer.get("/console/parameters").text


def approved(officer: Browser, second: Browser, answer: TestResponse) -> str:
    """What the officer proposed is refused to him, shown to all as waiting, and let through by a second account."""
    waiting = answer.headers["Location"]
    assert waiting.startswith("/console/parameter-changes/CS-")
    said = {"verdict": "approve", "why": "对过文件"}
    alone = officer.post(waiting, said, page=waiting)
    assert alone.status_code == 422 and "改参数要两个人" in alone.text
    assert waiting in second.get("/console/parameter-changes").text
    assert second.post(waiting, {"verdict": "approve", "why": ""}, page=waiting).status_code == 422
    assert second.post(waiting, said, page=waiting).status_code == 303
    assert second.post(waiting, said, page=waiting).status_code == 422
    page = second.get(waiting).text
    assert "已生效" in page and waiting not in second.get("/console/parameter-changes").text
    return re.search(r'href="(/console/parameters/\d+)"', page)[1]  # type: ignore[index]  # it is there


def test_a_correction_of_a_parameter_is_shown_field_by_field_and_holds_only_when_approved(
    county: Flask, officer: Browser
) -> None:
    with writing(engine_of(county)) as session:
        row = make_parameter(session, "poverty_line", "7200", COUNTY, valid_from=date(2026, 1, 1)).id
    path = f"/console/parameters/{row}"
    typed = {"value": "1", "basis": "口头通知", "why": "调低", "step": "save"}
    waiting = officer.post(f"{path}/correct", typed, page=f"{path}/correct").headers["Location"]
    page = signed_in(county, Role.TOWNSHIP_CLERK, [COUNTY]).get(waiting).text
    assert "<del>7200</del>" in page and "<ins>1</ins>" in page and "复核通过" not in page
    assert "7200" in officer.get(path).text and waiting in officer.get(path).text
    stranger = signed_in(county, Role.LEADER, ["320830000000"])
    assert stranger.get(waiting).status_code == 404
    assert stranger.post(waiting, {"verdict": "approve", "why": "同意"}).status_code == 404
    second = signed_in(county, Role.LEADER, [COUNTY])
    returned = {"verdict": "return", "why": "没有文件"}
    assert second.post(waiting, returned, page=waiting).status_code == 303
    assert "没有文件" in officer.get(waiting).text and "<ins>1</ins>" not in officer.get(path).text


def test_the_calendar_takes_a_day(officer: Browser) -> None:
    typed = {"day": "2027-02-07", "is_working": "是", "basis": "国办发明电", "why": "春节调休", "step": "save"}
    path = officer.post("/console/calendar/new", typed).headers["Location"]
    assert "2027-02-07" in officer.get("/console/calendar?year=2027").text
    assert correct(officer, path, {"is_working": "否", "basis": "国办发明电"})
    assert "<ins>否</ins>" in officer.get(path).text


def test_what_holds_here_is_shown_with_its_place(county: Flask) -> None:
    with writing(engine_of(county)) as session:
        make_parameter(session, "poverty_line", "7200", COUNTY, valid_from=date(2026, 1, 1))
    clerk = signed_in(county, Role.TOWNSHIP_CLERK, [GAOGOU])
    page = clerk.get("/console/parameters?on=2026-11-20").text
    assert "年人均收入线" in page
    assert "7200" in page
    assert "登记参数" not in page


def test_the_home_of_the_console_says_where_one_is(officer: Browser) -> None:
    page = officer.get("/console/").text
    assert "涟水县" in page
    assert 'href="/console/households"' in page


def test_the_english_console_has_the_same_addresses(officer: Browser) -> None:
    page = officer.get("/en/console/units").text
    assert 'lang="en"' in page
    assert 'href="/en/console/units/new"' in page
