"""Programmes and single allocations: what they are for, what became of them, and who got how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.keyset import Start
from portal.public.pages.flow import FlowView
from portal.public.pages.flow_address import flow_query
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
from portal.registers.funds.flows.queries import node_names, read_picture
from portal.registers.funds.flows.rules import Focus
from portal.registers.funds.payouts.queries import PublicCell, first_public_cells, public_cells
from portal.registers.funds.queries import AllocationRow, ProgrammeTotal
from portal.registers.funds.totals.queries import years_available
from portal.web.paging import Cursor, Page, turn_to

LINES_SHOWN = 50
LATEST_SHOWN = 12
PLACES_SHOWN = 30


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
    places: Sequence[tuple[str, PublicCell]]
    all_places: int
    lines: Sequence[PublicLine]
    more_lines: bool


def programme_page(session: Session, root: str, code: str, today: date) -> ProgrammePage:
    """Everything about one programme; a constant number of statements."""
    found = funds.get_programme(session, code)
    year = found.year or today.year
    focus = Focus("programme", code)
    picture = read_picture(session, year, focus, as_of=today, currency=found.currency)
    naming = partial(node_names, session, year=year, focus=focus)
    cells = first_public_cells(session, code, PLACES_SHOWN)
    rows = funds.list_allocations(session, programme=code, limit=LATEST_SHOWN + 1)
    return ProgrammePage(
        public_programme(found, cells.households),
        FlowView(picture, root, f"{root}/flow/table?{flow_query(year, str(focus))}", naming),
        sentence(picture.summary, year, found.name),
        funds.sibling_years(session, found),
        _named(session, cells.first),
        cells.count,
        [public_line(row, today) for row in rows[:LATEST_SHOWN]],
        len(rows) > LATEST_SHOWN,
    )


def _named(session: Session, cells: Sequence[PublicCell]) -> list[tuple[str, PublicCell]]:
    return name_cells(cells, divisions.names_of(session, {cell.code for cell in cells}))


@dataclass(frozen=True)
class ProgrammeLines:
    """One page of all lines of a programme."""

    programme: ProgrammeTotal
    page: Page[AllocationRow]
    lines: Sequence[PublicLine]


def programme_lines(session: Session, code: str, cursor: Cursor | None, today: date) -> ProgrammeLines:
    """Lines of a programme, the latest entered first; NotFound when there is no such programme."""
    found = funds.get_programme(session, code)

    def fetch(start: Start | None, limit: int) -> list[AllocationRow]:
        return funds.list_allocations(session, programme=code, after=start, limit=limit)

    page = turn_to(cursor, fetch, lambda row: (row.id,), LINES_SHOWN)
    return ProgrammeLines(found, page, [public_line(row, today) for row in page.rows])


def programme_places(session: Session, code: str) -> tuple[ProgrammeTotal, list[dict[str, Any]]]:
    """Money of a programme to households by place, for a download: all the merged rows that the page begins with."""
    cells = public_cells(session, programme=code)
    rows = [
        {"division_code": c.code, "division": name, "households": c.households, "paid_fen": c.paid_fen}
        for name, c in _named(session, cells)
    ]
    households = sum(cell.households for cell in cells)
    return public_programme(funds.get_programme(session, code), households), rows


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
