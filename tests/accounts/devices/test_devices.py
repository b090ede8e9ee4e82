"""Phones: one in force for each helper, enrolled with a code from the township office, revoked at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.devices import rules
from portal.accounts.devices.actions import (
    code_matches,
    enrol_device,
    make_enrolment_code,
    need_active_device,
    revoke_device,
)
from portal.accounts.devices.models import EnrolledDevice, EnrolmentCode
from portal.accounts.devices.queries import find_active_device, find_device, find_waiting_code, list_devices_of
from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.accounts.rules import Principal
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.kernel.errors import BadInput, Conflict, NotAllowed
from portal.trail.models import TrailSubject
from tests.factories.accounts import principal_of
from tests.factories.devices import Phone, enrolled, helper_account, new_phone


@pytest.fixture
def clerk(session: Session) -> Principal:
    return principal_of(session, Role.TOWNSHIP_CLERK, username="clerk")


@pytest.fixture
def wang(session: Session) -> User:
    return helper_account(session, "B-1", username="wang")


def enrol(session: Session, user: User, phone: Phone, code_id: int, at: datetime | None = None) -> str:
    person = accounts.principal_of(session, user)
    return enrol_device(session, person, code_id, phone.public_key, "红米", at or now_utc()).device_id


def waiting(session: Session, helper_no: str = "B-1", at: datetime | None = None) -> int:
    found = find_waiting_code(session, helper_no, at or now_utc())
    assert found is not None
    return found.id


def test_a_phone_is_enrolled_with_the_code_that_the_clerk_made(session: Session, clerk: Principal, wang: User) -> None:
    shown = make_enrolment_code(session, clerk, "B-1", now_utc())
    found = find_waiting_code(session, "B-1", now_utc())
    assert found is not None
    assert code_matches(found, shown.code.lower().replace("-", " "))
    assert not code_matches(found, "0000-0000-0000")
    phone = new_phone()
    device = find_device(session, enrol(session, wang, phone, found.id))
    assert device is not None
    assert (device.helper_no, device.public_key, device.label, device.is_active) == (
        "B-1", phone.public_key, "红米", True,
    )  # fmt: skip
    assert device.account_id == wang.id
    assert need_active_device(session, "B-1") == device


def test_only_the_hash_of_a_code_is_kept(session: Session, clerk: Principal) -> None:
    shown = make_enrolment_code(session, clerk, "B-1", now_utc())
    row = session.scalars(select(EnrolmentCode)).one()
    assert row.code_hash.startswith("$argon2id$")
    assert shown.code.replace("-", "") not in row.code_hash
    assert len(shown.code.replace("-", "")) == 12


def test_a_code_works_once(session: Session, clerk: Principal, wang: User) -> None:
    make_enrolment_code(session, clerk, "B-1", now_utc())
    code_id = waiting(session)
    enrol(session, wang, new_phone(), code_id)
    assert find_waiting_code(session, "B-1", now_utc()) is None
    with pytest.raises(NotAllowed) as refused:
        enrol(session, wang, new_phone(), code_id)
    assert refused.value.code == "bad_enrolment_code"


def test_a_code_ends_after_three_days(session: Session, clerk: Principal, wang: User) -> None:
    start = now_utc()
    shown = make_enrolment_code(session, clerk, "B-1", start)
    assert shown.expires_at == start + timedelta(hours=72)
    code_id = waiting(session)
    late = start + timedelta(hours=72)
    assert find_waiting_code(session, "B-1", late) is None
    with pytest.raises(NotAllowed):
        enrol(session, wang, new_phone(), code_id, late)


def test_a_newer_code_voids_the_older_one(session: Session, clerk: Principal, wang: User) -> None:
    first = make_enrolment_code(session, clerk, "B-1", now_utc())
    old = waiting(session)
    make_enrolment_code(session, clerk, "B-1", now_utc())
    found = find_waiting_code(session, "B-1", now_utc())
    assert found is not None
    assert found.id != old
    assert not code_matches(found, first.code)
    with pytest.raises(NotAllowed):
        enrol(session, wang, new_phone(), old)


def test_a_code_is_one_helpers_own(session: Session, clerk: Principal, wang: User) -> None:
    make_enrolment_code(session, clerk, "B-2", now_utc())
    with pytest.raises(NotAllowed) as refused:
        enrol(session, wang, new_phone(), waiting(session, "B-2"))
    assert refused.value.code == "bad_enrolment_code"


def test_only_an_office_makes_codes_and_revokes(session: Session, wang: User) -> None:
    person = accounts.principal_of(session, wang)
    device = enrolled(session, wang, new_phone())
    with pytest.raises(NotAllowed):
        make_enrolment_code(session, person, "B-1", now_utc())
    with pytest.raises(NotAllowed):
        revoke_device(session, person, device.device_id, "不想要了", now_utc())


def test_an_account_of_nobody_who_helps_enrols_nothing(session: Session, clerk: Principal) -> None:
    with pytest.raises(NotAllowed) as refused:
        enrol_device(session, clerk, 1, new_phone().public_key, "", now_utc())
    assert refused.value.code == "not_a_helper"


def test_a_second_phone_takes_the_place_of_the_first(session: Session, wang: User) -> None:
    first, second = enrolled(session, wang, new_phone()), enrolled(session, wang, new_phone())
    assert find_active_device(session, "B-1") == second
    old = find_device(session, first.device_id)
    assert old is not None
    assert (old.is_active, old.revoked_by, old.revoked_why) == (False, "user:wang", "换了新的手机")
    assert [d.device_id for d in list_devices_of(session, "B-1")] == [second.device_id, first.device_id]


def test_two_phones_in_force_are_impossible_in_the_database_too(engine: Engine) -> None:
    with writing(engine) as session:
        user = helper_account(session, "B-1")
        enrolled(session, user, new_phone())
    row = {"device_id": "another", "public_key": b"another", "label": "x", "enrolled_at": now_utc(), "helper_no": "B-1"}
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(insert(EnrolledDevice).values(user_id=user.id, code_id=1, **row))


def test_a_key_is_enrolled_only_once(session: Session, wang: User) -> None:
    phone = new_phone()
    enrolled(session, wang, phone)
    with pytest.raises(BadInput) as refused:
        enrolled(session, wang, phone)
    assert refused.value.code == "bad_key"


def bearer(session: Session, user: User, token: bytes) -> None:
    open_session(session, user.id, NewSession(token.ljust(32), b"x" * 32, "手机端", bearer=True), now_utc())


def test_revoking_ends_the_key_and_the_phones_sessions_at_once(session: Session, clerk: Principal, wang: User) -> None:
    device = enrolled(session, wang, new_phone())
    bearer(session, wang, b"phone")
    open_session(session, wang.id, NewSession(b"browser".ljust(32), b"x" * 32, "Firefox"), now_utc())
    assert accounts.find_signed_in(session, b"phone".ljust(32), now_utc(), bearer=True) is not None
    revoked = revoke_device(session, clerk, device.device_id, "手机在集市上丢了", now_utc())
    assert (revoked.is_active, revoked.revoked_by, revoked.revoked_why) == (False, "user:clerk", "手机在集市上丢了")
    assert find_active_device(session, "B-1") is None
    assert accounts.find_signed_in(session, b"phone".ljust(32), now_utc(), bearer=True) is None
    assert accounts.find_signed_in(session, b"browser".ljust(32), now_utc()) is not None
    with pytest.raises(NotAllowed) as refused:
        need_active_device(session, "B-1")
    assert refused.value.code == "device_needed"
    with pytest.raises(Conflict):
        revoke_device(session, clerk, device.device_id, "再撤一次", now_utc())


def test_revoking_needs_a_reason(session: Session, clerk: Principal, wang: User) -> None:
    device = enrolled(session, wang, new_phone())
    with pytest.raises(BadInput) as refused:
        revoke_device(session, clerk, device.device_id, " ", now_utc())
    assert refused.value.code == "why_needed"
    assert find_active_device(session, "B-1") == device


def test_a_cookie_is_no_bearer_token_and_the_other_way_round(session: Session, wang: User) -> None:
    bearer(session, wang, b"phone")
    open_session(session, wang.id, NewSession(b"browser".ljust(32), b"x" * 32, "Firefox"), now_utc())
    assert accounts.find_signed_in(session, b"phone".ljust(32), now_utc()) is None
    assert accounts.find_signed_in(session, b"browser".ljust(32), now_utc(), bearer=True) is None


def test_a_phones_session_may_rest_but_not_for_ever(session: Session, wang: User) -> None:
    bearer(session, wang, b"phone")
    hours = timedelta(hours=1)
    assert accounts.find_signed_in(session, b"phone".ljust(32), now_utc() + 11 * hours, bearer=True) is not None
    assert accounts.find_signed_in(session, b"phone".ljust(32), now_utc() + 12 * hours, bearer=True) is None


def test_every_step_is_an_event_of_the_trail(session: Session, clerk: Principal, wang: User) -> None:
    make_enrolment_code(session, clerk, "B-1", now_utc())
    device_id = enrol(session, wang, new_phone(), waiting(session))
    revoke_device(session, clerk, device_id, "丢失", now_utc())
    said = session.execute(
        select(TrailSubject.type, TrailSubject.actor).where(TrailSubject.kind == "helper", TrailSubject.no == "B-1")
    ).all()
    assert sorted(tuple(row) for row in said) == [
        ("device.enrolled", "user:wang"), ("device.revoked", "user:clerk"), ("enrolment.made", "user:clerk"),
    ]  # fmt: skip


BAD_KEYS = {
    "private": {**new_phone().jwk, "d": "A" * 43},
    "other curve": {**new_phone().jwk, "crv": "P-384"},
    "rsa": {"kty": "RSA", "n": "x", "e": "AQAB"},
    "short": {**new_phone().jwk, "x": "AAAA"},
    "padded": {**new_phone().jwk, "x": new_phone().jwk["x"] + "="},
    "no number": {**new_phone().jwk, "x": 7},
    "off the curve": {**new_phone().jwk, "x": new_phone().jwk["x"]},
    "infinity": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
    "too large": {"kty": "EC", "crv": "P-256", "x": "_" * 42 + "8", "y": "_" * 42 + "8"},
}


@pytest.mark.parametrize("why", list(BAD_KEYS))
def test_what_is_no_public_key_is_refused(why: str) -> None:
    with pytest.raises(BadInput) as refused:
        rules.read_public_key(BAD_KEYS[why])
    assert refused.value.code == "bad_key"
