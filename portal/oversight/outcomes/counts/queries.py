"""The public count. It is counted from entries that nobody can take away, so it never becomes smaller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.oversight.outcomes.counts.rules import SUMS, Chain
from portal.oversight.outcomes.models import Problem, Sanction
from portal.oversight.outcomes.recoveries.models import Recovery
from portal.oversight.outcomes.recoveries.queries import COUNTS


def chains(session: Session) -> list[Chain]:
    """Every year's count over the whole platform, the latest first. Corrections are no further problems or persons."""
    found: dict[int, dict[str, int]] = {}

    def add(name: str, rows: Iterable[tuple[Any, int]]) -> None:
        for year, number in rows:
            found.setdefault(int(year), {})[name] = int(number)

    def by_year(day: Any, what: Any, *where: Any) -> Iterable[tuple[Any, int]]:
        year = func.extract("year", day)
        return [(row[0], row[1]) for row in session.execute(select(year, what).where(*where).group_by(year))]

    own, others = Problem.corrects_id.is_(None), Sanction.corrects_id.is_(None)
    add("problems", by_year(Problem.found_on, func.count(), own))
    add("cases", by_year(Problem.found_on, func.count(Problem.case_id.distinct()), own))
    add("persons", by_year(Sanction.imposed_on, func.count(Sanction.person_mark.distinct()), others))
    sanctioned = Sanction.party.is_not(None) | Sanction.admin.is_not(None)
    add("sanctioned", by_year(Sanction.imposed_on, func.count(Sanction.person_mark.distinct()), others, sanctioned))
    add("recovered_fen", by_year(Recovery.recovered_on, func.coalesce(func.sum(Recovery.amount_fen), 0), COUNTS))
    return [
        Chain(year, *(numbers.get(name, 0) for name in SUMS)) for year, numbers in sorted(found.items(), reverse=True)
    ]
