"""What stands on the paper of some households: where they are, whose they are, and what was sent to them this year."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.registers.corrections import RecordRow
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.divisions.queries import name_paths
from portal.registers.funds.balances.queries import A, P
from portal.registers.funds.payments.queries import WAITING, ReturnResult
from portal.registers.funds.payouts.queries import R, Y
from portal.registers.recipients.queries import find_households, persons_of

GROUP: Final = re.compile(r"[0-9一二三四五六七八九十]{1,3}组")
ASKED: Final = ("hotlines", "dispute_days")


@dataclass(frozen=True)
class PaperItem:
    """One payment of the year; `result`: what the bank said of it, 待回单 while it said nothing."""

    on: date
    what: str
    amount_fen: int
    result: str

    @property
    def has_arrived(self) -> bool:
        """Whether the bank said that it arrived."""
        return self.result == ReturnResult.SUCCESS


@dataclass(frozen=True)
class Paper:
    """Everything about one household that its card says; the name is not masked here."""

    household_id: int
    household_no: str
    place: str
    head_name: str
    hotlines: str
    dispute_days: int
    year: int
    items: Sequence[PaperItem]

    @property
    def total_fen(self) -> int:
        """What arrived this year."""
        return sum(item.amount_fen for item in self.items if item.has_arrived)


def papers_of(session: Session, household_ids: Collection[int], on: date) -> dict[int, Paper]:
    """The papers of some households on a day: as many statements for one as for a village's."""
    households, people = find_households(session, household_ids), persons_of(session, household_ids)
    divisions = {row.values["division_code"] for row in households.values()}
    paths = name_paths(session, divisions)
    values = {code: values_for(session, ASKED, code, on) for code in sorted(divisions)}
    items = _items(session, household_ids, on.year)
    return {
        i: Paper(
            household_id=i,
            household_no=row.values["no"],
            place="".join(step.name for step in paths.get(row.values["division_code"], ())) + _group(row),
            head_name=people[i][0].values["name"] if people.get(i) else "",
            hotlines=values[row.values["division_code"]]["hotlines"].text,
            dispute_days=values[row.values["division_code"]]["dispute_days"].whole,
            year=on.year,
            items=items.get(i, ()),
        )
        for i, row in households.items()
    }


def _group(row: RecordRow) -> str:
    """The village group, where the address tells one; never the house."""
    found = GROUP.search(row.values["address"] or "")
    return found[0] if found else ""


def _items(session: Session, household_ids: Collection[int], year: int) -> dict[int, list[PaperItem]]:
    query = (
        select(Y.c.household_id, Y.c.paid_on, P.c.name, Y.c.amount_fen, R.c.result)
        .select_from(Y)
        .join(A, A.c.id == Y.c.allocation_id)
        .join(P, P.c.id == A.c.programme_id)
        .outerjoin(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
        .where(
            Y.c.superseded_at.is_(None),
            Y.c.household_id.in_(household_ids),
            Y.c.paid_on >= date(year, 1, 1),
            Y.c.paid_on <= date(year, 12, 31),
        )
        .order_by(Y.c.paid_on.desc(), Y.c.id.desc())
    )
    found: dict[int, list[PaperItem]] = {}
    for household, paid_on, what, fen, result in session.execute(query):
        found.setdefault(household, []).append(PaperItem(paid_on, what, fen, result or WAITING))
    return found
