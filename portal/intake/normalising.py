"""Raw text columns of a chunk to typed columns: the kernel reads the cells, this names rows, columns and what was tidied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from portal.intake.declaration import CLEAR, READ_AS, Cell, Column, Columns, Kind, Problems
from portal.intake.profiles import Profile
from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.kernel.columns import ColumnReader, ColumnResult

SAMPLES = 200
NONE = frozenset({"－", "—", "——", "／", "∕"})
"""Full-width ways of writing none, beside those the kernel knows."""
_CODE_AND_NAME = re.compile(r"([0-9]{12})\s+\S")


@dataclass
class Tidying:
    """自动整理: what was put right by itself, by kind, with samples; sensitive values never stand in samples."""

    counts: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)
    differences_fen: Decimal = Decimal(0)

    def as_report(self) -> dict[str, Any]:
        """Counts by kind and the samples kept."""
        kinds = [{"what": what, "count": count} for what, count in self.counts.most_common()]
        return {
            "total": self.counts.total(),
            "kinds": kinds,
            "samples": self.samples,
            "rounding_fen": str(self.differences_fen),
        }


class Normaliser:
    """Reads the chunks of one file by the declaration of its kind; remembers repeated values between chunks."""

    def __init__(self, kind: Kind, profile: Profile | None = None) -> None:
        self.kind = kind
        self.tidying = Tidying()
        self.printed: dict[str, dict[int, str]] = {}  # amounts with a remark beside the number, as printed
        self._readers = {column.field: ColumnReader(self._rule(column, profile)) for column in kind.columns}

    def _rule(self, column: Column, profile: Profile | None) -> CellRule:
        choices = {value: value for value in column.choices}
        none = NONE | frozenset(profile.none if profile else ())
        if profile is None or column.cell is not Cell.MONEY:
            return CellRule(READ_AS[column.cell], choices=choices, none=none)
        finer = profile.round == "half_even"
        return CellRule(CellKind.MONEY, profile.unit, finer, profile.currency, choices, none)

    def read(self, raw: Mapping[str, Sequence[str | None]], problems: Problems) -> Columns:
        """Typed columns by field; a header that the file lacks is all None. Bad cells refuse their rows."""
        length = len(problems.rows)
        typed: Columns = {}
        self.printed = {}
        for column in self.kind.columns:
            values = raw.get(column.header)
            if values is None:
                typed[column.field] = [None] * length
                continue
            if column.cell is Cell.DIVISION:
                values = [_code_alone(value) for value in values]
            result = self._readers[column.field].read(values)
            self._report(column, values, result, problems)
            typed[column.field] = self._convert(column, values, result, problems)
        self._datum(typed, problems)
        return typed

    def _report(self, column: Column, values: Sequence[str | None], result: ColumnResult, problems: Problems) -> None:
        for error in result.errors:
            if column.cell is Cell.PAYEE_ID:
                continue  # it may still be an organisation's code: `_payees` judges
            problems.add(error.index, column.header, error.value, error.why, error.fix)
        for what, count in result.tidied.items():
            self.tidying.counts[what.value] += count
        if result.tidied and not column.sensitive and len(self.tidying.samples) < SAMPLES:
            self._sample(column, values, result, problems)
        self.tidying.differences_fen += sum(result.differences.values(), Decimal(0))

    def _sample(self, column: Column, values: Sequence[str | None], result: ColumnResult, problems: Problems) -> None:
        rule = self._readers[column.field].rule
        seen: set[str] = set()
        for index, value in enumerate(values):
            if not value or value in seen or result.values[index] == value:
                continue
            seen.add(value)
            try:
                tidied = read_cell(value, rule).tidied
            except CellError:
                continue
            if tidied is not None:
                after = _shown(column, result.values[index])
                self.tidying.samples.append(
                    {
                        "row": problems.rows[index],
                        "column": column.header,
                        "what": tidied.value,
                        "before": value[:80],
                        "after": after,
                    }
                )
            if len(self.tidying.samples) >= SAMPLES or len(seen) > 2000:
                return

    def _convert(
        self, column: Column, values: Sequence[str | None], result: ColumnResult, problems: Problems
    ) -> list[Any]:
        read = result.values
        if column.cell in (Cell.ID, Cell.PAYEE_ID):
            return self._payees(column, values, result, problems) if column.cell is Cell.PAYEE_ID else read
        if column.cell is Cell.DATE:
            texts = {value: value.isoformat() for value in set(read) if isinstance(value, date)}
            return [texts.get(value, value) for value in read]
        if column.cell is Cell.INTEGER:
            for index, value in enumerate(read):
                if value is not None and value is not CLEAR and value < 0:
                    problems.add(index, column.header, value, "这里不能是负数", "填 0 或正整数")
        if column.cell is Cell.MONEY:
            self._keep_printed(column, values, result)
            self._refuse_less(column, values, result, problems)
        if column.length is not None:
            for index, value in enumerate(read):
                if isinstance(value, str) and len(value) > column.length:
                    problems.add(
                        index, column.header, value, f"有 {len(value)} 个字，最多 {column.length} 个", "缩短后再填"
                    )
        return read

    def _keep_printed(self, column: Column, values: Sequence[str | None], result: ColumnResult) -> None:
        if result.notes:
            self.printed.setdefault(column.field, {}).update({index: str(values[index])[:60] for index in result.notes})

    @staticmethod
    def _refuse_less(column: Column, values: Sequence[str | None], result: ColumnResult, problems: Problems) -> None:
        least = column.least
        if least is None:
            return
        for index, fen in enumerate(result.values):
            if type(fen) is int and fen < least:
                why = f"{column.header}不能是负数" if least == 0 else f"{column.header}要大于 0"
                problems.add(index, column.header, values[index], why, "核对正负号和数字")

    def _payees(
        self, column: Column, values: Sequence[str | None], result: ColumnResult, problems: Problems
    ) -> list[Any]:
        doubtful = {error.index for error in result.errors} | set(result.findings)
        rule = CellRule(CellKind.PAYEE_NUMBER)
        for index in sorted(doubtful):
            try:
                result.values[index] = read_cell(values[index], rule).value
            except CellError as refusal:
                problems.add(index, column.header, refusal.value, refusal.why, refusal.fix)
        return result.values

    def _datum(self, typed: Columns, problems: Problems) -> None:
        """A coordinate without 坐标系 is WGS84 by the dictionary; every such row is named in the report."""
        if "datum" not in typed:
            return
        for index, (lat, lng, datum) in enumerate(zip(typed["lat_e7"], typed["lng_e7"], typed["datum"], strict=True)):
            if datum is None and (isinstance(lat, int) or isinstance(lng, int)):
                typed["datum"][index] = "WGS84"
                self.tidying.counts["坐标系空着，按 WGS84"] += 1
                if len(self.tidying.samples) < SAMPLES:
                    row = problems.rows[index]
                    self.tidying.samples.append(
                        {"row": row, "column": "坐标系", "what": "坐标系空着", "before": "", "after": "WGS84"}
                    )


def _code_alone(value: str | None) -> str | None:
    """`320826100001 甲村`, as the template's drop-down offers it, is the code."""
    found = _CODE_AND_NAME.match(value) if value else None
    return found[1] if found else value


def _shown(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.cell is Cell.MONEY and isinstance(value, int):
        return f"{value / 100:,.2f}" if abs(value) < 10**15 else str(value)
    return str(value)
