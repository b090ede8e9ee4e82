"""Reading the lines of a notice from a table: heads to columns, sums checked and left out, every wrong cell named."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final

from portal.kernel.cell_errors import CellError
from portal.kernel.cells import CellKind, CellRule, read_cell
from portal.kernel.errors import BadFields, BadInput, FieldProblem
from portal.publishing.notices.disclosure import Cell, Source, SourceRow
from portal.publishing.notices.patterns.rules import Column, Of, Pattern, head_problem

MOST_ROWS: Final = 500
_SUM: Final = re.compile(r"^(合\s*计|总\s*计|小\s*计)")
_HOUSEHOLD: Final = "户编号"
_READ: Final[Mapping[Of, CellKind]] = {
    Of.PERSONS: CellKind.INTEGER, Of.HOUSEHOLDS: CellKind.INTEGER, Of.MONEY: CellKind.MONEY,
}  # fmt: skip
Table = Sequence[Sequence[str]]


def table_of(text: str) -> list[list[str]]:
    """The cells of a pasted table: tabs as a spreadsheet copies them, else commas."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    mark = "\t" if "\t" in lines[0] else ","
    return [[cell.strip() for cell in row] for row in csv.reader(StringIO("\n".join(lines)), delimiter=mark)]


def household_numbers(table: Table) -> list[str]:
    """The numbers of a table that is nothing but a list of household numbers; empty for any other table."""
    cells = [row[0] for row in table if len([c for c in row if c]) == 1]
    if len(cells) != len(table) or not cells:
        return []
    numbers = [cell for cell in cells if cell != _HOUSEHOLD]
    return numbers if all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", number) for number in numbers) else []


def read_table(pattern: Pattern, table: Table) -> tuple[list[SourceRow], dict[str, int]]:
    """Lines and the table's own sums. Raises BadFields naming every wrong cell, Refused for a column never published.

    Sum lines are checked and left out: a sum that differs is a mistake, unless a cell of its column was left blank.
    """
    if len(table) < 2:
        raise BadInput("表里没有数据", why="第一行是表头，从第二行起是内容", fix="连表头一起复制，再贴到这里")
    heads = table[0]
    for head in heads:
        head_problem(pattern, head)
    columns = [pattern.column(head) for head in heads]
    missing = [c.label for c in pattern.columns if c.is_needed and c not in columns]
    if missing:
        raise BadInput(f"表里缺少这些列：{'、'.join(missing)}", fix="补上这些列再贴")
    problems: list[FieldProblem] = []
    rows, sums = [], {}
    for number, cells in enumerate(table[1:], 1):
        row = _row(columns, heads, cells, number, problems)
        if any(_SUM.match(cell) for cell in cells[:2]):
            sums = dict(row.cells)
        else:
            rows.append(row)
    if len(rows) > MOST_ROWS:
        raise BadInput(f"一份公示最多 {MOST_ROWS} 行", fix="按村或按组分成几份")
    declared = _check_sums(pattern, rows, sums, problems)
    if problems:
        raise BadFields(f"表里有 {len(problems)} 处要改", problems)
    return rows, declared


def _row(
    columns: Sequence[Column | None],
    heads: Sequence[str],
    cells: Sequence[str],
    number: int,
    problems: list[FieldProblem],
) -> SourceRow:
    found: dict[str, Cell] = {}
    household = None
    is_sum = any(_SUM.match(cell) for cell in cells[:2])
    for column, head, cell in zip(columns, heads, cells, strict=False):
        if column is None:
            household = cell or household if head.strip() == _HOUSEHOLD else household
            continue
        if not cell:
            if column.is_needed and not is_sum:
                problems.append(
                    FieldProblem(f"{number}.{column.code}", "blank", f"第 {number} 行“{column.label}”是空的")
                )
            continue
        if is_sum and column.of not in _READ:
            continue
        try:
            found[column.code] = read_value(column.of, cell)
        except CellError as error:
            said = f"第 {number} 行“{column.label}”写的是“{_short(cell)}”：{error.why}"
            problems.append(FieldProblem(f"{number}.{column.code}", "unreadable", said))
    return SourceRow(found, household)


def read_value(of: Of, text: str) -> Cell:
    """A cell by what its column holds; money in yuan becomes fen. CellError for another shape."""
    kind = _READ.get(of)
    if kind is None:
        return str(read_cell(text, CellRule(CellKind.TEXT)).value or "")
    value = read_cell(text, CellRule(kind)).value
    return int(value) if value is not None else 0


def _short(cell: str) -> str:
    return cell if len(cell) <= 12 else cell[:11] + "…"


def _check_sums(
    pattern: Pattern, rows: Sequence[SourceRow], sums: Mapping[str, Any], problems: list[FieldProblem]
) -> dict[str, int]:
    declared: dict[str, int] = {}
    for column in pattern.sums:
        if column.code not in sums:
            continue
        shown, told = sum(int(r.cells.get(column.code) or 0) for r in rows), int(sums[column.code])
        has_blank = any(column.code not in r.cells for r in rows)
        if has_blank and told >= shown:
            declared[column.code] = told
        elif shown != told:
            problems.append(FieldProblem(f"sum.{column.code}", "sum", f"“{column.label}”的合计和各行之和不一样"))
    return declared


def details_problem(pattern: Pattern, source: Source) -> None:
    """Refuse a notice that lacks an element, a list, or whose sums do not meet (total, its sources, its lines)."""
    problems = [
        FieldProblem(d.code, "blank", f"“{d.label}”没有填")
        for d in pattern.details
        if d.is_needed and source.details.get(d.code) in (None, "")
    ]
    if pattern.columns and not source.rows:
        problems.append(FieldProblem("rows", "blank", "名单是空的"))
    total = source.details.get("total_fen")
    if total:
        parts = [int(source.details.get(f"{level}_fen") or 0) for level in ("central", "province", "city", "county")]
        lines = sum(int(row.cells.get("amount_fen") or 0) for row in source.rows)
        if any(parts) and sum(parts) != int(total):
            problems.append(FieldProblem("total_fen", "sum", "各级资金之和不等于资金总额"))
        if lines and lines != int(total):
            problems.append(FieldProblem("rows", "sum", "各行金额之和不等于资金总额"))
    if problems:
        raise BadFields(f"还有 {len(problems)} 处没有填好", problems)
