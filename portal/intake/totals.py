"""Printed totals and balances: recognised, not imported, checked to the fen. Pure: rows in, verdicts out.

A total covers the rows since the previous total of its level; where none precede it, the rows that follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.intake.profiles import Balance, Profile, Totals
from portal.kernel.cell_errors import CellError
from portal.kernel.characters import tidy
from portal.kernel.money import parse_money


@dataclass(frozen=True)
class PrintedTotal:
    """One totals row: where it stands, its level, and what it prints (fen)."""

    row: int
    position: int  # how many data rows stand before it
    level: int
    label: str
    fen: int


@dataclass(frozen=True)
class CheckedTotal:
    """A printed total and what its rows give."""

    row: int
    label: str
    printed_fen: int
    summed_fen: int

    @property
    def holds(self) -> bool:
        """True when the parts reach the printed figure to the fen."""
        return self.printed_fen == self.summed_fen


@dataclass
class TotalsBook:
    """Collects the totals rows of a file and the amounts of its other rows, in order."""

    totals: Totals
    unit: str
    currency: str
    none: tuple[str, ...] = ()
    printed: list[PrintedTotal] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    marks: dict[int, list[bool]] = field(default_factory=dict)  # level → whether each row counts for it

    def level_of(self, cells: Sequence[str | None]) -> int | None:
        """Level of a totals row, None for any other row: a label is compared after trimming, as a whole cell."""
        texts = {tidy(cell) for cell in cells if cell}
        for level, wanted in enumerate(self.totals.levels):
            if wanted.label in texts:
                return level
        return None

    def add_total(self, row: int, level: int, cell: str | None) -> None:
        """A totals row; one without a number is skipped."""
        fen = self._fen(cell)
        if fen is not None:
            label = self.totals.levels[level].label
            self.printed.append(PrintedTotal(row, len(self.amounts), level, label, fen))

    def add_row(self, cells: Sequence[str | None], cell: str | None) -> None:
        """Any other row."""
        self.amounts.append(self._fen(cell) or 0)
        for level, wanted in enumerate(self.totals.levels):
            if wanted.contains is not None:
                marks = self.marks.setdefault(level, [])
                marks.append(any(wanted.contains in text for text in cells if text))

    def _fen(self, cell: str | None) -> int | None:
        if not cell or cell.strip() in self.none:
            return None
        try:
            return parse_money(cell, self.unit, allow_finer=True, currency=self.currency).fen
        except CellError:
            return None

    def check(self) -> list[CheckedTotal]:
        """Every printed total against its rows."""
        return [CheckedTotal(t.row, t.label, t.fen, self._sum(t)) for t in self.printed]

    def _sum(self, total: PrintedTotal) -> int:
        start, end = 0, len(self.amounts)
        if not self.totals.whole:
            earlier = [t.position for t in self.printed if t.level == total.level and t.row < total.row]
            start, end = (earlier[-1] if earlier else 0), total.position
            if start == end:
                later = [
                    t.position
                    for t in self.printed
                    if t.level >= total.level and t.row > total.row and t.position > end
                ]
                start, end = total.position, (later[0] if later else len(self.amounts))
        marks = self.marks.get(total.level)
        return sum(a for i, a in enumerate(self.amounts[start:end], start) if marks is None or marks[i])


@dataclass(frozen=True)
class Unbalanced:
    """A row whose printed whole is not the sum of its printed parts (fen)."""

    row: int
    whole: str
    whole_fen: int
    parts: dict[str, int]

    @property
    def gap_fen(self) -> int:
        """Whole minus parts."""
        return self.whole_fen - sum(self.parts.values())


def check_balance(row: int, balance: Balance, cells: Mapping[str, str | None], profile: Profile) -> Unbalanced | None:
    """None when the row balances or does not say its whole; a blank part counts as nothing."""
    whole = _amount(cells.get(balance.whole), profile)
    if whole is None:
        return None
    parts = {name: _amount(cells.get(name), profile) for name in balance.parts}
    if all(value is None for value in parts.values()):
        return None
    found = Unbalanced(row, balance.whole, whole, {name: value or 0 for name, value in parts.items()})
    return found if found.gap_fen else None


def _amount(cell: str | None, profile: Profile) -> int | None:
    if not cell or cell.strip() in profile.none:
        return None
    try:
        return parse_money(cell, profile.unit, allow_finer=True, currency=profile.currency).fen
    except CellError:
        return None


def as_evidence(found: CheckedTotal | Unbalanced) -> dict[str, Any]:
    """What the Q10 lead shows: printed and computed figures in fen."""
    if isinstance(found, CheckedTotal):
        return {
            "row": found.row,
            "label": found.label,
            "printed_fen": found.printed_fen,
            "summed_fen": found.summed_fen,
        }
    return {
        "row": found.row,
        "whole": found.whole,
        "whole_fen": found.whole_fen,
        "parts_fen": found.parts,
        "gap_fen": found.gap_fen,
    }
