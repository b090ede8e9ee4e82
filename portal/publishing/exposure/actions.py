"""What is done with an exposure: written, read over by the gate, released by another, taken down on its day or before."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.oversight.cases.actions import current as current_case
from portal.oversight.cases.models import Case
from portal.oversight.outcomes.models import ProblemKind
from portal.oversight.outcomes.queries import has_outcome
from portal.publishing.exposure.masking.queries import findings_of
from portal.publishing.exposure.models import Exposure, ExposureState
from portal.publishing.exposure.queries import TABLE
from portal.publishing.exposure.rules import Step, next_state, same_hand_refusal, withdraw_problem, words_problem
from portal.publishing.notice_gate import GateRefused
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.queries import get_division
from portal.registers.divisions.rules import township_of
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import RecordedEvent, record


@dataclass(frozen=True)
class Draft:
    """What somebody writes."""

    title: str
    body: str
    organ: str
    kind: str
    division_code: str
    withdraw_on: date


def draft_exposure(session: Session, case_no: str, draft: Draft, act: Act, at: datetime) -> Exposure:
    """Write an exposure of a case that has established a problem. Nobody outside the case's team knows of it yet."""
    need_reason(act)
    case = current_case(session, case_no)
    if not has_outcome(session, case.id):
        raise Refused("案件还没有查明的问题", why="没有查实的不曝光", fix="先登记查明的问题和处理结果")
    _check(session, draft, at)
    row = Exposure(
        no=draft_number(), case_id=case.id, state=ExposureState.DRAFT, drafted_by=act.actor,
        drafted_at=at, **_columns(session, draft),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, case, "case.exposure_drafted", act, at)
    return row


def edit_exposure(session: Session, no: str, draft: Draft, act: Act, at: datetime) -> Exposure:
    """Write it anew. Who wrote it last counts as who drafted it; what it said before is kept."""
    need_reason(act)
    row = current(session, no)
    state = next_state(row.state, Step.EDIT)
    _check(session, draft, at)
    for name, value in _columns(session, draft).items():
        setattr(row, name, value)
    row.state, row.drafted_by, row.drafted_at = state, act.actor, at
    row.checked_by = row.checked_at = row.checked_why = None
    session.flush()
    _note(session, row, case_of(session, row), "case.exposure_edited", act, at)
    return row


def submit_exposure(session: Session, no: str, act: Act, at: datetime) -> Exposure:
    """Hand it to a second person. The gate has to let it pass already now: GateRefused names every finding."""
    row = current(session, no)
    state = next_state(row.state, Step.SUBMIT)
    _gate(session, row, at)
    row.state = state
    session.flush()
    _note(session, row, case_of(session, row), "case.exposure_submitted", act, at)
    return row


def publish_exposure(session: Session, no: str, act: Act, at: datetime) -> Exposure:
    """Release it: another account than its writer's, and past the gate once more. Its digest goes into the public log.

    Only now it gets the number that everybody sees: a gap among them would tell of one that never came out.
    """
    why = need_reason(act)
    row = current(session, no)
    state = next_state(row.state, Step.PUBLISH)
    same_hand_refusal(row.drafted_by, act.actor)
    withdraw_problem(row.withdraw_on, day_cn(at))
    title, body = _gate(session, row, at)
    number = reserve_ids(session.connection(), "exposures_BG", 1)
    row.no = f"BG-{day_cn(at).year}-{number:06d}"
    row.content_sha256 = digest_of(row.no, title, body, row.organ)
    row.state, row.published_on = state, day_cn(at)
    row.checked_by, row.checked_at, row.checked_why = act.actor, at, why
    session.flush()
    said = {"exposure": row.no, "sha256": row.content_sha256}
    row.publication_event = _public_note(session, row, "exposure.published", act, at, said).event_id
    session.flush()
    return row


def return_exposure(session: Session, no: str, act: Act, at: datetime) -> Exposure:
    """The checker sends it back, with the reason."""
    why = need_reason(act)
    row = current(session, no)
    state = next_state(row.state, Step.RETURN)
    same_hand_refusal(row.drafted_by, act.actor)
    row.state, row.checked_by, row.checked_at, row.checked_why = state, act.actor, at, why
    session.flush()
    _note(session, row, case_of(session, row), "case.exposure_returned", act, at)
    return row


def retract_exposure(session: Session, no: str, act: Act, at: datetime) -> Exposure:
    """Take it down before its day, with the reason. Its number, day and organ stay."""
    need_reason(act)
    row = current(session, no)
    row.state, row.ended_on = next_state(row.state, Step.RETRACT), day_cn(at)
    session.flush()
    _public_note(session, row, "exposure.retracted", act, at, {"exposure": row.no})
    return row


def end_due(session: Session, actor: str, at: datetime) -> dict[str, int]:
    """Every night: take down what has come to its day. Nobody has read it since midnight; returns the count."""
    today = day_cn(at)
    due = select(Exposure).where(Exposure.state == ExposureState.PUBLISHED, Exposure.withdraw_on <= today)
    rows = list(session.scalars(due.order_by(Exposure.id).with_for_update()))
    for row in rows:
        row.state, row.ended_on = next_state(row.state, Step.END), today
        session.flush()
        _public_note(session, row, "exposure.ended", Act(actor, ""), at, {"exposure": row.no})
    return {"ended": len(rows)}


def draft_number() -> str:
    """What an exposure is called until it is out: it says neither how many there are nor which came first."""
    return f"NG-{secrets.token_hex(6)}"


def digest_of(no: str, title: str, body: str, organ: str) -> str:
    """The digest that everybody can make from what the page shows: number, organ, title and text as JSON."""
    said = json.dumps([no, organ, title, body], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def current(session: Session, no: str) -> Exposure:
    """The present row of an exposure, locked; raises NotFound. Who may know of it has been asked by the door."""
    row = session.scalar(select(Exposure).where(Exposure.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这篇曝光", fix="核对编号，或从列表重新进入")
    return row


def case_of(session: Session, row: Exposure) -> Case:
    """The case of an exposure."""
    return session.scalars(select(Case).where(Case.id == row.case_id)).one()


def _check(session: Session, draft: Draft, at: datetime) -> None:
    words_problem(draft.title, draft.body, draft.organ)
    withdraw_problem(draft.withdraw_on, day_cn(at))
    if draft.kind not in set(ProblemKind):
        raise BadInput("没有选问题类别", fix="选一类")
    get_division(session, draft.division_code)


def _columns(session: Session, draft: Draft) -> dict[str, Any]:
    keyring = keyring_of(session)
    return {
        "division_code": draft.division_code, "organ": draft.organ.strip(), "kind": draft.kind,
        "withdraw_on": draft.withdraw_on,
        "title_sealed": keyring.seal(draft.title.strip(), seal_name(TABLE, "title_sealed")),
        "body_sealed": keyring.seal(draft.body.strip(), seal_name(TABLE, "body_sealed")),
    }  # fmt: skip


def _gate(session: Session, row: Exposure, at: datetime) -> tuple[str, str]:
    keyring = keyring_of(session)
    title = keyring.open_(row.title_sealed, seal_name(TABLE, "title_sealed"))
    body = keyring.open_(row.body_sealed, seal_name(TABLE, "body_sealed"))
    found = findings_of(session, row.case_id, row.division_code, title, body, row.organ, day_cn(at))
    if found:
        raise GateRefused(found)
    return title, body


def _note(session: Session, row: Exposure, case: Case, kind: str, act: Act, at: datetime) -> None:
    """Before it is out, what is done is the case's affair, and sealed like it."""
    record(
        session, kind=kind, actor=act.actor, subjects=[("case", case.no)], after={"state": row.state},
        why=act.why.strip() or None, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip


def _public_note(
    session: Session, row: Exposure, kind: str, act: Act, at: datetime, said: Mapping[str, Any]
) -> RecordedEvent:
    """What everybody may know: that this number was published or taken down. Never of which case it is."""
    return record(
        session, kind=kind, actor=act.actor, subjects=[("exposure", row.no)], after={"state": row.state, **said},
        why=act.why.strip() or None, unit=township_of(row.division_code), public=said, request_id=act.request_id, at=at,
    )  # fmt: skip
