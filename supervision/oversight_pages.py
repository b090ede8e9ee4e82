"""What /supervision/oversight and /supervision/overview show of those who handle leads, for whoever watches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.clock import today_cn
from portal.kernel.draws import Drawn
from portal.oversight.leads.inbox.queries import InboxCounts, InboxRow, Tab, count_inbox, list_inbox
from portal.oversight.leads.watching.queries import (
    LADDER,
    Response,
    Rung,
    overdue_ladder,
    recheck,
    response_times,
    settled_in,
    towns_by_month,
)
from portal.oversight.orders.responding.queries import UnitResponse, unit_responses
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web.sessions import database, require_principal
from supervision.inbox_pages import filter_of

MONTHS = 6
FAMILY = "S"


@dataclass(frozen=True)
class Town:
    """One township over the months: leads that came up, and those that still wait."""

    code: str
    months: Sequence[tuple[int, int]]

    @property
    def total(self) -> int:
        """Leads over all months."""
        return sum(number for number, _waits in self.months)


@dataclass(frozen=True)
class Watch:
    """The page: numbers of the inbox, the ladder, the heat, the response times, the re-check, the S leads."""

    today: date
    counts: InboxCounts
    ladder: Sequence[Rung]
    months: Sequence[str]
    towns: Sequence[Town]
    responses: Sequence[Response]
    units: Sequence[UnitResponse]
    unit_names: Mapping[str, str]
    watching: Sequence[InboxRow]
    month: str
    drawn: Drawn | None
    names: Mapping[str, str]
    rungs: tuple[int, ...] = LADDER

    def heat(self, number: int) -> str:
        """A class of five for a cell, by its share of the fullest one."""
        most = max((n for town in self.towns for n, _waits in town.months), default=0)
        return f"h{0 if not number else 1 + min(3, number * 4 // (most + 1))}"


def months_back(today: date, number: int) -> list[str]:
    """The last months, the present one last, as YYYY-MM."""
    found, day = [], today.replace(day=1)
    for _n in range(number):
        found.append(day.isoformat()[:7])
        day = (day - timedelta(days=1)).replace(day=1)
    return found[::-1]


def watch_page(seed: str, month: str) -> Watch:
    """Everything that the page shows; `seed` draws the re-check of the leads that were settled in a month."""
    session, today = database(), today_cn()
    wanted = filter_of({})
    within, codes = (
        access.scopes(Permission.WATCH_HANDLING),
        [rule.code for rule in RULES.all() if rule.family != FAMILY],
    )
    months = months_back(today, MONTHS)
    since = date.fromisoformat(f"{months[0]}-01")
    found = towns_by_month(session, within, codes, since)
    towns = [Town(code, [told.get(name, (0, 0)) for name in months]) for code, told in found.items()]
    ladder, responses = (
        overdue_ladder(session, within, codes, today),
        response_times(session, within, codes, since),
    )
    units = unit_responses(session, require_principal(), since, today)
    watching = list_inbox(session, filter_of({"family": FAMILY}), None, 20)
    month = month if month in months else months[-1]
    population = settled_in(session, within, codes, month) if seed else []
    places = {one.township for one in ladder} | {one.code for one in towns} | {one.township for one in responses}
    places |= {row.division_code for row in watching if row.division_code}
    return Watch(
        today, count_inbox(session, wanted), ladder, months, sorted(towns, key=lambda one: -one.total), responses,
        units, divisions.names_of_units(session, {one.unit_code for one in units}),
        watching, month, recheck(population, seed) if population else None, divisions.names_of(session, places),
    )  # fmt: skip


def handled(counts: InboxCounts) -> int:
    """Leads that somebody has in hand."""
    return counts.tabs[Tab.HANDLED]
