"""Grants: proposed by one, approved by another; nothing works before the three are in place."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import command_line, disable_account, end_role, open_account
from portal.accounts.grants.actions import approve_grant, propose_grant, refuse_grant
from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.accounts.rules import NATION, Principal
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.trail.models import TrailSubject
from tests.factories.accounts import make_user, principal_of

COUNTY, OTHER = "320826000000", "320830000000"


@pytest.fixture
def admin(session: Session) -> Principal:
    return principal_of(session, Role.SYSTEM_ADMIN)


@pytest.fixture
def security(session: Session) -> Principal:
    return principal_of(session, Role.SECURITY_ADMIN)


@pytest.fixture
def audit(session: Session) -> Principal:
    return principal_of(session, Role.AUDIT_ADMIN)


@pytest.fixture
def li(session: Session) -> User:
    return make_user(session, None, username="li.wei")


def held(session: Session, user: User) -> list[tuple[str, tuple[str, ...]]]:
    return [(r.role.value, r.scopes) for r in queries.principal_of(session, user).roles]


def test_one_proposes_and_another_approves(
    session: Session, admin: Principal, security: Principal, audit: Principal, li: User
) -> None:
    grant = propose_grant(session, admin, li, Role.FUND_MANAGER, [COUNTY], why="任命文件 2026-7")
    assert held(session, li) == []
    approve_grant(session, security, grant.id)
    assert held(session, li) == [("fund_manager", (COUNTY,))]
    kinds = [
        s.type for s in session.query(TrailSubject).filter_by(kind="account", no="li.wei").order_by(TrailSubject.id)
    ]
    assert kinds == ["account.opened", "grant.proposed", "grant.approved"]


def test_before_the_three_are_in_place_no_grant_works(
    session: Session, admin: Principal, security: Principal, li: User
) -> None:
    make_user(session, Role.AUDIT_ADMIN, taken=False)
    grant = propose_grant(session, admin, li, Role.FUND_MANAGER, [COUNTY], why="任命")
    with pytest.raises(Refused) as told:
        approve_grant(session, security, grant.id)
    assert told.value.code == "three_missing"
    assert held(session, li) == []


def test_who_proposes_cannot_approve(
    session: Session, security: Principal, admin: Principal, audit: Principal, li: User
) -> None:
    grant = propose_grant(session, security, li, Role.AUDITOR, [COUNTY], why="任命")
    with pytest.raises(Refused):
        approve_grant(session, security, grant.id)
    other = principal_of(session, Role.SECURITY_ADMIN)
    approve_grant(session, other, grant.id)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.LEADER, Role.INSPECTION_HEAD])
def test_only_security_approves(
    session: Session, admin: Principal, security: Principal, audit: Principal, li: User, role: Role
) -> None:
    grant = propose_grant(session, admin, li, Role.AUDITOR, [COUNTY], why="任命")
    with pytest.raises(NotAllowed):
        approve_grant(session, principal_of(session, role), grant.id)


def test_nobody_grants_himself(session: Session, security: Principal, admin: Principal) -> None:
    own = queries.get_user(session, security.username)
    with pytest.raises(Refused):
        propose_grant(session, security, own, Role.SECURITY_ADMIN, [COUNTY], why="任命")


def test_an_approver_cannot_be_the_one_who_gains(
    session: Session, admin: Principal, security: Principal, audit: Principal
) -> None:
    grant = propose_grant(
        session, admin, queries.get_user(session, security.username), Role.SECURITY_ADMIN, [COUNTY], why="x"
    )
    with pytest.raises(Refused):
        approve_grant(session, security, grant.id)


def test_a_role_that_ended_still_counts_for_the_three(
    session: Session, admin: Principal, security: Principal, audit: Principal
) -> None:
    second = make_user(session, Role.AUDIT_ADMIN, username="wang")
    role_id = queries.list_roles(session, second.id)[0].id
    end_role(session, security, second, role_id, why="调离")
    assert held(session, second) == []
    with pytest.raises(Refused, match="当过"):
        propose_grant(session, admin, second, Role.SYSTEM_ADMIN, [COUNTY], why="任命")


def test_a_role_that_is_only_proposed_counts_too(session: Session, admin: Principal, li: User) -> None:
    propose_grant(session, admin, li, Role.SYSTEM_ADMIN, [COUNTY], why="任命")
    with pytest.raises(Refused):
        propose_grant(session, admin, li, Role.AUDIT_ADMIN, [COUNTY], why="任命")


def test_a_grant_reaches_no_further_than_who_grants(
    session: Session, security: Principal, audit: Principal, li: User
) -> None:
    local = principal_of(session, Role.SYSTEM_ADMIN, [COUNTY])
    with pytest.raises(NotAllowed):
        propose_grant(session, local, li, Role.AUDITOR, [OTHER], why="任命")
    grant = propose_grant(session, local, li, Role.AUDITOR, [COUNTY], why="任命")
    with pytest.raises(NotAllowed):
        approve_grant(session, principal_of(session, Role.SECURITY_ADMIN, [OTHER]), grant.id)
    approve_grant(session, security, grant.id)


@pytest.mark.parametrize("scopes", [[], [""], ["320826"], ["32082600000x"], ["３２０８２６００００００"]])
def test_a_scope_is_twelve_digits(session: Session, admin: Principal, li: User, scopes: list[str]) -> None:
    with pytest.raises(BadInput):
        propose_grant(session, admin, li, Role.AUDITOR, scopes, why="任命")


def test_a_grant_is_decided_once(
    session: Session, admin: Principal, security: Principal, audit: Principal, li: User
) -> None:
    grant = propose_grant(session, admin, li, Role.AUDITOR, [COUNTY], why="任命")
    with pytest.raises(BadInput):
        refuse_grant(session, security, grant.id, why=" ")
    refuse_grant(session, security, grant.id, why="编制已满")
    with pytest.raises(Conflict):
        approve_grant(session, security, grant.id)
    assert held(session, li) == []


def test_a_disabled_account_holds_nothing_and_the_last_administrator_stays(
    session: Session, admin: Principal, security: Principal, audit: Principal
) -> None:
    clerk = make_user(session, Role.VILLAGE_CLERK, [COUNTY])
    disable_account(session, admin, clerk, why="调离")
    assert held(session, clerk) == []
    with pytest.raises(Refused, match="最后一位"):
        disable_account(session, security, queries.get_user(session, admin.username), why="调离")


@pytest.mark.parametrize("name", ["Ａdmin", "a", "张三", "root admin", "cli:root", "x" * 41, "1abc", "а-cyrillic"])
def test_names_are_plain_so_that_no_two_look_alike(session: Session, admin: Principal, name: str) -> None:
    with pytest.raises(BadInput):
        open_account(session, admin, username=name, display_name="某人")


def test_the_command_line_opens_and_proposes_but_never_approves(session: Session, security: Principal) -> None:
    by = command_line("root")
    user = open_account(session, by, username="zhao", display_name="赵")
    grant = propose_grant(session, by, user, Role.AUDITOR, [NATION], why="任命")
    with pytest.raises(NotAllowed):
        approve_grant(session, by, grant.id)
