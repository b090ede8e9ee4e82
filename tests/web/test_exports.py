from datetime import date
from io import BytesIO

import orjson
import pytest
from openpyxl import load_workbook

from portal.web.exports import Column, download, yuan_text

COLUMNS = [Column("code", "编号"), Column("name", "名称"), Column("fen", "金额", "fen"), Column("on", "日期", "date")]
ROWS = [
    {"code": "3208260000001234567", "name": "=1+1", "fen": 312_400_001, "on": date(2026, 11, 20)},
    {"code": "A-2", "name": "柳荫村,“冷链”", "fen": -5, "on": None},
]


def test_csv_opens_in_excel_and_runs_nothing() -> None:
    response = download(iter(ROWS), COLUMNS, "funds-2026", "csv")
    body = response.get_data()
    assert body.startswith(b"\xef\xbb\xbf")
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[0] == "编号,名称,金额（元）,日期"
    assert lines[1] == "3208260000001234567,'=1+1,3124000.01,2026-11-20"
    assert lines[2] == 'A-2,"柳荫村,“冷链”",-0.05,'
    assert "funds-2026.csv" in response.headers["Content-Disposition"]


def test_json_names_codes_and_labels_and_keeps_fen() -> None:
    whole = orjson.loads(download(iter(ROWS), COLUMNS, "x", "json", year=2026).get_data())
    assert whole["year"] == 2026
    assert whole["columns"][2] == {"code": "fen", "label": "金额", "kind": "fen"}
    assert whole["rows"][0]["fen"] == 312_400_001
    assert whole["rows"][1]["on"] is None


@pytest.mark.parametrize("count", [0, 1, 500, 501, 1000])
def test_streamed_json_is_whole_at_every_chunk_border(count: int) -> None:
    whole = orjson.loads(download(({"code": i} for i in range(count)), COLUMNS, "x", "json").get_data())
    assert [row["code"] for row in whole["rows"]] == list(range(count))


def test_xlsx_keeps_ids_as_text_money_as_number_and_formulas_as_text() -> None:
    sheet = load_workbook(BytesIO(download(iter(ROWS), COLUMNS, "x", "xlsx").get_data())).active
    assert [cell.value for cell in sheet[1]] == ["编号", "名称", "金额（元）", "日期"]
    assert sheet["A2"].value == "3208260000001234567"
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert sheet["C2"].value == 3124000.01
    assert sheet.freeze_panes == "B2"


def test_yuan_are_exact() -> None:
    assert [yuan_text(fen) for fen in (0, 5, -5, 12345678901234567)] == ["0.00", "0.05", "-0.05", "123456789012345.67"]
