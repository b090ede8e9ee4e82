"""What each area and each project got, and the years that hold money; sums in SQL from the lines' balances."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, case, func, or_, select
from sqlalchemy.orm import Session

from portal.registers.funds.balances.queries import A, B
from portal.registers.funds.balances.rules import prefix, range_of
from portal.registers.funds.flow import LEAF
from portal.registers.funds.flows.queries import place_columns
from portal.registers.funds.flows.rules import AreaTotal, Focus
from portal.registers.funds.payouts.queries import LP


def area_totals(
    session: Session, year: int, code: str = "", *, currency: str = "CNY", exact: bool = False
) -> list[AreaTotal]:
    """What each area right below one (blank: each province) got in a year; most first. The area itself may be among
    them: money that stays at its own level."""
    low, high = range_of(code)
    level = (Focus("area", code).level if code else 0) + 1
    if level > LEAF:
        return []  # nothing lies below a village
    width = len(prefix("0" * 12, level))
    place, entry = place_columns(exact)
    key = func.substr(place, 1, width, type_=String)
    enters = or_(B.c.parent_tier == 0, entry <= level)
    query = (
        select(
            key,
            func.sum(case((enters, B.c.gross_fen), else_=0)),
            func.sum(B.c.paid_fen),
            func.sum(B.c.held_fen),
            func.sum(case((enters, B.c.returned_fen), else_=0)),
            func.min(case((B.c.held_fen > 0, B.c.received_on))),
        )
        .where(B.c.year == year, B.c.currency == currency, place.between(low, high))
        .group_by(key)
    )
    totals = {row[0].ljust(12, "0"): [*map(int, row[1:5]), row[5]] for row in session.execute(query)}
    for area, fen in _elsewhere_by_area(session, year, code, level, currency, exact):
        total = totals.setdefault(area, [0, 0, 0, 0, None])
        total[0] += fen
        total[1] += fen
    if code in totals:  # of the area's own level only what stays there: the rest is received further down
        own = totals[code]
        own[0] = own[1] + own[2] + own[3]
    return sorted((AreaTotal(area, *sums) for area, sums in totals.items()), key=lambda t: (-t.received_fen, t.code))


def _elsewhere_by_area(
    session: Session, year: int, code: str, level: int, currency: str, exact: bool
) -> list[tuple[str, int]]:
    low, high = range_of(code)
    width = len(prefix("0" * 12, level))
    village = LP.c.village_code if exact else LP.c.shown_code
    key = func.substr(village, 1, width, type_=String)
    place = func.substr(place_columns(exact)[0], 1, width, type_=String)
    query = (
        select(key, func.sum(LP.c.paid_fen))
        .join(B, B.c.allocation_id == LP.c.allocation_id)
        .where(LP.c.year == year, B.c.currency == currency, LP.c.village_code.between(low, high))
        .where(LP.c.line_level < level, place != key)
        .group_by(key)
    )
    return [(area.ljust(12, "0"), int(fen)) for area, fen in session.execute(query)]


def years_available(session: Session, currency: str = "CNY") -> list[int]:
    """Years that hold money, the latest first."""
    query = select(B.c.year).where(B.c.currency == currency).group_by(B.c.year).order_by(B.c.year.desc())
    return [year for year in session.scalars(query) if year]


@dataclass(frozen=True)
class ProjectMoney:
    """What came to a project and what became of it, in fen, all years."""

    received_fen: int
    returned_fen: int
    paid_fen: int
    held_fen: int
    waiting_since: date | None


def project_money(session: Session, codes: Collection[str]) -> dict[str, ProjectMoney]:
    """Money of projects through the lines that name them, by project code; one statement."""
    if not codes:
        return {}
    above = B.alias("above")
    enters = or_(above.c.allocation_id.is_(None), above.c.holder != B.c.holder)
    query = (
        select(
            B.c.holder,
            func.sum(case((enters, B.c.gross_fen), else_=0)),
            func.sum(case((enters, B.c.returned_fen), else_=0)),
            func.sum(B.c.paid_fen),
            func.sum(B.c.held_fen),
            func.min(case((B.c.held_fen > 0, B.c.received_on))),
        )
        .join(A, A.c.id == B.c.allocation_id)
        .outerjoin(above, above.c.allocation_id == A.c.parent_id)
        .where(B.c.holder.in_([f"project:{code}" for code in codes]))
        .group_by(B.c.holder)
    )
    found: dict[str, ProjectMoney] = {}
    for holder, received, returned, paid, held, since in session.execute(query):
        money = ProjectMoney(int(received), int(returned), int(paid), int(held), since)
        found[holder.removeprefix("project:")] = money
    return found


def years_of_project(session: Session, code: str, currency: str = "CNY") -> list[int]:
    """Years in which a project was given money, the latest first."""
    query = select(B.c.year).where(B.c.holder == f"project:{code}", B.c.currency == currency).distinct()
    return sorted((year for year in session.scalars(query) if year), reverse=True)
