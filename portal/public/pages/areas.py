"""Places: what came in, what became of it, what lies below; the whole page from one set of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.oversight.outcomes.recoveries.queries import MoneyBack, money_back_in
from portal.public.pages.flow import FlowView
from portal.public.pages.flow_address import flow_query
from portal.public.pages.flow_page import Link, finding
from portal.public.pages.sentence import Sentence, sentence
from portal.public.pages.small import Small, small_svg
from portal.publishing.notices.queries import NoticeRow, Wanted, list_public
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.queries import home_code as home_code
from portal.registers.funds.flow import LEAF, FlowNode, Unbalanced, build_flow
from portal.registers.funds.flows.queries import flow_rows, node_names
from portal.registers.funds.flows.rules import AreaTotal, Focus
from portal.registers.funds.totals.queries import area_totals, years_available
from portal.registers.projects.disclosure import public_project
from portal.registers.projects.queries import ProjectRow, list_projects

PROJECTS_SHOWN = 12
POSTINGS_SHOWN = 5


@dataclass(frozen=True)
class AreaRow:
    """One place below another with its year."""

    code: str
    name: str
    received_fen: int
    paid_fen: int
    held_fen: int
    returned_fen: int
    longest_days: int | None


@dataclass(frozen=True)
class AreaPage:
    """One place."""

    code: str
    name: str
    level: int
    year: int
    years: Sequence[tuple[int, str]]
    trail: Sequence[Link]
    view: FlowView
    sentence: Sentence
    finding: str
    small: Markup | None
    strip: Markup | None
    below: Sequence[AreaRow]
    households: Sequence[FlowNode]
    projects: Sequence[ProjectRow]
    ended: str
    postings: Sequence[NoticeRow] = ()
    back: MoneyBack | None = None  # what was paid here and came back, of all years

    @property
    def flow_query(self) -> str:
        """The query of its large picture."""
        return flow_query(self.year, f"area:{self.code}")


@dataclass(frozen=True)
class AreasPage:
    """The list of places right below one."""

    code: str
    name: str
    year: int
    years: Sequence[int]
    rows: Sequence[AreaRow]
    trail: Sequence[Link]


def rows_below(session: Session, year: int, code: str, today: date) -> list[AreaRow]:
    """Places right below one with their totals; those without money too. The place's own level stands first."""
    totals = {t.code: t for t in area_totals(session, year, code)}
    places = {p.code: p.name for p in divisions.list_children(session, code or None)}
    missing = set(totals) - set(places)
    names = {**places, **(divisions.names_of(session, missing) if missing else {})}
    rows = [_row(c, names.get(c, c), totals.get(c), today) for c in names]
    rows += [_row(c, c, totals[c], today) for c in missing - set(names)]
    return sorted(rows, key=lambda r: (-r.received_fen, r.code))


def _row(code: str, name: str, total: AreaTotal | None, today: date) -> AreaRow:
    if total is None:
        return AreaRow(code, name, 0, 0, 0, 0, None)
    days = total.longest_days(today)
    return AreaRow(code, name, total.received_fen, total.paid_fen, total.held_fen, total.returned_fen, days)


def areas_page(session: Session, root: str, code: str, year: int | None, today: date) -> AreasPage:
    """Places below `code` (blank: below the site's topmost single place)."""
    years = years_available(session)
    chosen = year or (years[0] if years else today.year)
    where = code or home_code(session)
    steps = divisions.name_path(session, where, top=1) if where else ()
    trail = [(f"{root}/areas?in={s.code}", s.name) for s in steps[:-1]]
    name = steps[-1].name if steps else ""
    return AreasPage(where, name, chosen, years, rows_below(session, chosen, where, today), trail)


def area_page(session: Session, root: str, code: str, year: int | None, today: date) -> AreaPage:
    """One place: its picture, what lies below it and its households by programme. Raises NotFound."""
    place = divisions.find_division(session, code)
    if place is None:
        raise NotFound("没有这个区划", fix="核对 12 位区划代码，或按名称搜索")
    years = years_available(session)
    chosen = year or (years[0] if years else today.year)
    focus = Focus("area", code)
    rows = flow_rows(session, chosen, focus)
    picture = build_flow(rows, year=chosen, focus=str(focus), as_of=today)
    homes = [n for n in picture.in_tier(LEAF) if n.household and n.paid_fen]
    naming = partial(node_names, session, year=chosen, focus=focus)
    table = f"{root}/flow/table?{flow_query(chosen, str(focus))}"
    view = FlowView(picture, root, table, naming, also=[n.id for n in homes])
    title = finding(view)
    small, strip = _small(Small(rows, today), view, root, chosen, str(focus), title)
    steps = divisions.name_path(session, code, top=1)
    return AreaPage(
        code=code,
        name=place.name,
        level=place.level,
        year=chosen,
        years=[(y, f"{root}/areas/{code}?year={y}") for y in sorted({*years[:6], chosen})],
        trail=[(f"{root}/areas/{s.code}", s.name) for s in steps[:-1]],
        view=view,
        sentence=sentence(picture.summary, chosen, place.name),
        finding=title,
        small=small,
        strip=strip,
        below=rows_below(session, chosen, code, today) if place.level < 5 else (),
        households=homes,
        projects=[public_project(p) for p in list_projects(session, within=[code], limit=PROJECTS_SHOWN)],
        ended=str(place.valid_to or ""),
        postings=list_public(session, Wanted(inside=code), today, limit=POSTINGS_SHOWN),
        back=money_back_in(session, code, value_for(session, "small_cell", code, today).whole),
    )


def _small(
    sums: Small, view: FlowView, root: str, year: int, focus: str, title: str
) -> tuple[Markup | None, Markup | None]:
    if not view.picture.nodes:
        return None, None
    try:
        return small_svg(sums.picture(root, year, focus), view.words(title))
    except Unbalanced:  # chains that leave the place and come back have no simple picture: the large one shows them
        return None, None


def area_rows(rows: Sequence[AreaRow]) -> list[dict[str, Any]]:
    """The list for a download."""
    return [
        {
            "code": r.code,
            "name": r.name,
            "received_fen": r.received_fen,
            "paid_fen": r.paid_fen,
            "held_fen": r.held_fen,
            "returned_fen": r.returned_fen,
            "longest_days": r.longest_days,
        }
        for r in rows
    ]
