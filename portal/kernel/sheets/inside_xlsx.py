"""Inside the jail: workbooks. The archive is measured before any parser sees it; then calamine reads it in one go."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from portal.kernel.money import number_text
from portal.kernel.sheets.archive import inspect, part_of
from portal.kernel.sheets.header import Merge, Row, read_header
from portal.kernel.sheets.inside import (
    BATCH_ROWS,
    Refusal,
    Request,
    TableWriter,
    answer,
    describe,
    is_blank,
    require_header,
    write_rows,
)

_BROKEN = "文件的内部结构坏了"
_SAVE_AGAIN = "用 Excel 或 WPS 打开，另存为新的 .xlsx，再上传"


def read(request: Request) -> dict[str, Any]:
    """Read one sheet of a workbook."""
    errors = inspect(request.file, request.limits)
    try:
        workbook = CalamineWorkbook.from_path(str(request.file))
        sheet = _choose(workbook, request.sheet)
        merges = _merges(sheet)
        width = sheet.end[1] + 1 if sheet.end else 0
        # calamine leaves out empty columns on the left but not empty rows on top.
        left: list[str | None] = [None] * (sheet.start[1] if sheet.start else 0)
        rows: Iterator[Row] = (left + cells(row) for row in sheet.iter_rows())
    except PasswordError:
        raise Refusal("文件设了打开密码", "打开后去掉密码，另存为 .xlsx") from None
    except CalamineError:
        raise Refusal(_BROKEN, _SAVE_AGAIN) from None
    spoiled = errors.get(part_of(request.file, sheet.name), {}) if errors else {}
    if spoiled:
        rows = _with_errors(rows, spoiled)
    return table_of(rows, width, merges, request, (sheet.name, workbook.sheet_names))


def _with_errors(rows: Iterator[Row], errors: Mapping[tuple[int, int], str]) -> Iterator[Row]:
    """Put formula errors (`#DIV/0!`) back into their cells, so that the row is refused and not taken as blank."""
    by_row: dict[int, dict[int, str]] = {}
    for (number, place), shown in errors.items():
        by_row.setdefault(number, {})[place] = shown
    for number, row in enumerate(rows, 1):
        wrong = by_row.get(number)
        yield row if wrong is None else [wrong.get(place, text) for place, text in enumerate(row)]


def table_of(
    rows: Iterator[Row], width: int, merges: Sequence[Merge], request: Request, named: tuple[str, Sequence[str]]
) -> dict[str, Any]:
    """Cut banner and header from the rows of a sheet and write the rest in batches."""
    top = list(itertools.islice(rows, request.header_row + 3))
    if len(top) < request.header_row:
        why = f"工作表“{named[0]}”只有 {len(top)} 行，没有第 {request.header_row} 行的表头"
        raise Refusal(why, "核对是哪个工作表、表头在第几行")
    header = read_header(top, request.header_row, merges, width)
    require_header(header, request.header_row)
    numbered = enumerate(itertools.chain(top[header.last_row :], rows), header.last_row + 1)
    shown = ((number, row) for number, row in numbered if not is_blank(row))
    with TableWriter(request, header.columns) as writer:
        while part := list(itertools.islice(shown, BATCH_ROWS)):
            write_rows(writer, part, width)
    banner = top[: request.header_row - 1]
    return describe(header, writer, banner, sheet_name=named[0], sheet_names=named[1])


def _choose(workbook: CalamineWorkbook, wanted: int | str) -> CalamineSheet:
    names = workbook.sheet_names
    if isinstance(wanted, str) and wanted in names:
        return workbook.get_sheet_by_name(wanted)
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return workbook.get_sheet_by_index(wanted - 1)
    raise unknown_sheet(wanted, names)


def unknown_sheet(wanted: int | str, names: Sequence[str]) -> Refusal:
    """The refusal that lists what there is."""
    called = f"第 {wanted} 个工作表" if isinstance(wanted, int) else f"工作表“{wanted}”"
    return Refusal(f"没有{called}；文件里有：{'、'.join(names[:20])}", "在导入方案里改 sheet")


def _merges(sheet: CalamineSheet) -> list[Merge]:
    ranges = sheet.merged_cell_ranges or []
    return [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges]


def cells(row: Sequence[Any]) -> list[str | None]:
    """A row as the texts that the spreadsheet shows; blank cells are None."""
    return [_text(value) for value in row]


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        if value.is_integer() and -1e15 < value < 1e15:
            return str(int(value))
        return number_text(value) if isfinite(value) else None
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return None if value is None else str(value)


def main() -> None:
    """Entry of the child process."""
    answer(read)
