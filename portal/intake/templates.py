"""Templates: one xlsx per kind with the Chinese headers, drop-downs, an example row and notes on every column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.files import EXAMPLE
from portal.intake.headers import TOWN_HELPER
from portal.intake.kinds.incomes import ITEMS
from portal.intake.rejects import OPTIONS
from portal.registers.divisions.models import Division

ROWS = 2000
LISTS = "选项"
_HINTS = {
    Cell.MONEY: "单位：元，最多两位小数；写“1.2万元”也行",
    Cell.DATE: "年月日，例如 2026-11-02",
    Cell.MONTH: "年月，例如 2026-10",
    Cell.ID: "18 位，先把这一列设为“文本”（模板已设好）",
    Cell.PAYEE_ID: "18 位身份证号，或单位的统一社会信用代码",
    Cell.ACCOUNT: "照卡面填，只有数字和短横线",
    Cell.DIVISION: "12 位统计用区划代码；从下拉里选，或只填前几位",
    Cell.UNIT: "单位编码，或系统里唯一的单位名称",
    Cell.YES_NO: "是 或 否",
}


def write_template(target: Path | IO[bytes], kind: Kind, villages: Sequence[tuple[str, str, str]] = ()) -> None:
    """Write the template of one kind. `villages`: (township, village name, code) for the drop-down of 区划代码."""
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, OPTIONS) as book:
        sheet = book.add_worksheet(kind.title)
        lists = _Lists(book.add_worksheet(LISTS))
        head = book.add_format({"bold": True, "bg_color": "#F1EFE6", "border": 1, "num_format": "@"})
        must = book.add_format({"bold": True, "bg_color": "#FFF3C4", "border": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"num_format": "@", "italic": True, "font_color": "#777777"})
        for place, column in enumerate(kind.columns):
            required = column.required or column.field in kind.key
            sheet.write_string(0, place, column.header, must if required else head)
            sheet.write_comment(0, place, hint_of(column, required), {"x_scale": 1.6})
            sheet.write_string(1, place, example_of(kind, column, first=place == 0), grey)
            sheet.set_column(place, place, max(12, len(column.header) * 2 + 4), text)
            _validate(sheet, lists, place, column)
        _cascade(book, sheet, lists, kind, villages)
        sheet.freeze_panes(1, 0)
        lists.sheet.set_column(0, 40, 16)
        sheet.activate()


def hint_of(column: Column, required: bool) -> str:
    """The note on a column's header."""
    parts = ["必填" if required else "可以空着：空着表示不知道，不改动原来的值；要清掉原来的值填“清空”"]
    parts += [_HINTS[column.cell]] if column.cell in _HINTS else []
    parts += [f"可选：{'、'.join(column.choices)}"] if column.choices else []
    parts += [f"也认：{'、'.join(column.aliases)}"] if column.aliases else []
    return "\n".join(parts)


def example_of(kind: Kind, column: Column, *, first: bool) -> str:
    """A cell of the example row; its first cell begins with 示例, and such a row is never imported."""
    value = column.example or (column.choices[0] if column.choices else "")
    return f"{EXAMPLE}：{value or column.header}（导入时跳过）" if first else value


class _Lists:
    """The hidden-away sheet of drop-down values."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self._next = 0

    def add(self, title: str, values: Sequence[str]) -> str:
        """A list of its own column; returns its range."""
        place, self._next = self._next, self._next + 1
        self.sheet.write_string(0, place, title)
        for row, value in enumerate(values, 1):
            self.sheet.write_string(row, place, value)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        return f"={LISTS}!${letter}$2:${letter}${len(values) + 1}"


def _validate(sheet: Any, lists: _Lists, place: int, column: Column) -> None:
    values: Sequence[str] = column.choices
    if column.cell is Cell.YES_NO:
        values = ("是", "否")
    if column.field == "item":
        values = [item for items in ITEMS.values() for item in items]
    if not values:
        return
    rule = {
        "validate": "list", "source": lists.add(column.header, values), "error_type": "warning",
        "error_title": "不在选项里", "error_message": "请从下拉里选",
    }  # fmt: skip
    sheet.data_validation(1, place, ROWS, place, rule)


def _cascade(book: Any, sheet: Any, lists: _Lists, kind: Kind, villages: Sequence[tuple[str, str, str]]) -> None:
    """镇 → 村: two helper columns at the end choose a village by name; its code is the drop-down's text."""
    place = next(
        (i for i, c in enumerate(kind.columns) if c.cell is Cell.DIVISION and c.reference and c.field != "parent_code"),
        None,
    )
    if place is None or not villages:
        return
    towns: dict[str, list[str]] = {}
    for town, name, code in villages:
        towns.setdefault(town, []).append(f"{code} {name}")
    last = len(kind.columns)
    sheet.write_string(0, last, TOWN_HELPER)
    sheet.set_column(last, last, 16)
    sheet.data_validation(1, last, ROWS, last, {"validate": "list", "source": lists.add("镇", list(towns))})
    for number, (town, names) in enumerate(towns.items()):
        book.define_name(f"_镇{number}", lists.add(town, names))
    letter = xlsxwriter.utility.xl_col_to_name(last)
    town_range = f"MATCH(${letter}2,{LISTS}!{_column_of(lists, len(towns) + 1)},0)-1"
    source = f'=IF(${letter}2="",INDIRECT("_镇0"),INDIRECT("_镇"&({town_range})))'
    sheet.data_validation(1, place, ROWS, place, {"validate": "list", "source": source, "error_type": "information"})


def _column_of(lists: _Lists, back: int) -> str:
    letter = xlsxwriter.utility.xl_col_to_name(lists._next - back)
    return f"${letter}$2:${letter}$1000"


def villages_of(session: Session, limit: int = 5000) -> list[tuple[str, str, str]]:
    """(township, village, code) of the divisions in force, for the drop-downs."""
    towns = dict(session.execute(select(Division.code, Division.name).where(Division.level == 4)).all())
    statement = (
        select(Division.parent_code, Division.name, Division.code)
        .where(Division.level == 5, Division.valid_to.is_(None))
        .order_by(Division.code)
        .limit(limit)
    )
    return [(towns.get(parent or "", parent or ""), name, code) for parent, name, code in session.execute(statement)]
