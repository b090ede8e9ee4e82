"""Templates: one xlsx per kind with the Chinese headers, drop-downs, an example row and notes on every column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.files import EXAMPLE
from portal.intake.headers import COUNTY_HELPER, TOWN_HELPER
from portal.intake.kinds.incomes import ITEMS
from portal.intake.rejects import OPTIONS
from portal.registers.divisions.models import Division

ROWS = 2000
LISTS = "选项"
ONLY_VILLAGES = frozenset({"households", "weak_villages"})
"""Kinds whose place is always a village; others may name a town or a county as well."""
_HINTS = {
    Cell.MONEY: "单位：元，最多两位小数；写“1.2万元”也行",
    Cell.DATE: "年月日，例如 2026-11-02",
    Cell.MONTH: "年月，例如 2026-10",
    Cell.ID: "18 位，先把这一列设为“文本”（模板已设好）",
    Cell.PAYEE_ID: "18 位身份证号，或单位的统一社会信用代码",
    Cell.ACCOUNT: "照卡面填，只有数字和短横线",
    Cell.DIVISION: "12 位统计用区划代码；先在最后两列选县、选镇，再从下拉里选",
    Cell.UNIT: "单位编码，或系统里唯一的单位名称",
    Cell.YES_NO: "是 或 否",
}


@dataclass(frozen=True)
class Place:
    """A village for the drop-downs, with the names of what it lies in."""

    county: str
    town: str
    name: str
    code: str


def write_template(target: Path | IO[bytes], kind: Kind, villages: Sequence[Place] = ()) -> None:
    """Write the template of one kind. `villages` are the drop-downs of its places."""
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


def _cascade(book: Any, sheet: Any, lists: _Lists, kind: Kind, villages: Sequence[Place]) -> None:
    """县 → 镇 → 村: two helper columns at the end narrow the drop-down of every place column; its code is what counts."""
    places = [i for i, c in enumerate(kind.columns) if c.cell is Cell.DIVISION and c.field != "parent_code"]
    if not places or not villages:
        return
    counties, towns = _tree(villages, whole=kind.name not in ONLY_VILLAGES)
    county, town = len(kind.columns), len(kind.columns) + 1
    letters = [xlsxwriter.utility.xl_col_to_name(place) for place in (county, town)]
    for place, title in ((county, COUNTY_HELPER), (town, TOWN_HELPER)):
        sheet.write_string(0, place, title)
        sheet.set_column(place, place, 24)
    first_county, first_town = next(iter(counties)), next(iter(towns))
    source = lists.add("县", list(counties))
    sheet.data_validation(1, county, ROWS, county, {"validate": "list", "source": source})
    for name, values in counties.items():
        book.define_name(f"_c{name[:6]}", lists.add(name, values))
    for name, values in towns.items():
        book.define_name(f"_t{name[:9]}", lists.add(name, values))
    chosen = f'=INDIRECT("_c"&LEFT(IF(${letters[0]}2="","{first_county[:6]}",${letters[0]}2),6))'
    sheet.data_validation(1, town, ROWS, town, {"validate": "list", "source": chosen})
    chosen = f'=INDIRECT("_t"&LEFT(IF(${letters[1]}2="","{first_town[:9]}",${letters[1]}2),9))'
    for place in places:
        sheet.data_validation(
            1, place, ROWS, place, {"validate": "list", "source": chosen, "error_type": "information"}
        )


def _tree(villages: Sequence[Place], *, whole: bool) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Entries of the drop-downs: county → its towns, town → its villages (with `whole` the town itself, and its county)."""
    counties: dict[str, list[str]] = {}
    towns: dict[str, list[str]] = {}
    for place in villages:
        county, town = f"{place.code[:6]} {place.county}", f"{place.code[:9]} {place.town}"
        if town not in towns:
            counties.setdefault(county, []).append(town)
            own = [f"{place.code[:9]}000 {place.town}", f"{place.code[:6]}000000 {place.county}"]
            towns[town] = own if whole else []
        towns[town].append(f"{place.code} {place.name}")
    return counties, towns


def villages_of(session: Session, limit: int = 5000) -> list[Place]:
    """The villages in force with their towns and counties, for the drop-downs."""
    above = dict(session.execute(select(Division.code, Division.name).where(Division.level.in_((3, 4)))).all())
    statement = (
        select(Division.name, Division.code)
        .where(Division.level == 5, Division.valid_to.is_(None))
        .order_by(Division.code)
        .limit(limit)
    )
    return [
        Place(above.get(f"{code[:6]}000000", ""), above.get(f"{code[:9]}000", ""), name, code)
        for name, code in session.execute(statement)
    ]
