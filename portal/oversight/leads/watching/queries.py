"""Reads for watching the handling: each is one statement over all leads of some places."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.draws import Drawn, draw
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.rounds.models import LeadRound
from portal.registers.divisions.queries import lies_within

WAITING = (LeadStatus.OPEN, LeadStatus.VERIFYING, LeadStatus.CONCLUDED, LeadStatus.REVIEWED)
LADDER = (7, 15, 30, 60)
"""Up to how many days late each rung reaches; the last rung has no end."""


def _within(wanted: Collection[str], rules: Collection[str]) -> list[ColumnElement[bool]]:
    return [lies_within(Lead.division_code, wanted), Lead.rule.in_(rules)]


@dataclass(frozen=True)
class Rung:
    """Overdue leads of one township: how many on each rung of the ladder."""

    township: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All that are late."""
        return sum(self.counts)


def overdue_ladder(session: Session, within: Collection[str], rules: Collection[str], today: date) -> list[Rung]:
    """What is past its day, by township and by how many days, the worst first."""
    town = func.substr(Lead.division_code, 1, 9)
    query = (
        select(town, Lead.due_on, func.count())
        .where(*_within(within, rules), Lead.status.in_(WAITING), Lead.due_on < today)
        .group_by(town, Lead.due_on)
    )
    found: dict[str, list[int]] = {}
    for code, due_on, number in session.execute(query):
        late = (today - due_on).days
        rung = next((place for place, most in enumerate(LADDER) if late <= most), len(LADDER))
        found.setdefault(f"{code}000", [0] * (len(LADDER) + 1))[rung] += number
    return sorted(
        (Rung(code, tuple(counts)) for code, counts in found.items()), key=lambda rung: (-rung.total, rung.township)
    )


def towns_by_month(
    session: Session, within: Collection[str], rules: Collection[str], since: date
) -> dict[str, dict[str, tuple[int, int]]]:
    """Leads first seen since a day, by township and month (YYYY-MM): how many, and how many of them still wait."""
    town = func.substr(Lead.division_code, 1, 9)
    query = (
        select(town, Lead.first_seen, func.count(), func.count().filter(Lead.status.in_(WAITING)))
        .where(*_within(within, rules), Lead.first_seen >= since, Lead.status != LeadStatus.ASKED)
        .group_by(town, Lead.first_seen)
    )
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for code, day, number, waits in session.execute(query):
        months = found.setdefault(f"{code}000", {})
        before = months.get(day.isoformat()[:7], (0, 0))
        months[day.isoformat()[:7]] = (before[0] + number, before[1] + waits)
    return found


@dataclass(frozen=True)
class Response:
    """How long the offices of one township take: conclusions, and their days from the first sight of the lead."""

    township: str
    concluded: int
    median_days: int
    slowest_days: int


def response_times(session: Session, within: Collection[str], rules: Collection[str], since: date) -> list[Response]:
    """Days from a lead's first sight to its conclusion, by township, the slowest median first."""
    query = (
        select(func.substr(Lead.division_code, 1, 9), Lead.first_seen, LeadRound.verified_at)
        .join(Lead, Lead.id == LeadRound.lead_id)
        .where(*_within(within, rules), LeadRound.verified_at.is_not(None), Lead.first_seen >= since)
    )
    days: dict[str, list[int]] = {}
    for code, first_seen, at in session.execute(query):
        if at is not None:
            days.setdefault(f"{code}000", []).append(max(0, (day_cn(at) - first_seen).days))
    found = [Response(code, len(told), sorted(told)[len(told) // 2], max(told)) for code, told in days.items()]
    return sorted(found, key=lambda row: (-row.median_days, row.township))


def settled_in(session: Session, within: Collection[str], rules: Collection[str], month: str) -> list[str]:
    """Numbers of the leads that were decided in a month (YYYY-MM), in order: what a re-check is drawn from."""
    query = (
        select(Lead.lead_no, LeadRound.decided_at)
        .join(Lead, Lead.id == LeadRound.lead_id)
        .where(*_within(within, rules), LeadRound.decided_at.is_not(None))
        .order_by(Lead.id)
    )
    return [no for no, at in session.execute(query) if at is not None and day_cn(at).isoformat()[:7] == month]


def recheck(population: Collection[str], seed: str, per_cent: int = 5) -> Drawn:
    """The settled leads that are looked at again: anybody with the seed and the list finds the same."""
    return draw(population, Decimal(per_cent), seed)
