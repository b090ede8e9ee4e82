"""Reads of the inbox: the leads of a tab, how many stand in each, what is saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.complaints.routing.queries import SUBJECT, hides_complaints
from portal.oversight.leads.models import NO_DAY as NO_DAY
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.models import Trend as Trend
from portal.registers.divisions.queries import codes_within, lies_within


class Tab(StrEnum):
    """待研判, 我的, 处理中, 暂存, 已了结."""

    TRIAGE = "triage"
    MINE = "mine"
    HANDLED = "handled"
    SNOOZED = "snoozed"
    OVER = "over"


_OVER = (LeadStatus.SETTLED, LeadStatus.CLOSED)
_HANDLED = (LeadStatus.VERIFYING, LeadStatus.CONCLUDED, LeadStatus.REVIEWED)
_LIVING = (LeadStatus.OPEN, *_HANDLED)
ABOUT_COMPLAINTS = frozenset({"S02"})
"""Rules whose leads name a complaint: counted by themselves, since most people may not know of them."""


@dataclass(frozen=True)
class InboxFilter:
    """Whose inbox, and what he narrows it to. A lead that waits for its hearing stands in no tab."""

    me: Principal
    within: Collection[str]
    rules: Collection[str]
    nowhere: bool
    today: date
    tab: Tab = Tab.TRIAGE
    rule: str = ""
    family: str = ""
    severity: str = ""
    trend: str = ""
    place: str = ""
    due: str = ""  # late, today, week
    words: str = ""
    person: str = ""


@dataclass(frozen=True)
class InboxRow:
    """One line of the inbox."""

    id: int
    lead_no: str
    rule: str
    severity: str
    status: str
    trend: str
    subject_kind: str
    subject_no: str
    household_no: str | None
    division_code: str | None
    evidence: dict[str, Any]
    assigned_to: str | None
    assigned_division: str | None
    snoozed_until: date | None
    wakes_worse: bool
    first_seen: date
    due_on: date


_COLUMNS = tuple(getattr(Lead, name) for name in InboxRow.__dataclass_fields__)


def _tab(wanted: InboxFilter, tab: Tab) -> ColumnElement[bool]:
    asleep = and_(Lead.snoozed_until.is_not(None), Lead.snoozed_until > wanted.today)
    awake = or_(Lead.snoozed_until.is_(None), Lead.snoozed_until <= wanted.today)
    if tab is Tab.TRIAGE:
        return and_(Lead.status == LeadStatus.OPEN, Lead.assigned_to.is_(None), awake)
    if tab is Tab.MINE:
        return and_(Lead.assigned_to == wanted.me.actor, Lead.status.in_(_LIVING), awake)
    if tab is Tab.HANDLED:
        given = and_(Lead.status == LeadStatus.OPEN, Lead.assigned_to.is_not(None))
        return and_(or_(Lead.status.in_(_HANDLED), given), awake)
    if tab is Tab.SNOOZED:
        return and_(Lead.status.in_(_LIVING), asleep)
    return Lead.status.in_(_OVER)


def known_leads(session: Session, wanted: InboxFilter) -> ColumnElement[bool]:
    """A clause over `Lead`: of those about complaints only what the person may know of.

    Made once for a page, since who stands near whom is asked of the whole organisation; of somebody none of whose rules
    is about complaints nothing is asked.
    """
    if not ABOUT_COMPLAINTS & set(wanted.rules):
        return Lead.subject_kind != SUBJECT
    return hides_complaints(session, wanted.me, Lead.subject_kind, Lead.subject_no)


def _seen(session: Session, wanted: InboxFilter, known: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    """What the person may look at at all."""
    place = lies_within(Lead.division_code, wanted.within)
    return [
        or_(place, Lead.division_code.is_(None)) if wanted.nowhere else place,
        Lead.rule.in_(wanted.rules),
        known if known is not None else known_leads(session, wanted),
    ]


def _narrowed(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if wanted.rule:
        clauses.append(Lead.rule == wanted.rule)
    if wanted.family:
        codes = [code for code in wanted.rules if code[:1] == wanted.family]
        clauses.append(Lead.rule.in_(codes) if codes else false())
    if wanted.severity:
        clauses.append(Lead.severity == wanted.severity)
    if wanted.trend:
        clauses.append(Lead.trend == wanted.trend)
    if wanted.place:
        clauses.append(lies_within(Lead.division_code, [wanted.place]))
    if wanted.person:
        clauses.append(Lead.assigned_to == f"user:{wanted.person}")
    if wanted.words:
        words = wanted.words.strip()
        clauses.append(or_(Lead.lead_no == words.upper(), Lead.household_no == words, Lead.subject_no == words))
    if wanted.due == "late":
        clauses.append(Lead.due_on < wanted.today)
    elif wanted.due == "today":
        clauses.append(Lead.due_on == wanted.today)
    elif wanted.due == "set":
        clauses.append(Lead.due_on < NO_DAY)
    return clauses


def list_inbox(
    session: Session, wanted: InboxFilter, after: Start | None = None, limit: int = 51,
    known: ColumnElement[bool] | None = None,
) -> list[InboxRow]:  # fmt: skip
    """The leads of a tab, those due first first; `known` from `known_leads`, where a page has it already."""
    query = select(*_COLUMNS).where(_tab(wanted, wanted.tab), *_seen(session, wanted, known), *_narrowed(wanted))
    return [InboxRow(*row) for row in rows_beside(session, query, (Lead.due_on, Lead.id), after, limit)]


@dataclass(frozen=True)
class InboxCounts:
    """How many leads stand in each tab as narrowed, and of the triage what presses: due today or late, worse, by family."""

    tabs: dict[Tab, int]
    today: int
    late: int
    worse: int
    families: dict[str, int]


def count_inbox(session: Session, wanted: InboxFilter, known: ColumnElement[bool] | None = None) -> InboxCounts:
    """Every number of the page from two statements: all rules but the one about complaints, and that one by itself."""
    counted = _Counted(wanted)
    rules, about = set(wanted.rules) - ABOUT_COMPLAINTS, ABOUT_COMPLAINTS & set(wanted.rules)
    counted.add_all(group for group in session.execute(_groups(wanted)) if group.rule in rules)
    if about:
        mine = known if known is not None else known_leads(session, wanted)
        counted.add_all(group for group in session.execute(_groups(wanted, mine)) if group.rule in about)
    return counted.told()


def _groups(wanted: InboxFilter, known: ColumnElement[bool] | None = None) -> Select[Any]:
    """Leads counted along the index of the counts: of the rules about complaints (those `known`), or of all others.

    The place is asked of the groups, since it is dear for each row. Rule and status are asked of what comes back: in here
    PostgreSQL would ask them of the rows, expect next to none from the prepared `status <> $1`, and sort them all.
    """
    keys = (Lead.status, Lead.rule, Lead.division_code, Lead.assigned_to, Lead.snoozed_until)
    counts = (
        func.count().label("number"),
        func.count().filter(Lead.due_on == wanted.today).label("today"),
        func.count().filter(Lead.due_on < wanted.today).label("late"),
        func.count().filter(Lead.trend != Trend.NEW).label("worse"),
    )
    about = [Lead.rule.in_(ABOUT_COMPLAINTS), known] if known is not None else []
    inner = select(*keys, *counts).where(*about, *_narrowed(wanted)).group_by(*keys).subquery()
    place = inner.c.division_code.in_(codes_within(wanted.within))
    return select(inner).where(or_(place, inner.c.division_code.is_(None)) if wanted.nowhere else place)


class _Counted:
    """The groups put together into the numbers of the page; which tab a group stands in is said as in `_tab`."""

    def __init__(self, wanted: InboxFilter) -> None:
        self.wanted = wanted
        self.tabs = dict.fromkeys(Tab, 0)
        self.today = self.late = self.worse = 0
        self.families: dict[str, int] = {}

    def add_all(self, groups: Iterable[Row[Any]]) -> None:
        for group in groups:
            if group.status != LeadStatus.ASKED:
                self._add(group)

    def _add(self, group: Row[Any]) -> None:
        for tab in self._tabs_of(group):
            self.tabs[tab] += group.number
            if tab is Tab.TRIAGE:
                self.today, self.late = self.today + group.today, self.late + group.late
                self.worse += group.worse
                family = group.rule[:1]
                self.families[family] = self.families.get(family, 0) + group.number

    def _tabs_of(self, group: Row[Any]) -> list[Tab]:
        if group.status in _OVER:
            return [Tab.OVER]
        if group.snoozed_until is not None and group.snoozed_until > self.wanted.today:
            return [Tab.SNOOZED]
        tabs = [Tab.MINE] if group.assigned_to == self.wanted.me.actor else []
        handled = group.status in _HANDLED or group.assigned_to is not None
        return [*tabs, Tab.HANDLED if handled else Tab.TRIAGE]

    def told(self) -> InboxCounts:
        return InboxCounts(self.tabs, self.today, self.late, self.worse, self.families)


def divisions_of(session: Session, me: Principal, numbers: Collection[str]) -> list[tuple[str, str | None, str]]:
    """Number, place and rule of some leads, for the question whether somebody may touch them; not of those that are hidden."""
    query = select(Lead.lead_no, Lead.division_code, Lead.rule).where(
        Lead.lead_no.in_(numbers), hides_complaints(session, me, Lead.subject_kind, Lead.subject_no)
    )
    return [(no, code, rule) for no, code, rule in session.execute(query)]


def similar(session: Session, wanted: InboxFilter, lead_no: str, rule: str, division: str | None) -> list[InboxRow]:
    """Other leads of the same rule in the same place, the latest first."""
    query = select(*_COLUMNS).where(
        Lead.rule == rule, Lead.division_code == division, Lead.lead_no != lead_no, Lead.status != LeadStatus.ASKED,
        *_seen(session, wanted, None),
    )  # fmt: skip
    return [InboxRow(*row) for row in session.execute(query.order_by(Lead.id.desc()).limit(8))]


def given_to(session: Session, username: str) -> list[str]:
    """Numbers of the living leads that an account was given."""
    query = select(Lead.lead_no).where(Lead.assigned_to == f"user:{username}", Lead.status.not_in(_OVER))
    return list(session.scalars(query.order_by(Lead.id)))
