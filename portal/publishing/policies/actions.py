"""What happens to policies: drafted, submitted, released or sent back by a second person, replaced, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.errors import Conflict, Refused
from portal.publishing.containers import scan
from portal.publishing.policies.models import Policy, PolicyState
from portal.publishing.policies.rules import (
    FIELDS,
    IN_WORK,
    NEEDED,
    Step,
    next_state,
    policy_problem,
    slug_problem,
    two_persons,
)
from portal.registers.corrections import Act, get_current, need_reason, refuse_unknown_fields
from portal.registers.divisions.queries import get_division
from portal.trail.actions import record


def draft_policy(session: Session, slug: str, values: Mapping[str, Any], act: Act, at: datetime) -> Policy:
    """A new version of a policy (the first one of a new address). Its conditions are read here; it shows nowhere yet.

    Raises Conflict while another version of the same policy is in work.
    """
    need_reason(act)
    slug_problem(slug)
    _check(session, values)
    versions = select(func.max(Policy.version)).where(Policy.slug == slug)
    if session.scalar(select(Policy.id).where(Policy.slug == slug, Policy.state.in_(IN_WORK))) is not None:
        raise Conflict("这项政策已经有一个版本在拟", fix="改那一个，或先发布、退回它")
    row = Policy(
        slug=slug, version=(session.scalar(versions) or 0) + 1, state=PolicyState.DRAFT, drafted_by=act.actor,
        drafted_at=at, **{"issued_on": None, "valid_to": None, "reached": None, **values},
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, row, "policy.drafted", act, at)
    return row


def _check(session: Session, values: Mapping[str, Any]) -> None:
    refuse_unknown_fields(values, FIELDS)
    policy_problem(values)
    get_division(session, values["division_code"])


def edit_policy(session: Session, policy_id: int, values: Mapping[str, Any], act: Act, at: datetime) -> Policy:
    """Change a draft or one that was sent back. Who changed it last counts as who drafted it."""
    need_reason(act)
    row = get_current(session, Policy, policy_id)
    state = next_state(row.state, Step.EDIT)
    whole = {field: getattr(row, field) for field in FIELDS} | dict(values)
    _check(session, whole)
    for field, value in values.items():
        setattr(row, field, value)
    row.state, row.drafted_by, row.drafted_at = state, act.actor, at
    row.decided_by = row.decided_at = row.decided_why = None
    session.flush()
    _record(session, row, "policy.edited", act, at)
    return row


def submit_policy(session: Session, policy_id: int, act: Act, at: datetime) -> Policy:
    """Hand a draft to whoever releases it."""
    row = get_current(session, Policy, policy_id)
    row.state = next_state(row.state, Step.SUBMIT)
    session.flush()
    _record(session, row, "policy.submitted", act, at)
    return row


def publish_policy(session: Session, policy_id: int, act: Act, at: datetime) -> Policy:
    """Release a version: it replaces the published one. Refused for who drafted it, and where a text holds a number of
    a person.
    """
    need_reason(act)
    row = get_current(session, Policy, policy_id)
    state = next_state(row.state, Step.PUBLISH)
    two_persons(row.drafted_by, act.actor)
    _refuse_personal(row)
    before = session.scalar(select(Policy).where(Policy.slug == row.slug, Policy.state == PolicyState.PUBLISHED))
    if before is not None:
        before.state = next_state(before.state, Step.REPLACE)
        session.flush()  # one published version at a time
    _decide(row, state, act, at)
    session.flush()
    _record(session, row, "policy.published", act, at, public={"policy": row.slug, "version": row.version})
    return row


def _refuse_personal(row: Policy) -> None:
    for field, label in NEEDED.items():
        if found := scan(str(getattr(row, field)).encode(), "text/plain"):
            raise Refused(f"“{label}”里有{found[0].kind}", why="政策页谁都能看", fix="删去号码；联系电话写单位的座机")


def return_policy(session: Session, policy_id: int, act: Act, at: datetime) -> Policy:
    """Send a version back with the reason."""
    need_reason(act)
    row = get_current(session, Policy, policy_id)
    state = next_state(row.state, Step.RETURN)
    two_persons(row.drafted_by, act.actor)
    _decide(row, state, act, at)
    session.flush()
    _record(session, row, "policy.returned", act, at)
    return row


def end_policy(session: Session, policy_id: int, act: Act, at: datetime) -> Policy:
    """End a published policy that no other replaces. It stays readable; runs no longer use it."""
    need_reason(act)
    row = get_current(session, Policy, policy_id)
    state = next_state(row.state, Step.END)
    two_persons(row.drafted_by, act.actor)
    _decide(row, state, act, at)
    session.flush()
    _record(session, row, "policy.ended", act, at, public={"policy": row.slug, "version": row.version})
    return row


def _decide(row: Policy, state: PolicyState, act: Act, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.decided_why = state, act.actor, at, act.why.strip()


def _record(
    session: Session, row: Policy, kind: str, act: Act, at: datetime, public: Mapping[str, Any] | None = None
) -> None:
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=[("policy", row.slug)],
        after={"version": row.version, "state": row.state, "document_no": row.document_no},
        why=act.why or None,
        unit=row.division_code,
        public=public,
        request_id=act.request_id,
        at=at,
    )
