"""Reads of pairings taken together: what a helper has, what is allowed, which households, villages nobody helps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.divisions.parameters.rules import choose
from portal.registers.divisions.queries import ancestors, codes_within
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.pairings.rules import LIMIT, Load, Span, most_at_once
from portal.registers.helpers.queries import in_force
from portal.registers.recipients.models import Household, HouseholdStatus, WeakVillage, WeakVillageStatus

_CHUNK = 500


@dataclass(frozen=True)
class OpenPairing:
    """One pairing of a helper that is in force on a day or will be."""

    id: int
    target: str
    household_id: int | None
    household_no: str | None
    village_code: str | None
    project_code: str | None
    division_code: str | None  # of the household or village; a project's place is its helper's unit's
    started_on: date
    ended_on: date | None
    visit_days: int | None

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.started_on, self.ended_on)


def list_open(session: Session, helper_id: int, first_day: date) -> list[OpenPairing]:
    """The pairings of a helper in force on a day or later, by place and number."""
    rows = session.execute(
        select(
            Pairing.id, Pairing.target, Pairing.household_id, Household.no, Pairing.village_code, Pairing.project_code,
            Household.division_code, Pairing.started_on, Pairing.ended_on, Pairing.visit_days,
        )
        .outerjoin(Household, Household.id == Pairing.household_id)
        .where(Pairing.helper_id == helper_id, or_(Pairing.ended_on.is_(None), Pairing.ended_on >= first_day))
    )  # fmt: skip
    found = [
        OpenPairing(number, target, household, no, village, project, place or village, start, end, days)
        for number, target, household, no, village, project, place, start, end, days in rows
    ]
    return sorted(found, key=lambda p: (p.division_code or "", p.household_no or "", p.project_code or "", p.id))


def household_spans(session: Session, helper_ids: Collection[int]) -> dict[int, list[Span]]:
    """From when to when some helpers have households."""
    found: dict[int, list[Span]] = {helper: [] for helper in helper_ids}
    rows = session.execute(
        select(Pairing.helper_id, Pairing.started_on, Pairing.ended_on).where(
            Pairing.helper_id.in_(helper_ids), Pairing.household_id.is_not(None)
        )
    )
    for helper, started_on, ended_on in rows:
        found[helper].append(Span(started_on, ended_on))
    return found


def pairings_of(session: Session, helper_ids: Collection[int]) -> dict[int, dict[tuple[str, date], Span]]:
    """From when to when some helpers have households, each by its target and first day, which name a pairing."""
    found: dict[int, dict[tuple[str, date], Span]] = {helper: {} for helper in helper_ids}
    wanted = sorted(helper_ids)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(
            select(Pairing.helper_id, Pairing.target, Pairing.started_on, Pairing.ended_on).where(
                Pairing.helper_id.in_(wanted[start : start + _CHUNK]), Pairing.household_id.is_not(None)
            )
        )
        for helper, target, started_on, ended_on in rows:
            found[helper][target, started_on] = Span(started_on, ended_on)
    return found


def limits_at(session: Session, codes: Iterable[str], on: date) -> dict[str, int | None]:
    """How many households one helper may have at each of some places on a day; None where nobody has set a limit."""
    wanted = set(codes)
    rows = list_rows_of(session, LIMIT)
    chains = ancestors(session, wanted) if rows else {}
    held = {code: choose(rows, [place.code for place in chains.get(code, ())] or [code], on) for code in wanted}
    return {code: int(row.value) if row is not None else None for code, row in held.items()}


@dataclass(frozen=True)
class Given:
    """Households that a helper is to get: when each, and where they are."""

    helper_id: int
    spans: Sequence[Span]
    places: Sequence[str]


def loads_of(session: Session, given: Sequence[Given], on: date) -> list[Load]:
    """How many households each receiver has and would have at once, against the strictest limit of the places."""
    ids = [one.helper_id for one in given]
    held = household_spans(session, ids)
    names: dict[int, Any] = {
        row[0]: row for row in session.execute(select(Helper.id, Helper.no, Helper.name).where(Helper.id.in_(ids)))
    }
    limits = limits_at(session, {place for one in given for place in one.places}, on)
    return [_load(one, held[one.helper_id], names[one.helper_id], limits, on) for one in given]


def _load(
    one: Given,
    held: Sequence[Span],
    name: Any,
    limits: dict[str, int | None],
    on: date,
) -> Load:
    windows = one.spans or [Span(on)]
    allowed = [limit for place in one.places if (limit := limits.get(place)) is not None]
    before = max((most_at_once(held, span) for span in windows), default=0)
    after = max((most_at_once([*held, *one.spans], span) for span in windows), default=0)
    return Load(name.no, name.name, before, after, min(allowed, default=None))


@dataclass(frozen=True)
class Gap:
    """三个一, one of the three: how many there are, how many have nobody, and the first of these."""

    total: int
    without: int
    first: Sequence[tuple[str, str]]  # number (of a village its code), and the place

    @property
    def helped(self) -> int:
        """How many have somebody."""
        return self.total - self.without


def households_without(session: Session, within: Collection[str], on: date, limit: int) -> Gap:
    """Households 在册 with no household pairing in force (H06)."""
    paired = select(Pairing.id).where(Pairing.household_id == Household.id, in_force(on)).exists()
    listed = (
        select(Household.no, Household.division_code)
        .where(Household.division_code.in_(codes_within(within)), Household.status == HouseholdStatus.LISTED)
        .order_by(Household.division_code, Household.no)
    )
    return _gap(session, listed, listed.where(~paired), limit)


def villages_without(session: Session, within: Collection[str], on: date, limit: int) -> Gap:
    """Economically weak villages 在列 with no group in force."""
    paired = select(Pairing.id).where(Pairing.village_code == WeakVillage.village_code, in_force(on)).exists()
    listed = (
        select(WeakVillage.village_code, WeakVillage.village_code.label("place"))
        .where(WeakVillage.village_code.in_(codes_within(within)), WeakVillage.status == WeakVillageStatus.LISTED)
        .distinct()
        .order_by(WeakVillage.village_code)
    )
    return _gap(session, listed, listed.where(~paired), limit)


def _gap(session: Session, everything: Select[*tuple[Any, ...]], alone: Select[*tuple[Any, ...]], limit: int) -> Gap:
    total, without = (
        int(session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0)
        for query in (everything, alone)
    )
    first = [(no, place) for no, place in session.execute(alone.limit(limit))] if without else []
    return Gap(total, without, first)
