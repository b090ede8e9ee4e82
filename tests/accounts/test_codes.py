"""One-time codes: two halves, two persons, one use."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import command_line
from portal.accounts.codes import actions as codes
from portal.accounts.codes.actions import HalfShown, code_matches
from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.accounts.rules import Principal
from portal.accounts.sign_in.actions import TOTP_FIELD, hash_password
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.kernel.sealing import Keyring
from tests.factories.accounts import SECRET, make_user, principal_of


@pytest.fixture
def security(session: Session) -> Principal:
    return principal_of(session, Role.SECURITY_ADMIN, username="sec")


@pytest.fixture
def audit(session: Session) -> Principal:
    return principal_of(session, Role.AUDIT_ADMIN, username="aud")


@pytest.fixture
def zhang(session: Session, keyring: Keyring) -> User:
    return make_user(session, Role.TOWNSHIP_CLERK, username="zhang", keyring=keyring)


def matches(session: Session, user: User, first: str, second: str) -> bool:
    return code_matches(queries.find_usable_code(session, user.id, now_utc()), first, second)


def use(session: Session, keyring: Keyring, code_id: int, totp: str = "") -> User:
    return codes.take_account(
        session, keyring, code_id, password_hash=hash_password("a new long password", "zhang"), totp_secret=SECRET,
        totp_code=totp or pyotp.TOTP(SECRET).now(),
    )  # fmt: skip


def both(session: Session, security: Principal, audit: Principal, user: User) -> tuple[HalfShown, HalfShown]:
    first = codes.make_recovery(session, security, user)
    return first, codes.release_code(session, audit, first.code_id)


def test_a_recovery_needs_both_halves(
    session: Session, keyring: Keyring, security: Principal, audit: Principal, zhang: User
) -> None:
    first = codes.make_recovery(session, security, zhang)
    assert not matches(session, zhang, first.half, "")  # not yet released
    second = codes.release_code(session, audit, first.code_id)
    assert not matches(session, zhang, first.half, first.half)
    assert not matches(session, zhang, second.half, first.half)
    assert matches(session, zhang, first.half.lower().replace("-", ""), second.half)
    use(session, keyring, first.code_id)
    assert not matches(session, zhang, first.half, second.half)
    with pytest.raises(Conflict):
        use(session, keyring, first.code_id)


def test_only_hashes_of_the_halves_are_kept(
    session: Session, security: Principal, audit: Principal, zhang: User
) -> None:
    first, second = both(session, security, audit, zhang)
    kept = queries.get_code(session, first.code_id)
    for half in (first.half, second.half):
        assert half not in kept.first_hash + (kept.second_hash or "")
        assert half.replace("-", "") not in kept.first_hash + (kept.second_hash or "")


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}])
def test_nobody_else_releases(session: Session, security: Principal, zhang: User, role: Role) -> None:
    first = codes.make_recovery(session, security, zhang)
    with pytest.raises(NotAllowed):
        codes.release_code(session, principal_of(session, role), first.code_id)


def test_one_person_does_not_do_both(session: Session, security: Principal, zhang: User) -> None:
    first = codes.make_recovery(session, security, zhang)
    with pytest.raises(Refused):
        codes.release_code(session, security, first.code_id)


def test_nobody_recovers_himself(session: Session, security: Principal, audit: Principal) -> None:
    own = queries.get_user(session, "sec")
    with pytest.raises(Refused):
        codes.make_recovery(session, security, own)
    by_console = codes.make_recovery(session, command_line("root"), own)
    with pytest.raises(Refused):
        codes.release_code(session, security, by_console.code_id)
    codes.release_code(session, audit, by_console.code_id)


def test_a_new_code_makes_the_old_one_worthless(
    session: Session, keyring: Keyring, security: Principal, audit: Principal, zhang: User
) -> None:
    first, second = both(session, security, audit, zhang)
    codes.make_recovery(session, security, zhang)
    assert not matches(session, zhang, first.half, second.half)
    with pytest.raises(Conflict):
        use(session, keyring, first.code_id)


def test_a_code_expires(session: Session, keyring: Keyring, security: Principal, audit: Principal, zhang: User) -> None:
    first, second = both(session, security, audit, zhang)
    with time_machine.travel(now_utc() + timedelta(hours=24), tick=False):
        assert not matches(session, zhang, first.half, second.half)
        with pytest.raises(Conflict):
            use(session, keyring, first.code_id)
    late = codes.make_recovery(session, security, zhang)
    with time_machine.travel(now_utc() + timedelta(hours=24), tick=False), pytest.raises(Conflict):
        codes.release_code(session, audit, late.code_id)


def test_using_a_code_replaces_both_factors(
    session: Session, keyring: Keyring, security: Principal, audit: Principal, zhang: User
) -> None:
    old = zhang.password_hash
    first, _second = both(session, security, audit, zhang)
    with pytest.raises(Refused):
        use(session, keyring, first.code_id, totp="000000")
    use(session, keyring, first.code_id)
    assert zhang.password_hash != old
    assert zhang.totp_sealed is not None
    assert keyring.open_(zhang.totp_sealed, TOTP_FIELD) == SECRET
    assert SECRET.encode() not in zhang.totp_sealed


def test_a_weak_password_is_refused() -> None:
    with pytest.raises(BadInput):
        hash_password("zhang-zhang", "zhang")


def test_an_account_that_was_never_taken_is_invited_not_recovered(session: Session, security: Principal) -> None:
    new = make_user(session, None, taken=False)
    with pytest.raises(Conflict):
        codes.make_recovery(session, security, new)
    codes.invite(session, command_line("root"), new)


def test_a_disabled_account_gets_no_code(session: Session, security: Principal, zhang: User) -> None:
    zhang.disabled_at = now_utc()
    with pytest.raises(Conflict):
        codes.make_recovery(session, security, zhang)
