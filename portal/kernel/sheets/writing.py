"""Spreadsheets out: frozen header, filters, text-typed numbers, drop-downs, and no cell that runs as a formula.

Everything streams: rows may come from a query, and no more than one row is held in memory.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from portal.kernel.characters import escape
from portal.kernel.clock import CHINA
from portal.kernel.errors import BadInput
from portal.kernel.money import format_yuan

MAX_ROWS: Final = 1_048_575
_MAX_CELL: Final = 32_767
_CHUNK: Final = 64 * 1024
_INLINE_CHOICES: Final = 250
_CHOICES_SHEET: Final = "选项"
_VALIDATED_ROWS: Final = 20_000
#: The first cell of a template's example row begins so; a reader of templates skips rows that do.
EXAMPLE_MARK: Final = "示例："
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": True,
    "default_date_format": "yyyy-mm-dd",
}
_CONTROLS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


class CellFormat(StrEnum):
    """How the cells of a column are typed."""

    TEXT = "text"
    MONEY = "money"  # values are fen
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"  # values are per cent × 100


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of a sheet that goes out. IDs, accounts, phones and codes are TEXT: numbers would lose digits."""

    name: str
    format: CellFormat = CellFormat.TEXT
    width: int = 0
    choices: tuple[str, ...] = ()
    note: str = ""


_NUMBER_FORMATS: Final = {
    CellFormat.TEXT: "@",
    CellFormat.MONEY: "#,##0.00",
    CellFormat.INTEGER: "0",
    CellFormat.NUMBER: "General",
    CellFormat.DATE: "yyyy-mm-dd",
    CellFormat.PERCENT: "0.##",
}


def write_workbook(
    target: Path | IO[bytes],
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence[Any]],
    *,
    sheet_name: str = "数据",
    banner: Sequence[str] = (),
    example: Sequence[Any] | None = None,
) -> int:
    """Write one sheet and return how many rows went in. `banner` lines (source, date, watermark) stand above the header.

    Raises BadInput beyond the 1,048,575 rows that a sheet holds.
    """
    with _workbook(target) as book:
        sheet = book.add_worksheet(sheet_name[:31])
        formats = [book.add_format({"num_format": _NUMBER_FORMATS[column.format]}) for column in columns]
        for line, text in enumerate(banner):
            sheet.write_string(line, 0, _clean(text))
        top = len(banner)
        write_header(book, sheet, columns, formats, top)
        place_choices(book, sheet, columns, top + 1)
        line = top
        if example is not None:
            line += 1
            _write_example(book, sheet, line, example)
        for row in rows:
            line += 1
            if line > MAX_ROWS:
                raise BadInput(
                    "表格超过了一张工作表能放的行数", why=f"最多 {MAX_ROWS} 行", fix="改下 CSV，或缩小筛选范围"
                )
            for place, value in enumerate(row):
                write_cell(sheet, line, place, value, columns[place].format, formats[place])
        sheet.autofilter(top, 0, max(line, top), max(len(columns) - 1, 0))
    return line - top - (example is not None)


@contextmanager
def _workbook(target: Path | IO[bytes]) -> Iterator[Workbook]:
    book = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, _OPTIONS)
    # A fixed date keeps the same content the same bytes.
    book.set_properties({"created": datetime(2000, 1, 1)})
    try:
        yield book
    finally:
        book.close()


def write_header(
    book: Workbook, sheet: Worksheet, columns: Sequence[OutColumn], formats: Sequence[Any], line: int
) -> None:
    """Header cells, widths, column types and the frozen pane at one line (0-based)."""
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "vcenter"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width or _width(column), formats[place])
        sheet.write_string(line, place, _clean(column.name), head)
        if column.note:
            sheet.write_comment(line, place, column.note, {"x_scale": 2})
    sheet.freeze_panes(line + 1, 0)


def _width(column: OutColumn) -> int:
    by_format = {CellFormat.MONEY: 16, CellFormat.DATE: 12, CellFormat.INTEGER: 10}
    return max(by_format.get(column.format, 14), min(40, 2 * len(column.name) + 4))


def place_choices(book: Workbook, sheet: Worksheet, columns: Sequence[OutColumn], first_line: int) -> None:
    """Drop-down lists; a long one lies on a hidden sheet, because a list inside a rule holds 255 characters."""
    long_lists = [place for place, column in enumerate(columns) if len(",".join(column.choices)) > _INLINE_CHOICES]
    hidden = book.add_worksheet(_CHOICES_SHEET) if long_lists else None
    for place, column in enumerate(columns):
        if not column.choices:
            continue
        source: list[str] | str = list(column.choices)
        if hidden is not None and place in long_lists:
            letter = xlsxwriter.utility.xl_col_to_name(place)
            source = f"={_CHOICES_SHEET}!${letter}$1:${letter}${len(column.choices)}"
        rule = {"validate": "list", "source": source, "error_type": "warning", "error_title": "不在选项里"}
        sheet.data_validation(
            first_line, place, first_line + _VALIDATED_ROWS, place, rule | {"error_message": "请从列表里选"}
        )
    if hidden is not None:
        _fill_choices(hidden, columns, long_lists)


def _fill_choices(hidden: Worksheet, columns: Sequence[OutColumn], places: Sequence[int]) -> None:
    for line in range(max(len(columns[place].choices) for place in places)):
        for place in places:
            if line < len(columns[place].choices):
                hidden.write_string(line, place, columns[place].choices[line])
    hidden.hide()


def _write_example(book: Workbook, sheet: Worksheet, line: int, example: Sequence[Any]) -> None:
    grey = book.add_format({"italic": True, "font_color": "#7A7A7A", "num_format": "@"})
    for place, value in enumerate(example):
        text = _clean("" if value is None else str(value))
        sheet.write_string(line, place, EXAMPLE_MARK + text if place == 0 else text, grey)


def write_cell(sheet: Worksheet, line: int, place: int, value: Any, kind: CellFormat, cell_format: Any) -> None:
    """One typed cell. Text is always written as text, whatever it begins with."""
    if value is None or value == "":
        return
    if kind is CellFormat.MONEY and isinstance(value, int):
        # A double holds 15 digits: an amount with more goes out as text rather than wrong.
        if abs(value) < 10**15:
            sheet.write_number(line, place, float(Decimal(value).scaleb(-2)), cell_format)
            return
        value = format_yuan(value)
    elif kind is CellFormat.PERCENT and isinstance(value, int):
        sheet.write_number(line, place, float(Decimal(value).scaleb(-2)), cell_format)
        return
    elif kind in (CellFormat.INTEGER, CellFormat.NUMBER) and isinstance(value, int | float | Decimal):
        if not isinstance(value, bool) and -(10**15) < value < 10**15:
            sheet.write_number(line, place, value, cell_format)
            return
    elif kind is CellFormat.DATE and isinstance(value, date):
        sheet.write_datetime(line, place, value, cell_format)
        return
    sheet.write_string(line, place, _clean(shown(value)), cell_format)


def shown(value: Any) -> str:
    """A value as its text: dates in ISO form, moments in China's time, truth as 是/否."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return (value.astimezone(CHINA) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _clean(text: str) -> str:
    return text.translate(_CONTROLS)[:_MAX_CELL]


def stream_workbook(columns: Sequence[OutColumn], rows: Iterable[Sequence[Any]], **options: Any) -> Iterator[bytes]:
    """The same workbook in pieces for a download; it is built on disk, never in memory."""
    with tempfile.TemporaryFile() as file:
        write_workbook(file, columns, rows, **options)
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece


def stream_csv(columns: Sequence[OutColumn], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """CSV in pieces: UTF-8 with BOM (Excel needs it), amounts in yuan, no text that runs as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([escape(_clean(column.name)) for column in columns])
    kinds = [column.format for column in columns]
    for row in rows:
        writer.writerow([csv_cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def csv_cell(value: Any, kind: CellFormat) -> str:
    """One CSV cell. Only real numbers may begin with a minus sign unescaped."""
    if value is None:
        return ""
    if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
        if kind is CellFormat.MONEY:
            return format_yuan(int(value)).replace(",", "")
        return f"{Decimal(value).scaleb(-2):f}" if kind is CellFormat.PERCENT else str(value)
    return escape(_clean(shown(value)))


def choices_of(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The distinct canonical values of a choice rule, in order, for a drop-down."""
    return tuple(dict.fromkeys(mapping.values()))
