"""Templates: 县 → 镇 → 村 by drop-downs that depend on each other, enumerations, text columns, frozen header."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from portal.intake.declaration import Cell
from portal.intake.kinds import KINDS
from portal.intake.templates import EXAMPLE, Place, write_template

PLACES = [
    Place("涟水县", "红窑镇", "甲村", "320826100001"),
    Place("涟水县", "红窑镇", "乙村", "320826100002"),
    Place("涟水县", "高沟镇", "丙村", "320826101001"),
    Place("淮阴区", "红窑镇", "丁村", "320804100001"),
]


def book_of(kind: str) -> Workbook:
    made = BytesIO()
    write_template(made, KINDS[kind], PLACES)
    return load_workbook(made)


def entries(book: Workbook, name: str) -> list[str]:
    sheet, cells = next(iter(book.defined_names[name].destinations))
    return [cell.value for (cell,) in book[sheet][cells]]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_template_is_ready_to_fill(kind: str) -> None:
    book = book_of(kind)
    sheet, declared = book.worksheets[0], KINDS[kind]
    assert sheet.freeze_panes == "A2" and str(sheet["A2"].value).startswith(EXAMPLE)
    ruled = {str(rule.sqref).split(":")[0][:-1]: str(rule.formula1) for rule in sheet.data_validations.dataValidation}
    for place, column in enumerate(declared.columns, 1):
        letter = sheet.cell(1, place).column_letter
        assert sheet.cell(2, place).number_format == "@"
        if column.choices or column.cell is Cell.YES_NO:
            found = re.fullmatch(r"选项!(\$[A-Z]+\$2:\$[A-Z]+\$[0-9]+)", ruled[letter])
            assert found, (kind, column.header)
            values = [cell.value for (cell,) in book["选项"][found[1].replace("$", "")]]
            assert None not in values and set(column.choices) <= set(values)
        if column.cell is Cell.DIVISION and column.field != "parent_code":
            assert ruled[letter].startswith('INDIRECT("_t"&LEFT('), (kind, column.header)


def test_each_town_has_its_own_villages_and_each_county_its_towns() -> None:
    book = book_of("households")
    assert entries(book, "_c320826") == ["320826100 红窑镇", "320826101 高沟镇"]
    assert entries(book, "_c320804") == ["320804100 红窑镇"]
    assert entries(book, "_t320826100") == ["320826100001 甲村", "320826100002 乙村"]
    assert entries(book, "_t320804100") == ["320804100001 丁村"]


def test_where_a_place_need_not_be_a_village_the_town_and_the_county_are_offered() -> None:
    assert entries(book_of("units"), "_t320826101") == [
        "320826101000 高沟镇",
        "320826000000 涟水县",
        "320826101001 丙村",
    ]
