"""What happens to proposed parameters: one account proposes, another approves or sends back. Nothing holds before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import reserve_ids
from portal.kernel.errors import NotFound
from portal.registers.corrections import Act, add_record, check_version, get_current, need_reason
from portal.registers.divisions.parameters.actions import (
    add_parameter,
    check_added,
    check_corrected,
    correct_parameter,
    withdraw_parameter,
)
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.divisions.parameters.proposals.models import Doing, ParameterProposal, ProposalState
from portal.registers.divisions.parameters.proposals.rules import decision_problem, given, kept
from portal.registers.divisions.rules import pad_code, township_of
from portal.trail.actions import record


def propose_parameter(session: Session, values: Mapping[str, Any], act: Act, at: datetime) -> ParameterProposal:
    """Propose a new row; refused at once where `add_parameter` would refuse it."""
    row = check_added(session, values)
    return _propose(session, Doing.ADD, row.name, pad_code(row.division_code), None, values, None, act, at)


def propose_correction(
    session: Session, parameter_id: int, values: Mapping[str, Any], act: Act, version: str | None, at: datetime
) -> ParameterProposal:
    """Propose another value, unit, basis or last day of a row. Raises Conflict for an outdated version."""
    row = get_current(session, Parameter, parameter_id)
    check_version(row, version)
    check_corrected(row, values)
    return _propose(session, Doing.CORRECT, row.name, row.division_code, row.id, values, version, act, at)


def propose_withdrawal(
    session: Session, parameter_id: int, act: Act, version: str | None, at: datetime
) -> ParameterProposal:
    """Propose to take a row out of force."""
    row = get_current(session, Parameter, parameter_id)
    check_version(row, version)
    return _propose(session, Doing.WITHDRAW, row.name, row.division_code, row.id, {}, version, act, at)


def _propose(
    session: Session,
    doing: Doing,
    name: str,
    division: str,
    parameter_id: int | None,
    values: Mapping[str, Any],
    version: str | None,
    act: Act,
    at: datetime,
) -> ParameterProposal:
    number = reserve_ids(session.connection(), "parameter_proposals", 1)
    stands = session.get(Parameter, parameter_id) if doing is Doing.CORRECT else None
    stood = kept({name: getattr(stands, name) for name in values}) if stands is not None else None
    row = ParameterProposal(
        id=number, no=f"CS-{at.year}-{number:06d}", doing=doing, name=name, division_code=division,
        parameter_id=parameter_id, wanted=kept(values), stood=stood, version=version, why=need_reason(act),
        proposed_by=act.actor, proposed_at=at, state=ProposalState.WAITING,
    )  # fmt: skip
    add_record(session, row, act, kind="parameter.proposed", subjects=_subjects(row), unit=township_of(division))
    return row


def approve_proposal(session: Session, no: str, act: Act, at: datetime) -> ParameterProposal:
    """Another account approves: the change is made in its name, with the proposer's reason and both names.

    Raises Refused for who proposed it, Conflict when the row has changed since.
    """
    row = _decide(session, no, ProposalState.IN_FORCE, act, at)
    made = Act(act.actor, f"{row.why}（提出：{row.proposed_by}）", act.request_id)
    if row.doing == Doing.ADD:
        row.parameter_id = add_parameter(session, given(row.wanted), made).id
    elif row.doing == Doing.CORRECT:
        correct_parameter(session, row.parameter_id or 0, given(row.wanted), made, row.version)
    else:
        withdraw_parameter(session, row.parameter_id or 0, made, row.version)
    session.flush()
    _record(session, row, "parameter.approved", act, at)
    return row


def return_proposal(session: Session, no: str, act: Act, at: datetime) -> ParameterProposal:
    """Another account sends it back with the reason; nothing changes."""
    row = _decide(session, no, ProposalState.RETURNED, act, at)
    session.flush()
    _record(session, row, "parameter.returned", act, at)
    return row


def _decide(session: Session, no: str, state: ProposalState, act: Act, at: datetime) -> ParameterProposal:
    why = need_reason(act)
    row = session.scalar(select(ParameterProposal).where(ParameterProposal.no == no).with_for_update())
    if row is None or not row.is_current:
        raise NotFound("没有这项改动", fix="从动态参数的清单重新进入")
    decision_problem(row.state, row.proposed_by, act.actor)
    row.state, row.decided_by, row.decided_at, row.decided_why = state, act.actor, at, why
    return row


def _record(session: Session, row: ParameterProposal, kind: str, act: Act, at: datetime) -> None:
    record(
        session, kind=kind, actor=act.actor, subjects=_subjects(row), before={"state": ProposalState.WAITING},
        after={"state": row.state, "proposed_by": row.proposed_by}, why=act.why, unit=township_of(row.division_code),
        request_id=act.request_id, at=at,
    )  # fmt: skip


def _subjects(row: ParameterProposal) -> list[tuple[str, str]]:
    return [("parameter", f"{row.name}@{row.division_code}"), ("division", row.division_code)]
