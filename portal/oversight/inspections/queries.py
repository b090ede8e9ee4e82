"""Reads of random inspections: the population, the draws, who was drawn, what was found, and a year's figures."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.clock import start_of_day_cn
from portal.kernel.draws import draw
from portal.kernel.errors import NotFound
from portal.oversight.inspections.models import (
    Inspection,
    InspectionItem,
    InspectionPhoto,
    InspectionReview,
    InspectionStratum,
    InspectionSupervisor,
)
from portal.oversight.inspections.models import InspectionState as InspectionState
from portal.oversight.inspections.models import ItemState as ItemState
from portal.oversight.inspections.models import Outcome as Outcome
from portal.oversight.inspections.models import Stratum as Stratum
from portal.oversight.inspections.rules import ANSWERS as ANSWERS
from portal.oversight.inspections.rules import CODES, Member, digest_of
from portal.oversight.inspections.rules import QUESTIONS as QUESTIONS
from portal.oversight.inspections.rules import Point as Point
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.divisions.queries import codes_within, lies_within
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.sealed import keyring_of, seal_name

ITEMS = "inspection_items"


@dataclass(frozen=True)
class InspectionRow:
    """One draw as the list shows it."""

    id: int
    no: str
    division_code: str
    new_since: date
    shares: Mapping[str, Any]
    commitment: str
    seed: str | None
    state: str
    committed_by: str
    committed_at: datetime
    commit_event: str
    drawn_by: str | None
    drawn_at: datetime | None
    draw_event: str | None
    due_on: date | None


@dataclass(frozen=True)
class StratumRow:
    """One stratum of a draw with what repeats it."""

    stratum: str
    per_cent: str
    population: int
    population_sha256: str
    drawn: int
    sample_sha256: str
    tokens: Sequence[str]


@dataclass(frozen=True)
class ItemRow:
    """One household that was drawn; its findings stay sealed here."""

    id: int
    no: str
    inspection_id: int
    stratum: str
    token: str
    household_no: str
    division_code: str
    due_on: date
    state: str
    outcome: str | None
    visited_on: date | None
    first_inspector: str | None
    second_inspector: str | None
    lead_no: str | None
    reported_by: str | None
    reported_at: datetime | None


def _columns(model: Any, row: Any) -> list[Any]:
    return [getattr(model, name) for name in row.__dataclass_fields__]


def members_of(session: Session, division: str) -> list[Member]:
    """Every listed household of a place, with what says its stratum."""
    related = exists().where(
        Person.household_id == Household.id, Person.related_to_cadre.is_(True), Person.superseded_at.is_(None)
    )
    query = select(Household.no, Household.division_code, Household.entered_on, related).where(
        Household.status == HouseholdStatus.LISTED, Household.division_code.in_(codes_within([division]))
    )
    return [Member(*row) for row in session.execute(query)]


def list_inspections(session: Session, within: Collection[str], *, limit: int = 100) -> list[InspectionRow]:
    """The draws of some places, the latest first."""
    query = select(*_columns(Inspection, InspectionRow)).where(lies_within(Inspection.division_code, within))
    return [InspectionRow(*row) for row in session.execute(query.order_by(Inspection.id.desc()).limit(limit))]


def list_drawn(session: Session, *, limit: int = 50) -> list[InspectionRow]:
    """The draws whose seed is out, the latest first: a promise alone would tell a place that it will be looked at."""
    query = select(*_columns(Inspection, InspectionRow)).where(Inspection.seed.is_not(None))
    return [InspectionRow(*row) for row in session.execute(query.order_by(Inspection.id.desc()).limit(limit))]


def is_drawn(session: Session, no: str) -> bool:
    """Whether a number is that of a draw whose seed is out."""
    return session.scalar(select(Inspection.id).where(Inspection.no == no, Inspection.seed.is_not(None))) is not None


def get_inspection(session: Session, no: str) -> InspectionRow:
    """One draw by its number; raises NotFound."""
    row = session.execute(select(*_columns(Inspection, InspectionRow)).where(Inspection.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这次随机抽查", fix="核对抽查编号")
    return InspectionRow(*row)


def numbers_within(within: Collection[str]) -> Select[str]:
    """The numbers of the draws of some places, as a select: for the search over the trail."""
    return select(Inspection.no).where(lies_within(Inspection.division_code, within))


def of_month(session: Session, division: str, month: date) -> list[str]:
    """The draws of a place whose seed was promised since the first day of a month."""
    since = start_of_day_cn(month.replace(day=1))
    query = select(Inspection.no).where(Inspection.division_code == division, Inspection.committed_at >= since)
    return list(session.scalars(query))


def strata_of(session: Session, inspection_id: int) -> list[StratumRow]:
    """The strata of a draw, related first."""
    query = select(*_columns(InspectionStratum, StratumRow)).where(InspectionStratum.inspection_id == inspection_id)
    return [StratumRow(*row) for row in session.execute(query.order_by(InspectionStratum.id))]


@dataclass(frozen=True)
class Again:
    """One stratum made once more from what is published: whether digest and sample are those that were recorded."""

    stratum: str
    same_population: bool
    same_sample: bool


def repeat(row: InspectionRow, strata: Sequence[StratumRow]) -> list[Again]:
    """The draw once more, from tokens, shares and seed alone."""
    told = []
    for one in strata:
        again = draw(one.tokens, Decimal(one.per_cent), row.seed or "-")
        same = digest_of(again.sample) == one.sample_sha256
        told.append(Again(one.stratum, again.population_sha256 == one.population_sha256, same))
    return told


def public_list(row: InspectionRow, strata: Sequence[StratumRow]) -> dict[str, Any]:
    """What `/log/draws/<no>.json` says of a draw: the populations as tokens that name nobody, and what repeats it."""
    codes = {one.value: code for one, code in CODES.items()}
    return {
        "no": row.no,
        "division": row.division_code,
        "commitment": row.commitment,
        "seed": row.seed,
        "strata": [
            {"stratum": codes[one.stratum], "per_cent": one.per_cent, "tokens": list(one.tokens)} for one in strata
        ],
    }


def _mine(session: Session, within: Collection[str], username: str) -> ColumnElement[bool]:
    """Items of one's places, and of those for which one was named as a third party."""
    named = session.execute(
        select(InspectionSupervisor.inspection_id, InspectionSupervisor.division_code).where(
            InspectionSupervisor.username == username
        )
    )
    beside = [
        and_(InspectionItem.inspection_id == number, InspectionItem.division_code.in_(codes_within([place])))
        for number, place in named
    ]
    inside = [lies_within(InspectionItem.division_code, within)] if within else []
    return or_(false(), *inside, *beside)


def list_items(
    session: Session, within: Collection[str], username: str, *, inspection_id: int | None = None, only_open: bool = False,
    limit: int = 500,
) -> list[ItemRow]:  # fmt: skip
    """Who was drawn in one's places, and in those for which one was named; what is due first first."""
    mine = _mine(session, within, username)
    query = select(*_columns(InspectionItem, ItemRow)).where(mine)
    if inspection_id is not None:
        query = query.where(InspectionItem.inspection_id == inspection_id)
    if only_open:
        query = query.where(InspectionItem.state == ItemState.OPEN)
    rows = session.execute(query.order_by(InspectionItem.due_on, InspectionItem.id).limit(limit))
    return [ItemRow(*row) for row in rows]


def get_item(session: Session, no: str, within: Collection[str], username: str) -> ItemRow:
    """One household that was drawn; raises NotFound, also outside one's places."""
    mine = _mine(session, within, username)
    row = session.execute(select(*_columns(InspectionItem, ItemRow)).where(InspectionItem.no == no, mine)).one_or_none()
    if row is None:
        raise NotFound("没有这条抽查事项", fix="从名单重新进入")
    return ItemRow(*row)


def is_named_for(session: Session, no: str, username: str) -> bool:
    """Whether an account was asked as a third party to go along to a household that was drawn."""
    query = select(InspectionItem.id).where(InspectionItem.no == no, _mine(session, (), username))
    return session.scalar(query) is not None


def findings_of(session: Session, no: str) -> dict[str, Any]:
    """What was found on site, opened: {"answers": {question: [answer, note]}, "note": …}; empty before the visit."""
    sealed = session.scalar(select(InspectionItem.findings_sealed).where(InspectionItem.no == no))
    if sealed is None:
        return {}
    found: dict[str, Any] = json.loads(keyring_of(session).open_(sealed, seal_name(ITEMS, "findings_sealed")))
    return found


@dataclass(frozen=True)
class PhotoRow:
    """A picture of a visit."""

    id: int
    item_no: str
    sha256: bytes
    width: int
    height: int


def photos_of(session: Session, item_no: str) -> list[PhotoRow]:
    """The pictures of one visit."""
    query = select(*_columns(InspectionPhoto, PhotoRow)).where(InspectionPhoto.item_no == item_no)
    return [PhotoRow(*row) for row in session.execute(query.order_by(InspectionPhoto.id))]


@dataclass(frozen=True)
class SupervisorRow:
    """A third party that goes along."""

    id: int
    username: str
    division_code: str
    organisation: str


def supervisors_of(session: Session, inspection_id: int) -> list[SupervisorRow]:
    """The third parties of a draw."""
    query = select(*_columns(InspectionSupervisor, SupervisorRow))
    query = query.where(InspectionSupervisor.inspection_id == inspection_id).order_by(InspectionSupervisor.id)
    return [SupervisorRow(*row) for row in session.execute(query)]


def year_figures(session: Session, division: str, year: int) -> dict[str, dict[str, int]]:
    """Of each stratum what a year's draws came to in a place: drawn, visited, differs, not met, leads."""
    count = func.count()
    query = (
        select(
            InspectionItem.stratum, count, count.filter(InspectionItem.state == ItemState.VISITED),
            count.filter(InspectionItem.outcome == Outcome.DIFFERS), count.filter(InspectionItem.state == ItemState.NOT_MET),
            count.filter(InspectionItem.lead_no.is_not(None)),
        )
        .join(Inspection, Inspection.id == InspectionItem.inspection_id)
        .where(
            InspectionItem.division_code.in_(codes_within([division])),
            Inspection.drawn_at >= start_of_day_cn(date(year, 1, 1)),
            Inspection.drawn_at < start_of_day_cn(date(year + 1, 1, 1)),
        )
        .group_by(InspectionItem.stratum)
    )  # fmt: skip
    names = ("drawn", "visited", "differs", "not_met", "leads")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in session.execute(query)}


@dataclass(frozen=True)
class ReviewRow:
    """A year's review of a place."""

    year: int
    division_code: str
    figures: Mapping[str, Mapping[str, int]]
    conclusion: str
    written_by: str
    written_at: datetime


def list_reviews(session: Session, within: Collection[str]) -> list[ReviewRow]:
    """The yearly reviews of some places, the latest first."""
    query = select(*_columns(InspectionReview, ReviewRow)).where(lies_within(InspectionReview.division_code, within))
    return [ReviewRow(*row) for row in session.execute(query.order_by(InspectionReview.year.desc()))]


def lead_of_item(session: Session, rule: str, no: str) -> str | None:
    """The lead that a visit's difference has raised."""
    return session.scalar(select(Lead.lead_no).where(Lead.rule == rule, Lead.subject_no == no))


@dataclass(frozen=True)
class OpenLead:
    """A lead of a household that a visit can judge."""

    lead_no: str
    rule: str


def leads_of_household(session: Session, no: str, rules: Collection[str]) -> list[OpenLead]:
    """The leads of a household by some rules that wait for somebody to verify them."""
    waits = Lead.status.in_((LeadStatus.OPEN, LeadStatus.VERIFYING))
    query = select(Lead.lead_no, Lead.rule).where(Lead.household_no == no, waits, Lead.rule.in_(rules))
    return [OpenLead(*row) for row in session.execute(query.order_by(Lead.id))]
