"""下载错误表: the user's own sheet with only the refused rows, bad cells coloured, the reason in a last column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from portal.intake.headers import REASON, folded
from portal.kernel.errors import CellProblem

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}


def write_rejects(
    target: Path | IO[bytes],
    columns: Sequence[str],
    banner: Sequence[Sequence[str | None]],
    header_row: int,
    rows: Iterable[tuple[int, Sequence[str | None]]],
    errors: Sequence[CellProblem],
) -> int:
    """Write the workbook; every cell is text, so that nothing is run and no number loses its digits. Returns the rows."""
    by_row: dict[int, list[CellProblem]] = defaultdict(list)
    for error in errors:
        by_row[error.row].append(error)
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, OPTIONS) as book:
        sheet = book.add_worksheet("退回")
        text = book.add_format({"num_format": "@"})
        bad = book.add_format(
            {"num_format": "@", "bg_color": "#FBE4E6", "font_color": "#A8071A", "bottom": 2, "bottom_color": "#A8071A"}
        )
        head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#F1EFE6", "border": 1})
        for number, line in enumerate(banner[: header_row - 1]):
            for place, cell in enumerate(line):
                if cell:
                    sheet.write_string(number, place, cell, text)
        for place, name in enumerate((*columns, REASON)):
            sheet.write_string(header_row - 1, place, name, head)
        sheet.set_column(0, len(columns) - 1, 18, text)
        sheet.set_column(len(columns), len(columns), 60, text)
        sheet.freeze_panes(header_row, 0)
        count = 0
        for count, (row, cells) in enumerate(rows, 1):
            _write_row(sheet, header_row - 1 + count, columns, cells, by_row.get(row, []), text, bad)
        sheet.autofilter(header_row - 1, 0, header_row - 1 + count, len(columns))
    return count


def _write_row(
    sheet: Any,
    line: int,
    columns: Sequence[str],
    cells: Sequence[str | None],
    problems: Sequence[CellProblem],
    text: Any,
    bad: Any,
) -> None:
    wrong = {folded(problem.column) for problem in problems}
    for place, (name, cell) in enumerate(zip(columns, cells, strict=True)):
        form = bad if folded(name) in wrong else text
        if cell:
            sheet.write_string(line, place, cell, form)
        else:
            sheet.write_blank(line, place, None, form)
    reason = "；".join(f"{p.column}：{p.why}，{p.fix}" for p in problems)
    sheet.write_string(line, len(columns), reason[:2000], text)
