"""The first three administrators, and the accounts of a demonstration."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.orm import Session

from portal.accounts import passwords, queries
from portal.accounts.beginning.actions import (
    DEMO_PASSWORD,
    create_demo_accounts,
    first_administrators,
    has_other_accounts,
)
from portal.accounts.codes.actions import code_matches
from portal.accounts.devices.actions import code_matches as enrolment_matches
from portal.accounts.devices.actions import enrol_device
from portal.accounts.devices.queries import find_waiting_code
from portal.accounts.permissions import THREE_ADMINISTRATORS, Role
from portal.kernel.database import now_utc
from portal.kernel.errors import CannotRun
from portal.kernel.sealing import Keyring
from portal.trail.models import TrailSubject
from tests.factories.accounts import make_user
from tests.factories.devices import new_phone

COUNTY = "320826000000"
SCOPES = {role: [COUNTY] for role in Role}


def test_init_invites_the_three_on_three_accounts(session: Session) -> None:
    made = first_administrators(session, "cli:root", "chen")
    assert [(i.username, i.role) for i in made] == [
        ("chen", Role.SYSTEM_ADMIN), ("security-admin", Role.SECURITY_ADMIN), ("audit-admin", Role.AUDIT_ADMIN),
    ]  # fmt: skip
    assert not queries.three_are_in_place(session)
    for invitation in made:
        user = queries.get_user(session, invitation.username)
        assert queries.principal_of(session, user).roles == ()  # nothing before the invitation is taken
        first, second = invitation.code.split()
        assert code_matches(queries.find_usable_code(session, user.id, now_utc()), first, second)
        user.taken_at = now_utc()
        assert queries.principal_of(session, user).role_names == (invitation.role,)
    assert queries.three_are_in_place(session)


def test_init_again_gives_new_codes_to_those_who_have_not_come(session: Session) -> None:
    first = first_administrators(session, "cli:root")
    queries.get_user(session, "admin").taken_at = now_utc()
    again = first_administrators(session, "cli:root")
    assert [i.role for i in again] == [Role.SECURITY_ADMIN, Role.AUDIT_ADMIN]
    user = queries.get_user(session, "security-admin")
    usable = queries.find_usable_code(session, user.id, now_utc())
    assert not code_matches(usable, *first[1].code.split())
    assert code_matches(usable, *again[0].code.split())
    assert queries.count_users(session) == 3


def test_every_role_has_its_demonstration_account(session: Session, keyring: Keyring) -> None:
    told = create_demo_accounts(
        session,
        keyring,
        SCOPES,
        is_demo=True,
        links={Role.HELPER: {"helper_no": "BF-1"}, Role.HOUSEHOLD: {"household_no": "H1"}},
    )
    assert [a["username"] for a in told] == [f"demo-{role.value}" for role in Role if role is not Role.CITIZEN]
    for account in told:
        user = queries.get_user(session, account["username"])
        assert user.demonstration
        assert account["password"] == DEMO_PASSWORD
        assert passwords.HASHING.verify(user.password_hash, DEMO_PASSWORD)
        assert account["scopes"] == [COUNTY]
        assert [r.role.value for r in queries.principal_of(session, user).roles] == [account["role"]]
        assert len(parse_qs(urlsplit(account["otpauth"]).query)["secret"][0]) == 32
    assert queries.get_user(session, "demo-helper").helper_no == "BF-1"
    assert queries.get_user(session, "demo-household").household_no == "H1"
    event = session.query(TrailSubject).filter_by(kind="account", no="demo-leader").one()
    assert (event.type, event.actor) == ("account.opened", "demo")


def test_the_demonstration_may_be_told_twice(session: Session, keyring: Keyring) -> None:
    first = create_demo_accounts(session, keyring, SCOPES, is_demo=True)
    assert create_demo_accounts(session, keyring, SCOPES, is_demo=True) == first


def test_the_city_above_has_one_who_works_and_one_who_decides(session: Session, keyring: Keyring) -> None:
    told = create_demo_accounts(session, keyring, SCOPES, is_demo=True, city="320800000000")
    above = {a["username"]: (a["role"], a["scopes"]) for a in told if a["username"].startswith("demo-city_")}
    assert above == {
        "demo-city_inspector": ("inspector", ["320800000000"]),
        "demo-city_inspection_head": ("inspection_head", ["320800000000"]),
    }
    assert create_demo_accounts(session, keyring, SCOPES, is_demo=True, city="320800000000") == told


def test_no_demonstration_account_in_a_real_home(session: Session, keyring: Keyring) -> None:
    with pytest.raises(CannotRun):
        create_demo_accounts(session, keyring, SCOPES, is_demo=False)
    assert queries.count_users(session) == 0


def test_a_home_with_real_accounts_is_told_apart(session: Session, keyring: Keyring) -> None:
    create_demo_accounts(session, keyring, SCOPES, is_demo=True)
    assert not has_other_accounts(session)
    make_user(session, Role.AUDITOR)
    assert has_other_accounts(session)


def test_demonstration_administrators_are_three_persons(session: Session, keyring: Keyring) -> None:
    create_demo_accounts(session, keyring, SCOPES, is_demo=True)
    for person in queries.list_people(session):
        assert len({r.role for r in person.roles} & THREE_ADMINISTRATORS) <= 1


def test_the_demonstrations_helper_is_told_a_code_for_his_next_phone(session: Session, keyring: Keyring) -> None:
    def told() -> str:
        accounts = create_demo_accounts(
            session, keyring, SCOPES, is_demo=True, links={Role.HELPER: {"helper_no": "B-1"}}
        )
        return next(str(a["enrolment_code"]) for a in accounts if "enrolment_code" in a)

    code = told()
    waiting = find_waiting_code(session, "B-1", now_utc())
    assert waiting is not None
    assert enrolment_matches(waiting, code)
    assert told() == code
    person = queries.principal_of(session, queries.get_user(session, "demo-helper"))
    enrol_device(session, person, waiting.id, new_phone().public_key, "演示", now_utc())
    assert told() != code
    assert enrolment_matches(find_waiting_code(session, "B-1", now_utc()), told())
