"""A township's work list of leads 待核实疑点: which of them are the present person's to verify, by their last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.clock import today_cn
from portal.management.place_choice import Choice, chosen_place
from portal.oversight.leads.inbox.queries import NO_DAY
from portal.oversight.leads.sheets.queries import (
    SheetRow,
    WorkCounts,
    WorkFilter,
    WorkRow,
    count_work,
    list_sheets,
    list_work,
    standings_of,
)
from portal.oversight.leads.sheets.rules import Standing
from portal.registers.divisions.queries import names_of
from portal.web import access, paging
from portal.web.hidden_cursors import turn_hidden
from portal.web.sessions import database, require_principal

AT = "/console/leads"
FILTERS = ("place", "rule", "due")


def own_work(asked: Mapping[str, str]) -> WorkFilter:
    """What the present person may verify, narrowed to what the address says. Rules over offices stand in no work list."""
    codes = [rule.code for rule in RULES.all() if not rule.only_supervision]
    told = {name: asked.get(name, "") for name in FILTERS}
    return WorkFilter(access.scopes(Permission.VERIFY_LEADS), codes, today_cn(), **told)


@dataclass(frozen=True)
class Work:
    """One page of the work list."""

    wanted: WorkFilter
    listed: paging.Page[WorkRow]
    counts: WorkCounts
    standings: Mapping[str, Standing]
    names: Mapping[str, str]
    places: Sequence[Choice]
    sheets: Sequence[SheetRow]

    @property
    def has_days(self) -> bool:
        """Whether any lead shown has a last day: where none has, the place has laid down no days."""
        return any(row.due_on != NO_DAY for row in self.listed.rows)

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        kept = {name: str(getattr(self.wanted, name)) for name in FILTERS}
        return urlencode({name: value for name, value in kept.items() if value})

    def url(self, after: str | None) -> str:
        """The address of another page of the list."""
        query = "&".join(part for part in (self.query, urlencode({"after": after}) if after else "") if part)
        return access.path_of(AT) + (f"?{query}" if query else "")


def work_of(asked: Mapping[str, str]) -> Work:
    """The page that the address asks for."""
    session, wanted = database(), own_work(asked)
    place = chosen_place(wanted.place, Permission.VERIFY_LEADS)
    listed = turn_hidden(
        asked.get("after"),
        2,
        lambda start, n: list_work(session, wanted, start, n),
        lambda row: (row.due_on.isoformat(), row.id),
    )
    return Work(
        wanted, listed, count_work(session, wanted), standings_of(session, [row.lead_no for row in listed.rows]),
        names_of(session, {row.division_code for row in listed.rows if row.division_code}), place.options,
        list_sheets(session, require_principal().actor),
    )  # fmt: skip
