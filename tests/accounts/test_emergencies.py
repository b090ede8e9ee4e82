"""Break-glass: four hours, one side, one county, never a 三员, recorded, reviewed by two who did not take it."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import disable_account
from portal.accounts.emergencies import queries as emergencies
from portal.accounts.emergencies.actions import end_emergency, review_emergency, take_role
from portal.accounts.emergencies.rules import LIVES, OFFICES, WATCH, roles_to_take
from portal.accounts.grants.actions import approve_grant, propose_grant
from portal.accounts.models import EmergencyGrant, User, Verdict
from portal.accounts.permissions import THREE_ADMINISTRATORS, Permission, Role
from portal.accounts.rules import NATION, Principal, may
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.trail.models import TrailSubject
from tests.factories.accounts import make_user, principal_of

COUNTY, GAOGOU, OTHER = "320826000000", "320826103000", "320830000000"
WHY = "暴雨当天要发放救灾款，主任出差联系不上"


@pytest.fixture
def li(session: Session) -> User:
    return make_user(session, Role.TOWNSHIP_CLERK, [GAOGOU], username="li.wei")


def me(session: Session, user: User) -> Principal:
    return queries.principal_of(session, user)


def take(session: Session, user: User, role: Role = Role.FUND_MANAGER, scopes: tuple[str, ...] = (COUNTY,)) -> int:
    return take_role(session, me(session, user), role, scopes, why=WHY).id


def aged(session: Session, emergency_id: int) -> None:
    grant = session.get_one(EmergencyGrant, emergency_id)
    grant.taken_at -= LIVES
    grant.expires_at -= LIVES
    session.flush()


def test_a_role_is_held_at_once_for_four_hours_and_no_longer(session: Session, li: User) -> None:
    taken = take(session, li)
    grant = session.get_one(EmergencyGrant, taken)
    assert grant.expires_at - grant.taken_at == timedelta(hours=4)
    assert may(me(session, li), Permission.EDIT_FUNDS, division=COUNTY)
    aged(session, taken)
    assert not may(me(session, li), Permission.EDIT_FUNDS)
    assert may(me(session, li), Permission.EDIT_HOUSEHOLDS, division=GAOGOU)
    kinds = [s.type for s in session.query(TrailSubject).filter_by(kind="emergency", no=str(taken))]
    assert kinds == ["emergency.taken"]


@pytest.mark.parametrize("role", sorted(THREE_ADMINISTRATORS))
def test_nobody_takes_one_of_the_three_and_the_three_take_nothing(session: Session, li: User, role: Role) -> None:
    with pytest.raises(Refused):
        take(session, li, role)
    administrator = make_user(session, role)
    for wanted in (*OFFICES, *WATCH, *THREE_ADMINISTRATORS):
        with pytest.raises(Refused):
            take(session, administrator, wanted, (NATION,))


def test_whatever_is_held_no_set_of_roles_can_reach_one_of_the_three() -> None:
    for held in itertools.chain.from_iterable(itertools.combinations(Role, n) for n in (0, 1, 2)):
        reachable = set(roles_to_take(held))
        assert not reachable & THREE_ADMINISTRATORS
        assert not reachable or set(held) & (OFFICES | WATCH)
        assert not (reachable & OFFICES and reachable & WATCH)
        if set(held) <= THREE_ADMINISTRATORS:
            assert not reachable


def test_who_took_a_role_can_never_become_one_of_the_three(session: Session) -> None:
    admin, security = principal_of(session, Role.SYSTEM_ADMIN), principal_of(session, Role.SECURITY_ADMIN)
    principal_of(session, Role.AUDIT_ADMIN)
    wang = make_user(session, Role.LEADER, [COUNTY], username="wang")
    aged(session, take(session, wang))
    with pytest.raises(Refused):
        approve_grant(session, security, propose_grant(session, admin, wang, Role.AUDIT_ADMIN, [NATION], why="任命").id)


@pytest.mark.parametrize(
    ("role", "scopes", "why"),
    [
        (Role.INSPECTOR, (COUNTY,), WHY),  # the other side
        (Role.HELPER, (COUNTY,), WHY),
        (Role.FUND_MANAGER, (OTHER,), WHY),  # another county
        (Role.FUND_MANAGER, (NATION,), WHY),
        (Role.FUND_MANAGER, ("320000000000",), WHY),
    ],
)
def test_what_it_is_not_for_is_refused(
    session: Session, li: User, role: Role, scopes: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Refused):
        take_role(session, me(session, li), role, scopes, why=why)


def test_a_reason_and_a_scope_are_needed_and_one_at_a_time(session: Session, li: User) -> None:
    for scopes, why in (((COUNTY,), "急"), ((), WHY), (("涟水县",), WHY)):
        with pytest.raises(BadInput):
            take_role(session, me(session, li), Role.FUND_MANAGER, scopes, why=why)
    take(session, li)
    with pytest.raises(Conflict):
        take(session, li, Role.LEADER)


def test_it_is_given_back_early_and_stopped_by_an_administrator_only(session: Session, li: User) -> None:
    taken = take(session, li)
    with pytest.raises(NotAllowed):
        end_emergency(session, principal_of(session, Role.LEADER), taken)
    end_emergency(session, me(session, li), taken)
    assert not may(me(session, li), Permission.EDIT_FUNDS)
    again = take(session, li)
    end_emergency(session, principal_of(session, Role.SECURITY_ADMIN), again)
    with pytest.raises(Conflict):
        end_emergency(session, me(session, li), again)


def test_two_who_did_not_take_it_review_it_each_once_when_it_is_over(session: Session, li: User) -> None:
    security, audit = principal_of(session, Role.SECURITY_ADMIN), principal_of(session, Role.AUDIT_ADMIN)
    taken = take(session, li)
    with pytest.raises(Conflict, match="还在用着"):
        review_emergency(session, security, taken, Verdict.JUSTIFIED, note="看了留痕")
    aged(session, taken)
    with pytest.raises(NotAllowed):
        review_emergency(session, me(session, li), taken, Verdict.JUSTIFIED, note="我自己看没问题")
    with pytest.raises(BadInput):
        review_emergency(session, security, taken, Verdict.JUSTIFIED, note=" ")
    review_emergency(session, security, taken, Verdict.JUSTIFIED, note="发放记录和救灾文件对得上")
    with pytest.raises(Conflict, match="两个人"):
        review_emergency(session, security, taken, Verdict.JUSTIFIED, note="再看一遍")
    assert [e.grant.id for e in emergencies.list_waiting(session, now_utc())] == [taken]
    review_emergency(session, audit, taken, Verdict.UNJUSTIFIED, note="主任当时在岗")
    assert emergencies.list_waiting(session, now_utc()) == []
    with pytest.raises(Conflict):
        review_emergency(session, principal_of(session, Role.AUDIT_ADMIN), taken, Verdict.JUSTIFIED, note="第三份")


def test_a_disabled_account_holds_nothing_it_took(session: Session, li: User) -> None:
    take(session, li)
    disable_account(session, principal_of(session, Role.SECURITY_ADMIN), li, why="账号被盗")
    assert me(session, li).roles == ()
