"""Inside the jail: workbooks. The archive is measured before any parser sees it; then calamine reads it in one go."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from portal.kernel.money import number_text
from portal.kernel.sheets.archive import inspect
from portal.kernel.sheets.header import Merge, Row, read_header
from portal.kernel.sheets.inside import (
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
    inspect(request.file, request.limits)
    try:
        workbook = CalamineWorkbook.from_path(str(request.file))
        sheet = _choose(workbook, request.sheet)
        rows = sheet.to_python(skip_empty_area=False)
        merges = _merges(sheet)
    except PasswordError:
        raise Refusal("文件设了打开密码", "打开后去掉密码，另存为 .xlsx") from None
    except CalamineError:
        raise Refusal(_BROKEN, _SAVE_AGAIN) from None
    return table_of([cells(row) for row in rows], merges, request, sheet.name, workbook.sheet_names)


def table_of(
    rows: Sequence[Row], merges: Sequence[Merge], request: Request, name: str, names: Sequence[str]
) -> dict[str, Any]:
    """Cut header and banner from the rows of a sheet and write the rest."""
    if len(rows) < request.header_row:
        why = f"工作表“{name}”只有 {len(rows)} 行，没有第 {request.header_row} 行的表头"
        raise Refusal(why, "核对是哪个工作表、表头在第几行")
    width = max(map(len, rows))
    header = read_header(rows[: request.header_row + 3], request.header_row, merges, width)
    require_header(header, request.header_row)
    numbered = [(number, row) for number, row in enumerate(rows, 1) if number > header.last_row and not is_blank(row)]
    with TableWriter(request, header.columns) as writer:
        write_rows(writer, numbered, width)
    banner = rows[: request.header_row - 1]
    return describe(header, writer, banner, sheet_name=name, sheet_names=names)


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
        return number_text(value) if value == value and abs(value) != float("inf") else None
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return None if value is None else str(value)


def main() -> None:
    """Entry of the child process."""
    answer(read)
