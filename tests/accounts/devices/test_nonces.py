"""Nonces: leased to one phone for 72 hours, each spent once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.devices.actions import forget_nonces, lease_nonces, revoke_device, spend_nonce
from portal.accounts.devices.models import Nonce
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, writing
from portal.kernel.errors import NotAllowed
from tests.factories.accounts import principal_of
from tests.factories.devices import enrolled, helper_account, new_phone


@pytest.fixture
def device_id(session: Session) -> str:
    return enrolled(session, helper_account(session, "B-1"), new_phone()).device_id


def test_a_lease_is_twenty_at_most_and_lasts_three_days(session: Session, device_id: str) -> None:
    at = now_utc()
    leases = lease_nonces(session, device_id, 500, at)
    assert len(leases) == 20
    assert len({lease.nonce for lease in leases}) == 20
    assert {(lease.issued_at, lease.expires_at) for lease in leases} == {(at, at + timedelta(hours=72))}
    assert all(len(lease.nonce) == 22 for lease in leases)
    assert lease_nonces(session, device_id, 0, at) == []


def test_a_nonce_is_spent_once(session: Session, device_id: str) -> None:
    lease = lease_nonces(session, device_id, 1, now_utc())[0]
    assert spend_nonce(session, device_id, lease.nonce, now_utc()) == lease
    assert spend_nonce(session, device_id, lease.nonce, now_utc()) is None


def test_a_nonce_of_another_phone_or_of_nobody_tells_nothing(session: Session, device_id: str) -> None:
    other = enrolled(session, helper_account(session, "B-2"), new_phone()).device_id
    lease = lease_nonces(session, other, 1, now_utc())[0]
    assert spend_nonce(session, device_id, lease.nonce, now_utc()) is None
    assert spend_nonce(session, device_id, "invented", now_utc()) is None
    assert spend_nonce(session, "no such phone", lease.nonce, now_utc()) is None
    assert spend_nonce(session, other, lease.nonce, now_utc()) == lease


def test_a_lease_that_is_over_still_tells_when_it_was_issued(session: Session, device_id: str) -> None:
    lease = lease_nonces(session, device_id, 1, now_utc())[0]
    assert spend_nonce(session, device_id, lease.nonce, lease.expires_at + timedelta(days=1)) == lease


def test_a_revoked_phone_gets_no_more_but_may_spend_what_it_has(session: Session, device_id: str) -> None:
    lease = lease_nonces(session, device_id, 1, now_utc())[0]
    clerk = principal_of(session, Role.TOWNSHIP_CLERK)
    revoke_device(session, clerk, device_id, "丢失", now_utc())
    with pytest.raises(NotAllowed) as refused:
        lease_nonces(session, device_id, 1, now_utc())
    assert refused.value.code == "device_needed"
    assert spend_nonce(session, device_id, lease.nonce, now_utc()) == lease


def test_old_leases_are_forgotten_and_young_ones_are_not(session: Session, device_id: str) -> None:
    at = now_utc()
    lease_nonces(session, device_id, 3, at - timedelta(days=40))
    lease_nonces(session, device_id, 2, at)
    assert forget_nonces(session, at - timedelta(days=30)) == 3
    assert session.scalar(select(func.count()).select_from(Nonce)) == 2


def test_eight_at_once_spend_a_nonce_exactly_once(engine: Engine) -> None:
    with writing(engine) as session:
        device_id = enrolled(session, helper_account(session, "B-1"), new_phone()).device_id
        lease = lease_nonces(session, device_id, 1, now_utc())[0]

    def spend(_number: int) -> bool:
        with writing(engine) as session:
            return spend_nonce(session, device_id, lease.nonce, now_utc()) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(spend, range(8))) == [False] * 7 + [True]
