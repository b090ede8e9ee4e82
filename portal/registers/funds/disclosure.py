"""What the public may see of money: sums by place, never a person, never a single payment. Values in, values out.

A line whose payouts reach fewer than five households of a village keeps its own sums back: they stand, merged, in the
township's 其他. Companies that were paid may be named; of natural persons nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from portal.registers.funds.payouts.queries import PublicCell
from portal.registers.funds.queries import AllocationDetail, AllocationRow, ProgrammeTotal


@dataclass(frozen=True)
class PublicLine:
    """One line as the public sees it; sums are None where they would give single households away."""

    no: str
    programme_code: str
    programme: str
    from_unit: str | None
    to_unit: str | None
    division_code: str | None
    amount_fen: int
    amount_printed: str | None
    document_no: str | None
    allocated_on: date | None
    purpose: str | None
    project_code: str | None
    project: str | None
    currency: str
    net_fen: int
    back_fen: int
    passed_on_fen: int
    returned_fen: int
    paid_fen: int | None
    held_fen: int | None
    days_held: int | None

    @property
    def is_merged(self) -> bool:
        """Its payouts are under five households: they are counted in the township's 其他."""
        return self.paid_fen is None


@dataclass(frozen=True)
class PublicAllocation:
    """A line with the chain above it and the lines below it."""

    line: PublicLine
    chain: tuple[PublicLine, ...]
    children: tuple[PublicLine, ...]
    taken_back: tuple[PublicLine, ...]
    more_children: bool


def public_line(row: AllocationRow, as_of: date) -> PublicLine:
    """One line for everybody."""
    hidden = not row.is_shown_here
    days = (as_of - row.allocated_on).days if row.allocated_on and row.held_fen > 0 and not hidden else None
    return PublicLine(
        no=row.no,
        programme_code=row.programme_code,
        programme=row.programme,
        from_unit=row.from_unit,
        to_unit=row.to_unit,
        division_code=row.division_code,
        amount_fen=row.amount_fen,
        amount_printed=row.amount_printed,
        document_no=row.document_no,
        allocated_on=row.allocated_on,
        purpose=row.purpose,
        project_code=row.project_code,
        project=row.project,
        currency=row.currency,
        net_fen=row.net_fen,
        back_fen=row.back_fen,
        passed_on_fen=row.passed_on_fen,
        returned_fen=row.returned_fen,
        paid_fen=None if hidden else row.paid_fen,
        held_fen=None if hidden else row.held_fen,
        days_held=days,
    )


def public_allocation(detail: AllocationDetail, as_of: date) -> PublicAllocation:
    """A whole detail for everybody."""

    def lines(rows: Iterable[AllocationRow]) -> tuple[PublicLine, ...]:
        return tuple(public_line(row, as_of) for row in rows)

    return PublicAllocation(
        public_line(detail.line, as_of), lines(detail.chain), lines(detail.children), lines(detail.taken_back),
        detail.more_children,
    )  # fmt: skip


def public_programme(programme: ProgrammeTotal, households: int) -> ProgrammeTotal:
    """A programme for everybody: its households are those of the public cells, so that page and table agree."""
    return replace(programme, households=households)


def name_cells(cells: Iterable[PublicCell], names: Mapping[str, str]) -> list[tuple[str, PublicCell]]:
    """Public cells with the names of their places; merged ones as 其他 of the place that took them."""
    return [
        (f"{names.get(cell.code, cell.code)}其他" if cell.merged else names.get(cell.code, cell.code), cell)
        for cell in cells
    ]
