"""Counts of visits per day, per village and per square kilometre; village points from the households' coordinates."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from portal.kernel.geo import Datum, Point
from portal.registers.divisions.queries import codes_within
from portal.registers.helpers.check_ins.models import CheckIn, Visit
from portal.registers.helpers.check_ins.rules import coarse
from portal.registers.helpers.check_ins.spread.rules import mean_point
from portal.registers.recipients.models import Household

_COUNTS = text("check_ins.state <> 'not_counted'")
_DONE = func.sum(case((CheckIn.visit == Visit.DONE, 1), else_=0))


@dataclass(frozen=True)
class Tally:
    """Visits of a day, a village or a square: made, and those that were not possible for a reason."""

    done: int
    not_possible: int

    @property
    def total(self) -> int:
        """Both kinds meet the duty."""
        return self.done + self.not_possible


def visits_per_day(session: Session, within: Collection[str], since: date, until: date) -> dict[date, Tally]:
    """How many visits were made on each day; days without one are left out."""
    rows = session.execute(
        select(CheckIn.visited_on, func.count(), _DONE)
        .where(CheckIn.division_code.in_(codes_within(within)), CheckIn.visited_on.between(since, until), _COUNTS)
        .group_by(CheckIn.visited_on)
    )
    return {day: Tally(int(done), count - int(done)) for day, count, done in rows}


def visits_per_village(session: Session, within: Collection[str], since: date, until: date) -> dict[str, Tally]:
    """How many visits were made to the households of each village."""
    rows = session.execute(
        select(CheckIn.division_code, func.count(), _DONE)
        .where(CheckIn.division_code.in_(codes_within(within)), CheckIn.visited_on.between(since, until), _COUNTS)
        .group_by(CheckIn.division_code)
    )
    return {code: Tally(int(done), count - int(done)) for code, count, done in rows}


@dataclass(frozen=True)
class Square:
    """About a square kilometre (WGS-84, degrees × 10^7, rounded): how many visits were recorded in it."""

    lat_e7: int
    lng_e7: int
    visits: int


def visits_per_square(session: Session, within: Collection[str], since: date, until: date) -> list[Square]:
    """Where phones were, to a kilometre, by how many visits; those without a place are left out."""
    rows = session.execute(
        select(CheckIn.coarse_lat_e7, CheckIn.coarse_lng_e7, func.count())
        .where(
            CheckIn.division_code.in_(codes_within(within)),
            CheckIn.visited_on.between(since, until),
            CheckIn.coarse_lat_e7.is_not(None),
            _COUNTS,
        )
        .group_by(CheckIn.coarse_lat_e7, CheckIn.coarse_lng_e7)
    )
    return sorted(
        (Square(int(lat or 0), int(lng or 0), count) for lat, lng, count in rows),
        key=lambda s: (-s.visits, s.lat_e7, s.lng_e7),
    )


def village_points(session: Session, within: Collection[str]) -> dict[str, tuple[int, int]]:
    """The middle of each village's households, rounded to a kilometre (WGS-84). Points of unknown datum do not count."""
    rows = session.execute(
        select(
            Household.division_code,
            Household.datum,
            func.count(),
            func.avg(Household.lat_e7),
            func.avg(Household.lng_e7),
        )
        .where(
            Household.division_code.in_(codes_within(within)),
            Household.datum.in_(list(Datum)),
            Household.lat_e7.is_not(None),
            Household.lng_e7.is_not(None),
        )
        .group_by(Household.division_code, Household.datum)
    )
    found: dict[str, list[tuple[Point, int]]] = {}
    for code, datum, count, lat, lng in rows:
        found.setdefault(code, []).append((Point(round(lat), round(lng), Datum(datum)), count))
    return {code: coarse(mean_point(points)) for code, points in found.items()}
