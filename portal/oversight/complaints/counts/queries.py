"""The tallies behind the public counts, and what was told of them.

Only what happened on a day is counted; still a place, a disposal or a rating may change afterwards. What was told is
therefore kept as it was told, and nobody reads the tallies but who tells them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.oversight.complaints.counts.models import CountsPublication
from portal.oversight.complaints.counts.rules import FIGURES, Quarter, Tally
from portal.oversight.complaints.handling.models import ComplaintState, Handling, HandlingStep, Reply, Satisfaction
from portal.oversight.complaints.handling.rules import APPEALS, Step
from portal.oversight.complaints.models import Complaint
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.parameters.queries import value_for

_COUNTY = func.substr(Complaint.division_code, 1, 6)
_FIRST_ANSWERS = (ComplaintState.ANSWERED, ComplaintState.REPLIED)
_GOOD = (Satisfaction.SATISFIED, Satisfaction.FAIRLY)


def tallies(session: Session, until: date) -> dict[Quarter, dict[str, Tally]]:
    """By quarter and county (its twelve digits), everything up to a day. Two statements, whatever there is."""
    found: dict[tuple[Quarter, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for query, names in ((_received(until), FIGURES[:1]), (_done(until), FIGURES[1:])):
        for county, year, month, *numbers in session.execute(query):
            cell = found[Quarter(int(year), (int(month) + 2) // 3), f"{county}000000"]
            for name, number in zip(names, numbers, strict=True):
                cell[name] += int(number or 0)
    quarters: dict[Quarter, dict[str, Tally]] = defaultdict(dict)
    for (quarter, county), figures in found.items():
        if any(figures.values()):
            quarters[quarter][county] = Tally(**figures)
    return dict(quarters)


@dataclass(frozen=True)
class Told:
    """One version of what was told of a period: its lines (county, place, figures) and the smallest cell of its day."""

    first_on: date
    last_on: date
    smallest: int
    lines: Sequence[Mapping[str, Any]]
    sha256: str
    version: int
    published_on: date
    why: str | None


@dataclass(frozen=True)
class ToldPeriod:
    """A period as it stands, and its earlier versions, the latest first."""

    now: Told
    earlier: Sequence[Told]


def told_periods(session: Session) -> list[ToldPeriod]:
    """Everything that was told, the latest period first. One statement."""
    columns = [getattr(CountsPublication, name) for name in Told.__dataclass_fields__]
    query = select(*columns).order_by(CountsPublication.first_on.desc(), CountsPublication.version.desc())
    rows = [Told(*row) for row in session.execute(query, execution_options={"include_superseded": True})]
    versions = [list(group) for _first, group in groupby(rows, key=lambda row: row.first_on)]
    return [ToldPeriod(version[0], version[1:]) for version in versions]


def counties_of(session: Session) -> list[str]:
    """The places that may stand alone in what is told here: the county itself, or the counties below the home."""
    home = divisions.home_code(session)
    if home[4:6] not in ("", "00"):
        return [home]
    return [place.code for place in divisions.list_children(session, home or None)]


def smallest_cell(session: Session, today: date) -> int:
    """The smallest number of cases that is told here today."""
    return value_for(session, "small_cell", divisions.home_code(session), today).whole


def _grouped(day: Any, until: date, *numbers: Any) -> Select[Any]:
    keys = (_COUNTY, func.extract("year", day), func.extract("month", day))
    return select(*keys, *numbers).where(day <= until).group_by(*keys)


def _received(until: date) -> Select[Any]:
    return _grouped(Complaint.received_on, until, func.count()).select_from(Complaint)


def _done(until: date) -> Select[Any]:
    """Answers, those that no delay had taken a level up before, and so on, each on its own day.

    What a writer thought is counted once the matter is over: until then he may change his mind. Only petitions tell
    whether they were granted, and only their end is final.
    """
    step, earlier = HandlingStep, aliased(HandlingStep)
    late = exists().where(earlier.complaint_id == step.complaint_id, earlier.n < step.n, earlier.step == Step.RAISE)
    answered = step.state.in_(_FIRST_ANSWERS)
    petition = step.state == ComplaintState.REPLIED
    granted = petition & (Handling.disposal == Reply.SUPPORTED)
    over = (step.state == ComplaintState.ENDED) & (Handling.matter == "信访事项")
    wanted = (
        answered, answered & ~late, petition, granted, step.step.in_(list(APPEALS.values())),
        over & Handling.satisfaction.is_not(None), over & Handling.satisfaction.in_(_GOOD),
    )  # fmt: skip
    sums = [func.sum(case((one, 1), else_=0)) for one in wanted]
    return (
        _grouped(step.done_on, until, *sums)
        .select_from(step)
        .join(Complaint, Complaint.id == step.complaint_id)
        .join(Handling, Handling.complaint_id == Complaint.id)
    )
