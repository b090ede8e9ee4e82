"""Programmes and single allocations: what they are for, what became of them, and who got how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.public.pages.flow import FlowView
from portal.public.pages.flow_page import linked
from portal.public.pages.sentence import Sentence, sentence
from portal.registers.divisions import queries as divisions
from portal.registers.funds import queries as funds
from portal.registers.funds.disclosure import (
    PublicAllocation,
    PublicLine,
    name_cells,
    public_allocation,
    public_line,
    public_programme,
)
from portal.registers.funds.flows.queries import read_flow, years_available
from portal.registers.funds.flows.rules import Focus
from portal.registers.funds.payouts.queries import PublicCell, public_cells
from portal.registers.funds.queries import ProgrammeTotal

LINES_SHOWN = 50


@dataclass(frozen=True)
class FundsPage:
    """The list of programmes of a year."""

    year: int
    years: Sequence[int]
    programmes: Sequence[ProgrammeTotal]
    words: str
    fund_class: str

    @property
    def received_fen(self) -> int:
        """Sum of what the listed programmes received, in one currency."""
        return sum(p.received_fen for p in self.programmes if p.currency == "CNY")

    @property
    def held_fen(self) -> int:
        """Sum of what the listed programmes still hold."""
        return sum(p.held_fen for p in self.programmes if p.currency == "CNY")


def funds_page(session: Session, year: int | None, words: str, fund_class: str, today: date) -> FundsPage:
    """Programmes of a year (the latest with money by default), by code, filtered."""
    years = years_available(session)
    chosen = year or (years[0] if years else today.year)
    listed = funds.list_programmes(session, year=chosen, words=words, fund_class=fund_class)
    return FundsPage(chosen, years, listed, words, fund_class)


def programme_rows(page: FundsPage) -> list[dict[str, Any]]:
    """The list for a download."""
    return [asdict(p) for p in page.programmes]


@dataclass(frozen=True)
class ProgrammePage:
    """One programme: sentence and figures from its picture, years, places, lines."""

    programme: ProgrammeTotal
    view: FlowView
    sentence: Sentence
    years: Sequence[ProgrammeTotal]
    cells: Sequence[tuple[str, PublicCell]]
    lines: Sequence[PublicLine]
    more_lines: bool


def programme_page(session: Session, root: str, code: str, today: date) -> ProgrammePage:
    """Everything about one programme; a constant number of statements."""
    found = funds.get_programme(session, code)
    year = found.year or today.year
    picture = linked(read_flow(session, year, Focus("programme", code), as_of=today, currency=found.currency), year)
    cells = public_cells(session, programme=code)
    named = name_cells(cells, divisions.names_of(session, {cell.code for cell in cells}))
    rows = funds.list_allocations(session, programme=code, limit=LINES_SHOWN + 1)
    return ProgrammePage(
        public_programme(found, cells),
        FlowView(picture, root, f"{root}/flow/table?year={year}&focus=programme:{code}"),
        sentence(picture.summary, year, found.name),
        funds.sibling_years(session, found),
        named,
        [public_line(row, today) for row in rows[:LINES_SHOWN]],
        len(rows) > LINES_SHOWN,
    )


def cell_rows(page: ProgrammePage) -> list[dict[str, Any]]:
    """Money to households by place, for a download: the merged rows of the page."""
    return [
        {"division_code": c.code, "division": name, "households": c.households, "paid_fen": c.paid_fen}
        for name, c in page.cells
    ]


@dataclass(frozen=True)
class AllocationPage:
    """One line of money with its chain and the path of its place."""

    detail: PublicAllocation
    place: str


def allocation_page(session: Session, no: str, today: date) -> AllocationPage:
    """One line as the public sees it."""
    detail = public_allocation(funds.allocation_detail(session, no), today)
    code = detail.line.division_code
    return AllocationPage(detail, divisions.written_path(session, code) if code else "")


def allocation_rows(page: AllocationPage) -> list[dict[str, Any]]:
    """The chain, the line and the lines below it, for a download."""
    detail = page.detail
    lines = [
        *[("above", line) for line in reversed(detail.chain)],
        ("this", detail.line),
        *[("below", line) for line in detail.children],
        *[("taken_back", line) for line in detail.taken_back],
    ]
    return [{"relation": relation, **asdict(line)} for relation, line in lines]
