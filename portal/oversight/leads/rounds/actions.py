"""What happens in a round: two go there, one concludes, another reviews, a third decides. No step changes a register."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import NotFound, Refused
from portal.kernel.photos.reading import read_photo
from portal.oversight.leads.actions import settle
from portal.oversight.leads.assigning.actions import note_step
from portal.oversight.leads.assigning.models import Work
from portal.oversight.leads.findings.actions import find
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.findings.rules import need_person
from portal.oversight.leads.hearings.queries import find_hearing
from portal.oversight.leads.models import STATUS_NAMES, Lead, LeadStatus
from portal.oversight.leads.noting.actions import note
from portal.oversight.leads.rounds.models import Disposition, LeadRound
from portal.oversight.leads.rounds.queries import FOLDER, concluded_reconfirmation, find_household_id, photo_name
from portal.oversight.leads.rounds.rules import (
    PROCEDURES,
    OnSite,
    check_apart,
    check_conclusion,
    check_disposition,
    check_visit,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.recipients.procedures.actions import open_procedure
from portal.registers.recipients.procedures.models import Source
from portal.registers.sealed import keyring_of, seal_name

SAID_SEAL = seal_name("lead_rounds", "said_sealed")
FOUND_SEAL = seal_name("lead_rounds", "found_sealed")
OPEN_TO_WORK = (LeadStatus.OPEN, LeadStatus.VERIFYING)


def keep_photo(session: Session, files_dir: Path, data: bytes) -> str:
    """Keep the picture of a visit: rebuilt without metadata, sealed; returns its SHA-256. BadInput for no picture."""
    photo = read_photo(data)
    digest = hashlib.sha256(photo.derivative).hexdigest()
    sealed_files.keep(files_dir / FOLDER, photo_name(digest), photo.derivative, keyring_of(session))
    return digest


def record_visit(session: Session, lead_no: str, visit: OnSite, act: Act, at: datetime) -> LeadRound:
    """Write down what two persons heard and saw on site; the lead is being verified from now on.

    What was said and seen is sealed. Raises BadFields, NotFound, Refused for a lead that waits or has a conclusion.
    """
    need_person(act.actor)
    lead = _get(session, lead_no)
    if lead.status not in OPEN_TO_WORK:
        raise Refused(
            "这条疑点现在不能填入户记录", why=f"它的状态是“{STATUS_NAMES[LeadStatus(lead.status)]}”", fix="刷新页面"
        )
    check_visit(visit, lead.first_seen, day_cn(at))
    row, keyring = _round(session, lead), keyring_of(session)
    _keep(session, row)
    row.visited_on, row.first_visitor, row.second_visitor = visit.visited_on, visit.first.strip(), visit.second.strip()
    row.speaker, row.photo, row.visited_by, row.visited_at = visit.speaker, visit.photo, act.actor, at
    row.said_sealed = keyring.seal(visit.said.strip(), SAID_SEAL)
    row.found_sealed = keyring.seal(visit.found.strip(), FOUND_SEAL)
    row.found_index = keyring.blind_index(visit.found.strip())
    if lead.status == LeadStatus.OPEN:
        settle(session, lead_no, status=LeadStatus.VERIFYING, conclusion="", actor=act.actor)
    _write(session, lead, Work.VISITED, "lead.visit.recorded", act, at, {"round": row.round, "speaker": row.speaker})
    return row


def conclude(session: Session, lead_no: str, finding: Finding, act: Act, at: datetime) -> Lead:
    """核实结论: what a named person found. Refused without the visit that the conclusion rests on."""
    lead = _get(session, lead_no)
    row = _round(session, lead)
    hearing = find_hearing(session, lead.id)
    heard = hearing is not None and hearing.over_at is not None
    check_conclusion(
        lead.rule, lead.household_no, finding, visited=row.visited_on is not None, heard=heard or _asks_nobody(lead)
    )
    find(session, lead_no, finding, act, at)
    if lead.status == LeadStatus.CONCLUDED:
        _keep(session, row)
        row.conclusion, row.verified_by, row.verified_at = finding, act.actor, at
        if row.found_index is None:
            row.found_index = keyring_of(session).blind_index(act.why.strip())
        session.flush()
        note_step(session, lead, Work.CONCLUDED, act, at, {"finding": finding})
    return lead


def review(session: Session, lead_no: str, act: Act, at: datetime, *, agrees: bool) -> Lead:
    """县级复核, by another than who verified: agreed, it waits for its decision; sent back, a new round begins."""
    need_person(act.actor)
    why, lead = need_reason(act), _get(session, lead_no)
    row = _round(session, lead)
    if lead.status != LeadStatus.CONCLUDED:
        raise Refused(
            "这条疑点没有等复核的结论", why=f"它的状态是“{STATUS_NAMES[LeadStatus(lead.status)]}”", fix="刷新页面"
        )
    check_apart(act.actor, row.verified_by, row.visited_by, what="复核")
    row.reviewed_by, row.reviewed_at, row.review, row.review_why = act.actor, at, "同意" if agrees else "退回", why
    status = LeadStatus.REVIEWED if agrees else LeadStatus.VERIFYING
    settle(session, lead_no, status=status, conclusion=lead.conclusion or "", actor=act.actor)
    _write(session, lead, Work.AGREED if agrees else Work.SENT_BACK, "lead.reviewed", act, at, {"review": row.review})
    return lead


def decide(session: Session, lead_no: str, disposition: Disposition, act: Act, at: datetime) -> LeadRound:
    """处置, by a third person. 退出 needs a concluded reconfirmation and begins the register's own procedure.

    Nothing else about the household changes here: the procedure's steps, persons and notices do.
    """
    need_person(act.actor)
    why, lead = need_reason(act), _get(session, lead_no)
    row = _round(session, lead)
    if lead.status != LeadStatus.REVIEWED or row.conclusion is None:
        raise Refused(
            "这条疑点还没有复核，不能处置",
            why=f"它的状态是“{STATUS_NAMES[LeadStatus(lead.status)]}”",
            fix="先核实、复核",
        )
    check_apart(act.actor, row.verified_by, row.visited_by, row.reviewed_by, what="处置")
    check_disposition(Finding(row.conclusion), disposition)
    household = find_household_id(session, lead.household_no)
    if disposition is Disposition.EXIT:
        row.reconfirmation_no = concluded_reconfirmation(session, lead_no, household)
        if row.reconfirmation_no is None:
            raise Refused(
                "退出以前要先重新确认", why="本户有一次说明、更正或自愿退出的机会", fix="先请本户重新确认，有了结论再处置",
                code="no_reconfirmation",
            )  # fmt: skip
    kind = PROCEDURES.get(disposition)
    if kind is not None and household is not None:
        begun = Act(act.actor, f"疑点 {lead_no}：{why}", act.request_id)
        row.procedure_no = open_procedure(session, kind, household, Source.DEPARTMENT, begun, at).no
    row.disposition, row.decided_by, row.decided_at, row.decided_why = disposition, act.actor, at, why
    words = f"{disposition}：{why}"
    settle(session, lead_no, status=LeadStatus.SETTLED, conclusion=words, actor=act.actor)
    after = {"disposition": disposition, "procedure": row.procedure_no, "reconfirmation": row.reconfirmation_no}
    _write(session, lead, Work.SETTLED, "lead.decided", act, at, after)
    return row


def _asks_nobody(lead: Lead) -> bool:
    """Leads without a household or a helper have nobody to hear first."""
    return lead.household_no is None


def _get(session: Session, lead_no: str) -> Lead:
    lead = session.scalar(select(Lead).where(Lead.lead_no == lead_no).with_for_update())
    if lead is None:
        raise NotFound("没有这条疑点", fix="核对编号，或从清单查找")
    return lead


def _round(session: Session, lead: Lead) -> LeadRound:
    """The round that is open; a new one after the last was sent back or settled."""
    query = select(LeadRound).where(LeadRound.lead_id == lead.id).order_by(LeadRound.round.desc()).limit(1)
    row = session.scalar(query)
    if row is not None and row.review != "退回" and row.decided_by is None:
        return row
    last = session.scalar(select(func.max(LeadRound.round)).where(LeadRound.lead_id == lead.id)) or 0
    return LeadRound(lead_id=lead.id, round=last + 1)


def _keep(session: Session, row: LeadRound) -> None:
    """A round is written with its first step, never with one that was refused."""
    if inspect(row).transient:
        row.id = reserve_ids(session.connection(), "lead_rounds", 1)
        session.add(row)


def _write(
    session: Session, lead: Lead, work: Work, kind: str, act: Act, at: datetime, after: Mapping[str, object]
) -> None:
    session.flush()
    said = {name: value for name, value in after.items() if value is not None}
    note_step(session, lead, work, act, at, said)
    note(session, kind, [lead], act, after={"status": lead.status, **said}, at=at)
    session.flush()
