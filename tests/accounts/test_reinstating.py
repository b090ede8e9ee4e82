"""A disabled account comes back by two persons, with its roles and without its sessions."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import disable_account
from portal.accounts.models import LoginSession, User
from portal.accounts.permissions import Role
from portal.accounts.reinstating.actions import decide_reinstating, propose_reinstating
from portal.accounts.rules import Principal
from portal.accounts.sign_in.actions import NewSession, forget_sessions, open_session
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.trail.models import TrailSubject
from tests.factories.accounts import make_user, principal_of

COUNTY = "320826000000"


@pytest.fixture
def admin(session: Session) -> Principal:
    return principal_of(session, Role.SYSTEM_ADMIN)


@pytest.fixture
def security(session: Session) -> Principal:
    return principal_of(session, Role.SECURITY_ADMIN)


@pytest.fixture
def li(session: Session, security: Principal) -> User:
    user = make_user(session, Role.FUND_MANAGER, [COUNTY], username="li.wei")
    open_session(session, user.id, NewSession(b"t" * 32, b"c" * 32, "Chrome"), now_utc())
    disable_account(session, security, user, why="以为账号被盗")
    return user


def test_one_proposes_another_approves_and_roles_are_as_before(
    session: Session, admin: Principal, security: Principal, li: User
) -> None:
    proposal = propose_reinstating(session, admin, li, why="查明是误停")
    assert queries.principal_of(session, li).roles == ()
    decide_reinstating(session, security, proposal.id, approve=True)
    assert [r.role for r in queries.principal_of(session, li).roles] == [Role.FUND_MANAGER]
    assert session.scalars(select(LoginSession.ended_at)).one() is not None
    kinds = [s.type for s in session.query(TrailSubject).filter_by(kind="reinstatement")]
    assert kinds == ["account.return_proposed", "account.returned"]


def test_nobody_brings_an_account_back_alone(session: Session, admin: Principal, security: Principal, li: User) -> None:
    proposal = propose_reinstating(session, security, li, why="查明是误停")
    with pytest.raises(Refused):
        decide_reinstating(session, security, proposal.id, approve=True)
    for by in (admin, principal_of(session, Role.AUDIT_ADMIN), principal_of(session, Role.LEADER)):
        with pytest.raises((Refused, NotAllowed)):
            decide_reinstating(session, by, proposal.id, approve=True)
    assert li.disabled_at is not None
    decide_reinstating(session, principal_of(session, Role.SECURITY_ADMIN), proposal.id, approve=True)
    assert li.disabled_at is None


def test_a_refusal_needs_a_reason_and_leaves_it_stopped(
    session: Session, admin: Principal, security: Principal, li: User
) -> None:
    proposal = propose_reinstating(session, admin, li, why="借调期满")
    with pytest.raises(Conflict):
        propose_reinstating(session, admin, li, why="再提一次")
    with pytest.raises(BadInput):
        decide_reinstating(session, security, proposal.id, approve=False)
    decide_reinstating(session, security, proposal.id, approve=False, why="还没有查清")
    assert li.disabled_at is not None
    with pytest.raises(Conflict):
        decide_reinstating(session, security, proposal.id, approve=True)


def test_only_a_stopped_account_with_a_reason(session: Session, admin: Principal, li: User) -> None:
    with pytest.raises(BadInput):
        propose_reinstating(session, admin, li, why=" ")
    with pytest.raises(Conflict):
        propose_reinstating(session, admin, make_user(session, Role.LEADER), why="没有停用")


def test_sessions_long_over_are_forgotten_and_living_ones_stay(session: Session) -> None:
    user, now = make_user(session, Role.LEADER), now_utc()
    for n, ago in enumerate((0, 1, 29, 31, 400)):
        open_session(session, user.id, NewSession(bytes([n]) * 32, b"c" * 32, "Chrome"), now - timedelta(days=ago))
    assert forget_sessions(session, now - timedelta(days=30)) == 2
    assert len(session.scalars(select(LoginSession)).all()) == 3
