"""Reading: what real workbooks and text tables look like, and that row numbers are the sheet's own."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from portal.kernel.sheets.file_errors import FileRefused
from portal.kernel.sheets.header import header_name, letter_of
from portal.kernel.sheets.reading import Table, file_digest, read_table


def workbook(path: Path, rows: list[list[Any]], merges: tuple[str, ...] = (), title: str = "数据") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for line, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(line, place, value)
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def everything(table: Table) -> list[tuple[int, list[str | None]]]:
    found = []
    for batch in table.batches():
        for index, row in enumerate(batch.rows):
            found.append((row, [column[index] for column in batch.columns]))
    return found


def test_a_workbook_gives_the_texts_that_it_shows(tmp_path: Path) -> None:
    day, moment = datetime.date(2020, 9, 2), datetime.datetime(2020, 9, 2, 8, 30)
    row = ["张三", 1234.5, 0.1 + 0.2, 320826103205, 3.2082619700101e17, day, moment, True, None, " 空 格 "]
    path = workbook(tmp_path / "a.xlsx", [[f"列{n}" for n in range(len(row))], row])
    with read_table(path) as table:
        assert table.sheet_name == "数据"
        assert everything(table) == [
            (2, ["张三", "1234.5", "0.3", "320826103205", "3.2082619700101e+17", "2020-09-02", "2020-09-02 08:30:00", "是",
                 None, " 空 格 "]),
        ]  # fmt: skip


def test_banner_rows_an_empty_first_column_and_a_grouped_header_are_understood(tmp_path: Path) -> None:
    rows = [
        [None, "2020年项目一览表"],
        [],
        [None, "单位：万元"],
        [None, "项目", None, "资金", None, None, "备注"],
        [None, "编码", "名称", "预算", "支出", "备注", None],
        [None, "P1", "灌溉", 12.5, 3, "甲", "乙"],
        [],
        [None, "P2", "道路", None, 4, None, None],
        [None, " ", None, None, None, None, None],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, ("B4:C4", "D4:F4", "G4:G5"))
    for header_row in (4, 5):
        with read_table(path, header_row=header_row) as table:
            assert table.names == ["编码", "名称", "预算", "支出", "资金_备注", "备注"]
            assert [column.letter for column in table.columns] == ["B", "C", "D", "E", "F", "G"]
            assert everything(table) == [
                (6, ["P1", "灌溉", "12.5", "3", "甲", "乙"]),
                (8, ["P2", "道路", None, "4", None, None]),
            ]
            assert table.banner[0][1] == "2020年项目一览表"
            assert table.first_data_row == 6


def test_headers_are_tidied_and_repeats_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["户 编 号*", "金额（元）", "备注", "备注", None], ["1", 2, 3, 4, 5]])
    with read_table(path) as table:
        assert table.names == ["户编号", "金额（元）", "备注", "备注_2", "列E"]
    assert header_name(" Ｎｏ． 1\n") == "No．1"
    assert [letter_of(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_formulas_error_is_told_and_never_taken_as_blank(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("二")
    for row in (["名称", "金额"], ["甲", None], ["乙", 3]):
        sheet.append(row)
    sheet["B2"].value = "#DIV/0!"
    sheet["B2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    with read_table(tmp_path / "a.xlsx", sheet="二") as table:
        assert everything(table) == [(2, ["甲", "#DIV/0!"]), (3, ["乙", "3"])]


def test_a_sheet_is_chosen_by_number_or_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("第二张").append(["名称"])
    book["第二张"].append(["二"])
    book.save(tmp_path / "a.xlsx")
    for sheet in (2, "第二张"):
        with read_table(tmp_path / "a.xlsx", sheet=sheet) as table:
            assert everything(table) == [(2, ["二"])]
            assert table.sheet_names == ("Sheet", "第二张")
    with pytest.raises(FileRefused, match="第二张"):
        read_table(tmp_path / "a.xlsx", sheet="第三张")


CSV = "户编号,姓名,金额\n001,张三,12.50\n002,李四,\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CSV.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + CSV.encode(), "utf-8-sig"),
        (CSV.encode("gb18030"), "gb18030"),
        (CSV.encode("utf-16"), "utf-16"),
        (CSV.replace("\n", "\r\n").encode(), "utf-8"),
        (CSV.replace("\n", "\r").encode(), "utf-8"),
        (CSV.replace("\n", "\r\n", 1).encode(), "utf-8"),
        (CSV.replace(",", "\t").encode(), "utf-8"),
        (CSV.replace(",", ";").encode(), "utf-8"),
        (CSV.encode() + b"\n\r\n,,\n", "utf-8"),
        (CSV.encode().rstrip(b"\n"), "utf-8"),
        (CSV.replace("张三", '"张三"').encode(), "utf-8"),
    ],
)
def test_text_tables_are_read_in_every_usual_dress(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with read_table(path) as table:
        assert table.names == ["户编号", "姓名", "金额"]
        assert everything(table) == [(2, ["001", "张三", "12.50"]), (3, ["002", "李四", None])]
        assert table.encoding == encoding


def test_latin_1_is_read_only_when_the_profile_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Año,Peñón\n1,ñ\n".encode("latin-1"))
    with pytest.raises(FileRefused, match="编码"):
        read_table(path)
    with read_table(path, encoding="latin-1") as table:
        assert table.names == ["Año", "Peñón"]


def test_blank_lines_ragged_rows_and_quoted_line_ends_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('表头说明\n甲,乙\n\n1,2,多出来的\n"两\n行",3\n4\n', newline="")
    with read_table(path, header_row=2) as table:
        assert table.names == ["甲", "乙", "列C"]
        assert table.banner == [["表头说明"]]
        assert everything(table) == [(4, ["1", "2", "多出来的"]), (5, ["两\n行", "3", None]), (6, ["4", None, None])]


def test_many_rows_come_in_batches_with_right_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("序号,值\n" + "".join(f"{n},{'字' * 20}\n" for n in range(200_000)))
    with read_table(path) as table:
        assert table.n_rows == 200_000
        batches = list(table.batches())
    assert len(batches) > 1
    assert all(
        int(cell or 0) == row - 2 for batch in batches for row, cell in zip(batch.rows, batch.columns[0], strict=True)
    )


def test_parquet_becomes_the_same_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "户编号": ["001", ""],
            "序号": pa.array([1, None], pa.int64()),
            "金额": pa.array([Decimal("12.50"), None], pa.decimal128(12, 2)),
            "比例": [0.30000000000000004, float("nan")],
            "日期": pa.array([datetime.date(2020, 9, 2), None]),
            "备案": [True, None],
            "类别": pa.array(["低保", None]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    with read_table(tmp_path / "a.parquet") as read:
        assert everything(read)[0] == (2, ["001", "1", "12.50", "0.3", "2020-09-02", "是", "低保"])
        assert everything(read)[1] == (3, [None, None, None, None, None, None, None])


def test_the_content_decides_and_not_the_name_of_the_file(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.csv", [["名称"], ["一"]])
    with read_table(path) as table:
        assert everything(table) == [(2, ["一"])]
    (tmp_path / "b.xlsx").write_text("名称\n一\n")
    with read_table(tmp_path / "b.xlsx") as table:
        assert everything(table) == [(2, ["一"])]


def test_closing_removes_the_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with read_table(path, scratch=scratch):
        assert list(scratch.iterdir())
    assert not list(scratch.iterdir())
    assert len(file_digest(path)) == 64
