"""Writing: what goes out opens as it should, runs nothing, and comes back in as it was."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.cells import CellKind, CellRule, read_cell
from portal.kernel.characters import escape, tidy, unescape
from portal.kernel.errors import CellProblem
from portal.kernel.sheets.header import REASON_COLUMN
from portal.kernel.sheets.reading import read_table
from portal.kernel.sheets.rejects import write_rejects
from portal.kernel.sheets.writing import (
    EXAMPLE_MARK,
    CellFormat,
    OutColumn,
    stream_csv,
    stream_workbook,
    write_workbook,
)
from tests.kernel.sheets.test_reading import everything, workbook

COLUMNS = (
    OutColumn("姓名"),
    OutColumn("银行账号", width=24, note="照存折填写"),
    OutColumn("金额", CellFormat.MONEY),
    OutColumn("日期", CellFormat.DATE),
    OutColumn("户数", CellFormat.INTEGER),
    OutColumn("进度", CellFormat.PERCENT),
)
ROW = ("张三", "6228480402564890018", 123_450, date(2026, 5, 1), 12, 6750)
DANGEROUS = ["=1+1", "+1", "-张", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1+1", " =1", "'=1", '=HYPERLINK("x")']


def test_a_workbook_has_a_frozen_header_filters_and_typed_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, COLUMNS, [ROW], banner=["来源：演示"]) == 1
    sheet = openpyxl.load_workbook(path)["数据"]
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:F3"
    assert [cell.value for cell in sheet[3]] == ["张三", "6228480402564890018", 1234.5, datetime(2026, 5, 1), 12, 67.5]
    assert sheet["B3"].number_format == "@" and sheet["C3"].number_format == "#,##0.00"
    assert sheet.column_dimensions["B"].width == pytest.approx(24, abs=1)
    comment = sheet["B2"].comment
    assert comment is not None and "存折" in comment.text


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_runs_as_a_formula(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, [OutColumn("姓名")], [(text,)])
    cell = openpyxl.load_workbook(path)["数据"]["A2"]
    assert cell.data_type == "s"
    line = b"".join(stream_csv([OutColumn("姓名")], [(text,)])).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")


@pytest.mark.parametrize("text", DANGEROUS)
def test_dangerous_texts_come_back_as_they_went_out(tmp_path: Path, text: str) -> None:
    wanted = tidy(unescape(escape(text)))
    rule = CellRule(CellKind.TEXT)
    (tmp_path / "a.csv").write_bytes(b"".join(stream_csv([OutColumn("姓名"), OutColumn("号")], [(text, "1")])))
    with read_table(tmp_path / "a.csv") as table:
        assert read_cell(everything(table)[0][1][0], rule).value == wanted
    write_workbook(tmp_path / "a.xlsx", [OutColumn("姓名")], [(text,)])
    with read_table(tmp_path / "a.xlsx") as table:
        assert read_cell(everything(table)[0][1][0], rule).value in (wanted, read_cell(text, rule).value)


@given(st.text(max_size=12))
def test_escaping_is_taken_back_exactly_and_leaves_nothing_runnable(text: str) -> None:
    assert unescape(escape(text)) == text or not text.strip("\0\t\r ")
    assert not escape(text).lstrip(" \t\r\0").startswith(("=", "+", "-", "@"))


def test_csv_has_a_bom_and_exact_amounts() -> None:
    content = b"".join(stream_csv(COLUMNS, [ROW, ("李四", None, -500, None, -3, 0)]))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1] == ["张三", "6228480402564890018", "1234.50", "2026-05-01", "12", "67.50"]
    assert rows[2] == ["李四", "", "-5.00", "", "-3", "0.00"]


def test_downloads_stream_in_pieces(tmp_path: Path) -> None:
    rows = (("名", "1", number, None, number, None) for number in range(20_000))
    pieces = list(stream_csv(COLUMNS, rows))
    assert len(pieces) > 3
    content = b"".join(stream_workbook(COLUMNS, [ROW], sheet_name="下载"))
    (tmp_path / "a.xlsx").write_bytes(content)
    with read_table(tmp_path / "a.xlsx") as table:
        assert everything(table) == [(2, ["张三", "6228480402564890018", "1234.5", "2026-05-01", "12", "67.5"])]


def test_templates_offer_lists_and_an_example(tmp_path: Path) -> None:
    villages = tuple(f"第{number}村村民委员会" for number in range(100))
    columns = [OutColumn("健康状况", choices=("健康", "残疾")), OutColumn("村", choices=villages)]
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, columns, [], example=["健康", villages[0]]) == 0
    book = openpyxl.load_workbook(path)
    sources = [rule.formula1 for rule in book["数据"].data_validations.dataValidation]
    assert sources == ['"健康,残疾"', "选项!$B$1:$B$100"]
    assert book["选项"].sheet_state == "hidden" and book["选项"]["B100"].value == villages[99]
    assert book["数据"]["A2"].value == EXAMPLE_MARK + "健康"


def test_amounts_too_large_for_a_spreadsheet_go_out_as_exact_text(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", [OutColumn("金额", CellFormat.MONEY)], [(10**16 + 1,)])
    with read_table(tmp_path / "a.xlsx") as table:
        assert read_cell(everything(table)[0][1][0], CellRule(CellKind.MONEY)).value == 10**16 + 1


def test_moments_are_written_in_chinas_time(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", [OutColumn("时间")], [(datetime(2026, 1, 1, 16, tzinfo=UTC),)])
    with read_table(tmp_path / "a.xlsx") as table:
        assert everything(table)[0][1] == ["2026-01-02 00:00:00"]


def test_rejected_rows_are_the_users_own_sheet_coloured_and_it_comes_back_clean(tmp_path: Path) -> None:
    rows = [
        ["汇总表"],
        ["姓名", "证件号码", "金额"],
        ["张三", "3.2E+17", 5],
        ["李四", "好", "1.2万元"],
        ["王五", None, "不详"],
    ]
    path = workbook(tmp_path / "a.xlsx", rows)
    problems = {
        3: [CellProblem(3, "证件号码", "3.2E+17", "末尾几位丢了", "重新填写")],
        5: [CellProblem(5, "金额", "不详", "没有数字", "填数字"), CellProblem(5, "证件号码", "", "没有填", "填上")],
    }
    with read_table(path, header_row=2) as table:
        assert write_rejects(tmp_path / "r.xlsx", table, problems, header_row=2) == 2
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    assert sheet["D2"].value == REASON_COLUMN
    assert "末尾几位丢了" in str(sheet["D3"].value) and "原第 3 行" in str(sheet["D3"].value)
    assert sheet["B3"].fill.fgColor.rgb == "FFFFC7CE" and sheet["A3"].fill.fgColor.rgb == "00000000"
    with read_table(tmp_path / "r.xlsx", header_row=2) as again:
        assert again.names == ["姓名", "证件号码", "金额"]
        assert everything(again) == [(3, ["张三", "3.2E+17", "5"]), (4, ["王五", None, "不详"])]
        assert again.banner[0][0] == "汇总表"
