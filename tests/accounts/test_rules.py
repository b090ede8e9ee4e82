"""Who may do what where: role × scope × relation, and who may sign for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.permissions import ROLE_NAMES, ROLE_PERMISSIONS, THREE_ADMINISTRATORS, Permission, Role, roles_with
from portal.accounts.rules import (
    IDLE,
    LOCK,
    NATION,
    Principal,
    Relation,
    RoleScope,
    covers,
    explain,
    may,
    password_problem,
    pause_after,
    prefix_of,
    refuse_approver,
    refuse_release,
    refuse_role_set,
    relation_of,
    session_is_over,
)
from portal.kernel.errors import Refused

CITY, COUNTY, TOWN, VILLAGE = "320800000000", "320826000000", "320826103000", "320826103205"
OTHER_COUNTY, OTHER_TOWN = "320830000000", "320826104000"
codes = st.sampled_from([NATION, "320000000000", CITY, COUNTY, TOWN, VILLAGE, OTHER_COUNTY, OTHER_TOWN])


def person(role: Role, *scopes: str, username: str = "zhang") -> Principal:
    return Principal(1, username, "张", (RoleScope(role, scopes),))


@pytest.mark.parametrize(
    ("code", "prefix"),
    [(NATION, ""), ("320000000000", "32"), (CITY, "3208"), (COUNTY, "320826"), (TOWN, "320826103"), (VILLAGE, VILLAGE)],
)
def test_the_significant_digits_of_each_level(code: str, prefix: str) -> None:
    assert prefix_of(code) == prefix


@pytest.mark.parametrize(
    ("division", "relation"),
    [
        (TOWN, Relation.OWN),
        (VILLAGE, Relation.CHILD),
        (COUNTY, Relation.PARENT),
        (OTHER_TOWN, Relation.SIBLING),
        (OTHER_COUNTY, Relation.SIBLING),
        ("320810300000", Relation.SIBLING),  # the same digits one level up are another place
    ],
)
def test_how_a_division_lies_to_a_scope(division: str, relation: Relation) -> None:
    assert relation_of(TOWN, division) is relation


@given(codes, codes)
def test_a_scope_covers_itself_and_what_lies_below_and_never_both_ways(a: str, b: str) -> None:
    assert covers(a, a)
    assert not (covers(a, b) and covers(b, a)) or a == b


@pytest.mark.parametrize("role", [role for role in Role if ROLE_PERMISSIONS[role]])
@pytest.mark.parametrize(
    ("division", "allowed"), [(TOWN, True), (VILLAGE, True), (COUNTY, False), (OTHER_TOWN, False), (None, True)]
)
def test_a_permission_holds_in_its_scope_only(role: Role, division: str | None, allowed: bool) -> None:
    for permission in Permission:
        expected = allowed and permission in ROLE_PERMISSIONS[role]
        assert may(person(role, TOWN), permission, division=division) is expected


@pytest.mark.parametrize("role", list(Role))
def test_whom_a_matter_is_about_may_nothing_in_it(role: Role) -> None:
    accused = Principal(1, "zhang", "张", (RoleScope(role, (COUNTY,)),), helper_no="BF-1")
    for permission in Permission:
        assert not may(accused, permission, division=TOWN, accused=["zhang"])
        assert not may(accused, permission, accused=["BF-1"])


def test_without_a_role_there_is_only_ones_own_account() -> None:
    nobody = Principal(1, "zhang", "张", ())
    assert [permission for permission in Permission if may(nobody, permission)] == [Permission.OWN_ACCOUNT]


def test_nobody_signed_in_may_nothing() -> None:
    assert not any(may(None, permission) for permission in Permission)


def test_no_role_may_everything_and_the_three_touch_no_record_of_the_trade() -> None:
    assert all(len(held) < len(Permission) * 0.8 for held in ROLE_PERMISSIONS.values())
    trade = {p for p in Permission if p.name.split("_")[-1] in {"HOUSEHOLDS", "FUNDS", "PROJECTS", "ASSETS", "HELPERS"}}
    for role in THREE_ADMINISTRATORS:
        assert not ROLE_PERMISSIONS[role] & (trade | {Permission.REVEAL_SEALED, Permission.EXPORT_LISTS})


def test_nobody_both_proposes_and_releases_alone() -> None:
    assert roles_with(Permission.APPROVE_GRANTS) == (Role.SECURITY_ADMIN,)
    assert Role.SYSTEM_ADMIN not in roles_with(Permission.RELEASE_CODES)
    assert set(ROLE_NAMES) == set(Role) == set(ROLE_PERMISSIONS)


def test_why_names_role_scope_and_relation() -> None:
    zhang = Principal(1, "zhang", "张", (RoleScope(Role.TOWNSHIP_CLERK, (TOWN, OTHER_TOWN)),))
    told = [(w.scope, w.relation, w.covers) for w in explain(zhang, Permission.EDIT_HOUSEHOLDS, VILLAGE)]
    assert told == [(TOWN, Relation.CHILD, True), (OTHER_TOWN, Relation.SIBLING, False)]
    assert explain(zhang, Permission.APPROVE_GRANTS, VILLAGE) == []


@pytest.mark.parametrize("first", sorted(THREE_ADMINISTRATORS))
@pytest.mark.parametrize("second", sorted(THREE_ADMINISTRATORS))
def test_two_of_the_three_never_meet_on_one_person(first: Role, second: Role) -> None:
    if first == second:
        refuse_role_set({first}, second)
    else:
        with pytest.raises(Refused):
            refuse_role_set({first}, second)


def test_administrators_do_no_business_and_the_other_way_round() -> None:
    with pytest.raises(Refused):
        refuse_role_set({Role.FUND_MANAGER}, Role.SYSTEM_ADMIN)
    with pytest.raises(Refused):
        refuse_role_set({Role.AUDIT_ADMIN}, Role.AUDITOR)
    refuse_role_set({Role.FUND_MANAGER}, Role.TOWNSHIP_CLERK)


@pytest.mark.parametrize(
    ("proposer", "approver", "grantee", "roles"),
    [
        ("user:a", "user:a", "user:c", [Role.SECURITY_ADMIN]),
        ("user:a", "user:b", "user:b", [Role.SECURITY_ADMIN]),
        ("user:a", "user:b", "user:a", [Role.SECURITY_ADMIN]),
        ("user:a", "user:b", "user:c", [Role.SYSTEM_ADMIN]),
        ("user:a", "user:b", "user:c", [Role.AUDIT_ADMIN]),
    ],
)
def test_a_grant_needs_two_others_and_security(proposer: str, approver: str, grantee: str, roles: list[Role]) -> None:
    with pytest.raises(Refused):
        refuse_approver(proposer=proposer, approver=approver, grantee=grantee, approver_roles=roles)
    refuse_approver(proposer="user:a", approver="user:b", grantee="user:c", approver_roles=[Role.SECURITY_ADMIN])


@pytest.mark.parametrize(
    ("maker", "releaser", "role", "works"),
    [
        ("user:sec", "user:audit", Role.AUDIT_ADMIN, True),
        ("user:sec", "user:sec2", Role.SECURITY_ADMIN, True),
        ("cli:root", "user:sec", Role.SECURITY_ADMIN, True),
        ("cli:root", "user:admin", Role.SYSTEM_ADMIN, False),  # may be the same human being
        ("user:sec", "user:sec", Role.SECURITY_ADMIN, False),
        ("user:sec", "user:zhang", Role.SECURITY_ADMIN, False),
        ("user:zhang", "user:sec", Role.SECURITY_ADMIN, False),
        ("user:sec", "user:clerk", Role.TOWNSHIP_CLERK, False),
    ],
)
def test_who_releases_a_code_of_zhang(maker: str, releaser: str, role: Role, works: bool) -> None:
    def release() -> None:
        refuse_release(maker=maker, releaser=releaser, releaser_roles=[role], target="user:zhang")

    if works:
        release()
    else:
        with pytest.raises(Refused):
            release()


def test_pauses_grow_and_end_in_a_lock() -> None:
    assert [pause_after(n).total_seconds() for n in range(1, 9)] == [0, 0, 2, 4, 8, 16, 32, LOCK.total_seconds()]


@pytest.mark.parametrize(
    ("password", "good"),
    [("correct horse battery", True), ("short", False), ("zhangsan-2026-07", False), ("aaaaaaaaaaaaaa", False)],
)
def test_passwords_are_long_and_not_the_name(password: str, good: bool) -> None:
    assert (password_problem(password, "zhangsan") is None) is good


def test_a_session_is_over_when_idle_or_old() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    fresh = {"last_seen_at": now - IDLE + timedelta(seconds=1), "expires_at": now + timedelta(seconds=1)}
    assert not session_is_over(now=now, **fresh)
    assert session_is_over(now=now, **fresh | {"last_seen_at": now - IDLE})
    assert session_is_over(now=now, **fresh | {"expires_at": now})
