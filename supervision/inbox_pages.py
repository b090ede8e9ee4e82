"""What the inbox shows: which leads a person may see, narrowed by the address; what was done with many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound
from portal.oversight.complaints.handling import queries as complaints
from portal.oversight.leads.inbox.queries import (
    InboxCounts,
    InboxFilter,
    InboxRow,
    Tab,
    count_inbox,
    divisions_of,
    known_leads,
    list_inbox,
)
from portal.oversight.leads.searches.queries import list_searches
from portal.registers.divisions import queries as divisions
from portal.web import access, paging
from portal.web.hidden_cursors import turn_hidden
from portal.web.language import gettext
from portal.web.lead_words import evidence_in_words
from portal.web.sessions import database, require_principal

FILTERS = ("tab", "rule", "family", "severity", "trend", "place", "due", "words", "person")
PAGE = 50
MOST_SAID = 3


def filter_of(asked: Mapping[str, str]) -> InboxFilter:
    """The inbox of the present person, narrowed to what the address says. An unknown tab is the first one."""
    supervises = access.can(Permission.VIEW_SUPERVISION)
    codes = [each.code for each in RULES.all() if supervises or not each.only_supervision]
    told = {name: asked.get(name, "") for name in FILTERS if name != "tab"}
    tab = Tab(asked["tab"]) if asked.get("tab") in set(Tab) else Tab.TRIAGE
    return InboxFilter(
        require_principal(), access.scopes(Permission.VIEW_LEADS), codes, supervises, today_cn(), tab, **told
    )


@dataclass(frozen=True)
class Inbox:
    """One page of the inbox with all its numbers."""

    wanted: InboxFilter
    listed: paging.Page[InboxRow]
    counts: InboxCounts
    names: Mapping[str, str]
    searches: Sequence[tuple[int, str, str]]
    complaints: int | None

    def url(self, **changed: str) -> str:
        """The address of this inbox with other filters; a blank one falls away."""
        told = {name: str(getattr(self.wanted, name)) for name in FILTERS} | changed
        kept = {name: value for name, value in told.items() if value}
        return access.path_of("/supervision/") + (f"?{urlencode(kept)}" if kept else "")

    def page_url(self, after: str | None) -> str:
        """The address of another page of the list."""
        return self.url(after=after or "")

    def seen(self, row: InboxRow) -> list[tuple[Any, str]]:
        """看到什么: the first lines of the evidence, in words; of a rule that sees an absence, what it looks for."""
        lines = [line for line in evidence_in_words(row.evidence) if not (line.is_visit or line.is_moment)]
        said = [(line.label, str(line.values[0])[:40]) for line in lines[:MOST_SAID] if line.values]
        return said or [("", gettext(RULES.named([row.rule])[0].condition))]


def inbox_of(asked: Mapping[str, str]) -> Inbox:
    """The page that the address asks for."""
    session, wanted = database(), filter_of(asked)
    known = known_leads(session, wanted)
    listed = turn_hidden(
        asked.get("after"),
        2,
        lambda start, n: list_inbox(session, wanted, start, n, known),
        lambda row: (row.due_on.isoformat(), row.id),
        PAGE,
    )
    places = {row.division_code for row in listed.rows} | {row.assigned_division for row in listed.rows}
    handles = access.can(Permission.HANDLE_COMPLAINTS)
    waiting = complaints.count_tabs(session, wanted.me)[complaints.Tab.TRIAGE] if handles else None
    return Inbox(
        wanted=wanted,
        listed=listed,
        counts=count_inbox(session, wanted, known),
        names=divisions.names_of(session, {code for code in places if code}),
        searches=list_searches(session, wanted.me.actor),
        complaints=waiting,
    )


def check_numbers(numbers: Sequence[str]) -> None:
    """Every lead of an act lies where the person may assign; one that does not is answered as one that nobody knows."""
    wanted = filter_of({})
    found = divisions_of(database(), wanted.me, numbers)
    if len(found) != len(set(numbers)):
        raise NotFound("选中的里面有查不到的疑点", fix="刷新清单再选")
    for _no, code, rule in found:
        inside = access.can(Permission.ASSIGN_LEADS, code) if code else wanted.nowhere
        if not inside or rule not in wanted.rules:
            raise NotFound("选中的里面有查不到的疑点", fix="刷新清单再选")
