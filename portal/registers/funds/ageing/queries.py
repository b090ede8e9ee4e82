"""Ageing of held money by place: from the balances, exact (the console), one statement each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from portal.registers.divisions.rules import level_of
from portal.registers.funds.balances.queries import B
from portal.registers.funds.balances.rules import range_of
from portal.registers.funds.retention import HeldLine, Retention, retention


@dataclass(frozen=True)
class PlaceRetention:
    """滞留 of one place."""

    code: str
    retention: Retention


def retention_of(
    session: Session, codes: Collection[str], as_of: date, *, year: int | None = None, currency: str = "CNY"
) -> list[PlaceRetention]:
    """Ageing and 滞留率 of each place: what came into it from above, net, and what of it is still held in it."""
    return [PlaceRetention(code, _one(session, code, as_of, year, currency)) for code in codes]


def _one(session: Session, code: str, as_of: date, year: int | None, currency: str) -> Retention:
    here = [B.c.currency == currency, B.c.place_code.between(*range_of(code))]
    if year is not None:
        here.append(B.c.year == year)
    enters = or_(B.c.parent_tier == 0, B.c.entry_level <= level_of(code))
    arrived = func.sum(case((enters, B.c.gross_fen - B.c.returned_fen), else_=0))
    net = B.c.gross_fen - B.c.returned_fen
    lines = session.execute(select(net, B.c.held_fen, B.c.received_on).where(*here, B.c.held_fen != 0))
    total = session.scalar(select(arrived).where(*here))
    return retention((HeldLine(*line) for line in lines), as_of, int(total or 0))
