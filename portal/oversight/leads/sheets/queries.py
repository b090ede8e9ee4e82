"""Reads of a township's work: its leads that wait to be verified, how each stands, and the sheets that it sent in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.sealing import Keyring
from portal.oversight.complaints.routing.queries import SUBJECT
from portal.oversight.leads.findings.models import LeadFinding
from portal.oversight.leads.hearings.models import LeadHearing
from portal.oversight.leads.models import NO_DAY, Lead
from portal.oversight.leads.rounds.models import LeadRound
from portal.oversight.leads.rounds.rules import OnSite
from portal.oversight.leads.sheets.models import LeadSheet
from portal.oversight.leads.sheets.rules import OPEN_TO_SHEETS, Standing
from portal.registers.divisions.queries import lies_within
from portal.registers.sealed import keyring_of, seal_name

FILE_SEAL: Final = seal_name("lead_sheets", "file_sealed")


@dataclass(frozen=True)
class WorkFilter:
    """Whose work list, and what it is narrowed to. No lead about a complaint stands in one, whoever asks."""

    within: Collection[str]
    rules: Collection[str]
    today: date
    place: str = ""
    rule: str = ""
    due: str = ""  # late, week


@dataclass(frozen=True)
class WorkRow:
    """One lead of a work list."""

    id: int
    lead_no: str
    rule: str
    severity: str
    status: str
    subject_kind: str
    subject_no: str
    household_no: str | None
    division_code: str | None
    evidence: dict[str, Any]
    first_seen: date
    due_on: date


_COLUMNS = tuple(getattr(Lead, name) for name in WorkRow.__dataclass_fields__)


def _waiting(wanted: WorkFilter) -> list[ColumnElement[bool]]:
    return [
        Lead.status.in_(OPEN_TO_SHEETS),
        Lead.rule.in_([wanted.rule] if wanted.rule in wanted.rules else wanted.rules),
        Lead.subject_kind != SUBJECT,
        lies_within(Lead.division_code, wanted.within),
        *([lies_within(Lead.division_code, [wanted.place])] if wanted.place else []),
        *([Lead.due_on < wanted.today] if wanted.due == "late" else []),
        *([Lead.due_on < NO_DAY] if wanted.due == "set" else []),
    ]


def list_work(session: Session, wanted: WorkFilter, after: Start | None = None, limit: int = 51) -> list[WorkRow]:
    """The leads that wait to be verified, those due first first."""
    query = select(*_COLUMNS).where(*_waiting(wanted))
    return [WorkRow(*row) for row in rows_beside(session, query, (Lead.due_on, Lead.id), after, limit)]


def list_named(session: Session, wanted: WorkFilter, numbers: Collection[str]) -> list[WorkRow]:
    """Leads by their numbers, of those that the person may verify at all, whatever has become of them."""
    query = select(*_COLUMNS).where(
        Lead.lead_no.in_(numbers), Lead.rule.in_(wanted.rules), Lead.subject_kind != SUBJECT,
        lies_within(Lead.division_code, wanted.within),
    )  # fmt: skip
    return [WorkRow(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class WorkCounts:
    """How many leads wait, and how many of them are past their day or visited already."""

    waiting: int
    late: int
    verifying: int


def count_work(session: Session, wanted: WorkFilter) -> WorkCounts:
    """The numbers above the list, from one statement."""
    late = func.count().filter(Lead.due_on < wanted.today)
    verifying = func.count().filter(Lead.status == OPEN_TO_SHEETS[1])
    return WorkCounts(*session.execute(select(func.count(), late, verifying).where(*_waiting(wanted))).one())


def standings_of(session: Session, numbers: Collection[str], keyring: Keyring | None = None) -> dict[str, Standing]:
    """How some leads stand, by their numbers, in three statements; with a keyring also what was said and seen."""
    last = select(LeadRound.lead_id, func.max(LeadRound.round).label("round")).group_by(LeadRound.lead_id).subquery()
    rows = session.execute(
        select(Lead, LeadHearing.over_at)
        .outerjoin(LeadHearing, LeadHearing.lead_id == Lead.id)
        .where(Lead.lead_no.in_(numbers))
    ).all()
    ids = [lead.id for lead, _over in rows]
    rounds = {
        row.lead_id: row
        for row in session.scalars(
            select(LeadRound)
            .join(last, (last.c.lead_id == LeadRound.lead_id) & (last.c.round == LeadRound.round))
            .where(LeadRound.lead_id.in_(ids))
        )
    }
    found = _reasons(session, ids)
    return {
        lead.lead_no: _standing(lead, over_at, rounds.get(lead.id), found.get(lead.id), keyring)
        for lead, over_at in rows
    }


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Of each lead, what its latest finding rests on."""
    query = select(LeadFinding.lead_id, LeadFinding.why).where(LeadFinding.lead_id.in_(ids)).order_by(LeadFinding.id)
    return {lead_id: why for lead_id, why in session.execute(query)}


def _standing(
    lead: Lead, over_at: datetime | None, row: LeadRound | None, why: str | None, keyring: Keyring | None
) -> Standing:
    heard = over_at is not None or lead.household_no is None
    kept = (
        lead.lead_no, lead.rule, lead.household_no, lead.status, lead.evidence_digest, lead.first_seen, heard,
    )  # fmt: skip
    if row is None:
        return Standing(*kept)
    return Standing(
        *kept,
        round=row.round,
        sent_back=row.review == "退回",
        visit=_visit(row, keyring),
        conclusion=row.conclusion,
        why=why,
    )


def _visit(row: LeadRound, keyring: Keyring | None) -> OnSite | None:
    """The visit of a round; what was said and seen only with the keyring."""
    if row.visited_on is None:
        return None

    def opened(sealed: bytes | None, name: str) -> str:
        return keyring.open_(sealed, seal_name("lead_rounds", name)) if sealed and keyring else ""

    return OnSite(
        row.visited_on, row.first_visitor or "", row.second_visitor or "", row.speaker or "",
        opened(row.said_sealed, "said_sealed"), opened(row.found_sealed, "found_sealed"), row.photo or "",
    )  # fmt: skip


@dataclass(frozen=True)
class SheetRow:
    """One sheet that was sent in: how many rows, how many of them cannot be taken, and when it was taken in."""

    no: str
    rows: int
    refused: int
    sent_by: str
    sent_at: datetime
    taken_at: datetime | None


_SHEET = tuple(getattr(LeadSheet, name) for name in SheetRow.__dataclass_fields__)


def list_sheets(session: Session, actor: str, limit: int = 20) -> list[SheetRow]:
    """What a person sent in, the latest first."""
    query = select(*_SHEET).where(LeadSheet.sent_by == actor).order_by(LeadSheet.id.desc()).limit(limit)
    return [SheetRow(*row) for row in session.execute(query)]


def get_sheet(session: Session, no: str, actor: str) -> SheetRow:
    """A sheet that the person sent in himself; raises NotFound for any other."""
    row = session.execute(select(*_SHEET).where(LeadSheet.no == no, LeadSheet.sent_by == actor)).one_or_none()
    if row is None:
        raise NotFound("没有这张核查表", fix="从待核实疑点页面打开，或重新上传")
    return SheetRow(*row)


def open_sheet(session: Session, no: str, actor: str) -> bytes:
    """What was sent in, as it came; raises NotFound for another person's."""
    sealed = session.scalar(select(LeadSheet.file_sealed).where(LeadSheet.no == no, LeadSheet.sent_by == actor))
    if sealed is None:
        raise NotFound("没有这张核查表", fix="从待核实疑点页面打开，或重新上传")
    return keyring_of(session).open_bytes(sealed, FILE_SEAL)
