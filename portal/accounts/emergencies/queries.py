"""Reads of emergency grants: what is in force, and what waits for its two reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.accounts.emergencies.rules import REVIEWERS, is_over
from portal.accounts.models import EmergencyGrant, EmergencyReview, User, Verdict
from portal.accounts.permissions import Role
from portal.accounts.rules import RoleScope
from portal.kernel.database import now_utc, table_of
from portal.kernel.errors import NotFound

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Emergency:
    """One emergency grant with its account and what the reviewers found so far."""

    grant: EmergencyGrant
    username: str
    display_name: str
    reviews: tuple[EmergencyReview, ...]
    is_over: bool

    @property
    def waits(self) -> bool:
        """True until two persons have reviewed it."""
        return len(self.reviews) < REVIEWERS


_GRANTS = table_of(EmergencyGrant).c
# Made once, over the table itself: every request of everybody who is signed in asks.
_IN_FORCE = (
    select(_GRANTS.user_id, _GRANTS.role, _GRANTS.scopes)
    .where(
        _GRANTS.user_id.in_(bindparam("users", expanding=True)),
        _GRANTS.ended_at.is_(None),
        _GRANTS.expires_at > bindparam("now"),
    )
    .order_by(_GRANTS.id)
)


def roles_in_force(session: Session, user_ids: Iterable[int]) -> dict[int, tuple[RoleScope, ...]]:
    """Emergency roles of some accounts that hold at this moment; one statement."""
    found = dict[int, tuple[RoleScope, ...]]()
    asked = {"users": list(user_ids), "now": now_utc()}
    for user_id, role, scopes in session.connection().execute(_IN_FORCE, asked):
        found[user_id] = (*found.get(user_id, ()), RoleScope(Role(role), tuple(scopes)))
    return found


def get_emergency(session: Session, emergency_id: int) -> EmergencyGrant:
    """One emergency grant; NotFound when there is none."""
    found = session.get(EmergencyGrant, emergency_id)
    if found is None:
        raise NotFound("没有这条紧急授权", fix="从账号列表重新进入")
    return found


def describe(session: Session, grant: EmergencyGrant, now: datetime) -> Emergency:
    """One emergency grant with its account and reviews."""
    return _with_reviews(session, [grant], now)[0]


def list_of_user(session: Session, user_id: int, now: datetime) -> list[Emergency]:
    """Everything that a person has taken, newest first."""
    query = select(EmergencyGrant).where(EmergencyGrant.user_id == user_id).order_by(EmergencyGrant.id.desc())
    return _with_reviews(session, session.scalars(query.limit(20)).all(), now)


def list_waiting(session: Session, now: datetime) -> list[Emergency]:
    """Emergency grants that two persons have not reviewed yet, oldest first; those still in force among them."""
    reviewed = select(func.count()).where(EmergencyReview.emergency_id == EmergencyGrant.id).scalar_subquery()
    query = select(EmergencyGrant).where(reviewed < REVIEWERS).order_by(EmergencyGrant.id)
    return _with_reviews(session, session.scalars(query).all(), now)


def reviews_of(session: Session, ids: Iterable[int]) -> dict[int, tuple[EmergencyReview, ...]]:
    """Reviews by emergency grant, in the order they were written."""
    query = select(EmergencyReview).where(EmergencyReview.emergency_id.in_(list(ids))).order_by(EmergencyReview.id)
    found: dict[int, tuple[EmergencyReview, ...]] = {}
    for review in session.scalars(query):
        found[review.emergency_id] = (*found.get(review.emergency_id, ()), review)
    return found


def _with_reviews(session: Session, grants: Sequence[EmergencyGrant], now: datetime) -> list[Emergency]:
    reviews = reviews_of(session, [grant.id for grant in grants])
    users = {u.id: u for u in session.scalars(select(User).where(User.id.in_([grant.user_id for grant in grants])))}
    return [
        Emergency(
            grant,
            users[grant.user_id].username,
            users[grant.user_id].display_name,
            reviews.get(grant.id, ()),
            is_over(grant.expires_at, grant.ended_at, now),
        )
        for grant in grants
    ]
