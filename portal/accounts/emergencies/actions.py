"""Taking a role in an emergency, giving it back, and the two reviews afterwards. The door asks for a fresh code first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actions import insist
from portal.accounts.emergencies import queries
from portal.accounts.emergencies.rules import LIVES, is_over, refuse_emergency, refuse_review
from portal.accounts.models import EmergencyGrant, EmergencyReview, User, Verdict
from portal.accounts.permissions import ROLE_NAMES, Permission, Role
from portal.accounts.rules import Principal, refuse_role_set
from portal.kernel.database import now_utc
from portal.kernel.errors import Conflict
from portal.trail import actions as trail


def take_role(
    session: Session, by: Principal, role: Role, scopes: Sequence[str], *, why: str, request_id: str | None = None
) -> EmergencyGrant:
    """Take a role for four hours without a second person. It is recorded at once and reviewed by two afterwards."""
    codes = list(dict.fromkeys(code.strip() for code in scopes if code.strip()))
    refuse_emergency(by, role, codes, why)
    refuse_role_set(accounts.ever_held(session, by.user_id), role)
    if queries.roles_in_force(session, [by.user_id]):
        raise Conflict("您已经有一条紧急授权在用", fix="先交还，或等它到时间")
    now = now_utc()
    grant = EmergencyGrant(
        user_id=by.user_id, role=role.value, scopes=codes, why=why.strip(), taken_at=now, expires_at=now + LIVES
    )
    session.add(grant)
    session.flush()
    user = accounts.get_user_by_id(session, by.user_id)
    about = {"role": role.value, "role_name": ROLE_NAMES[role], "scopes": codes, "expires_at": grant.expires_at}
    _record(session, "emergency.taken", by, user, grant, about, why.strip(), request_id)
    return grant


def end_emergency(session: Session, by: Principal, emergency_id: int, *, request_id: str | None = None) -> None:
    """Give one's own back before its time, or stop somebody else's (administrators who may disable)."""
    grant = queries.get_emergency(session, emergency_id)
    if grant.user_id != by.user_id:
        insist(by, Permission.DISABLE_PEOPLE)
    now = now_utc()
    if is_over(grant.expires_at, grant.ended_at, now):
        raise Conflict("这条紧急授权已经结束", fix="不用再交还")
    grant.ended_at, grant.ended_by = now, by.actor
    session.flush()
    user = accounts.get_user_by_id(session, grant.user_id)
    _record(session, "emergency.ended", by, user, grant, {"role": grant.role}, None, request_id)


def review_emergency(
    session: Session, by: Principal, emergency_id: int, verdict: Verdict, *, note: str, request_id: str | None = None
) -> None:
    """Say, after it is over, whether it was needed. Two persons do, each for himself."""
    insist(by, Permission.REVIEW_EMERGENCIES)
    grant = queries.get_emergency(session, emergency_id)
    user = accounts.get_user_by_id(session, grant.user_id)
    refuse_review(
        taker=f"user:{user.username}",
        reviewer=by.actor,
        reviewers=[review.reviewer for review in queries.reviews_of(session, [grant.id]).get(grant.id, ())],
        is_over=is_over(grant.expires_at, grant.ended_at, now_utc()),
        note=note,
    )
    review = EmergencyReview(
        emergency_id=grant.id, reviewer=by.actor, verdict=verdict.value, note=note.strip(), reviewed_at=now_utc()
    )
    session.add(review)
    session.flush()
    _record(session, "emergency.reviewed", by, user, grant, {"verdict": verdict.value}, note.strip(), request_id)


def _record(
    session: Session,
    kind: str,
    by: Principal,
    user: User,
    grant: EmergencyGrant,
    after: Mapping[str, Any],
    why: str | None,
    request_id: str | None,
) -> None:
    trail.record(
        session,
        kind=kind,
        actor=by.actor,
        subjects=[("account", user.username), ("emergency", str(grant.id))],
        after=after,
        why=why,
        request_id=request_id,
    )
