"""The sheet of rejected rows: the user's own rows, wrong cells coloured, the reason in a last column; it re-uploads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from portal.kernel.errors import CellProblem
from portal.kernel.sheets.header import REASON_COLUMN
from portal.kernel.sheets.reading import Table
from portal.kernel.sheets.writing import CellFormat, OutColumn, write_cell, write_header

_OPTIONS: Final = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def write_rejects(
    target: Path | IO[bytes], table: Table, problems: Mapping[int, Sequence[CellProblem]], *, header_row: int = 1
) -> int:
    """Write the rows whose numbers are keys of `problems` as they stood in the sheet; returns how many.

    Banner rows and the place of the header stay, so that the same profile reads the mended sheet. Every cell is text.
    """
    columns = [OutColumn(name) for name in table.names]
    reasons = OutColumn(REASON_COLUMN, width=60)
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, _OPTIONS) as book:
        sheet = book.add_worksheet((table.sheet_name or "退回的行")[:31])
        text = book.add_format({"num_format": "@"})
        wrong = book.add_format({"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"})
        reason = book.add_format({"text_wrap": True, "font_color": "#9C0006"})
        line = header_row - 1
        for number, cells in enumerate(table.banner[:line]):
            _write_banner(sheet, number, cells, text)
        write_header(book, sheet, [*columns, reasons], [text] * len(columns) + [reason], line)
        for row, cells in _wanted(table, problems):
            line += 1
            marked = {problem.column for problem in problems[row]}
            for place, value in enumerate(cells):
                cell_format = wrong if columns[place].name in marked else text
                if value is None and cell_format is wrong:
                    sheet.write_blank(line, place, None, wrong)
                write_cell(sheet, line, place, value, CellFormat.TEXT, cell_format)
            sheet.write_string(line, len(columns), _reasons(row, problems[row]), reason)
    return line - header_row + 1


def _write_banner(sheet: Any, line: int, cells: Sequence[str | None], text: Any) -> None:
    for place, value in enumerate(cells):
        write_cell(sheet, line, place, value, CellFormat.TEXT, text)


def _wanted(table: Table, problems: Mapping[int, Sequence[CellProblem]]) -> Any:
    for batch in table.batches():
        if problems.keys().isdisjoint(batch.rows):
            continue
        for index, row in enumerate(batch.rows):
            if row in problems:
                yield row, [column[index] for column in batch.columns]


def _reasons(row: int, problems: Sequence[CellProblem]) -> str:
    told = [f"{problem.column}：{problem.why}；{problem.fix}" if problem.column else f"{problem.why}；{problem.fix}"
            for problem in problems]  # fmt: skip
    return f"原第 {row} 行。" + "\n".join(told)
