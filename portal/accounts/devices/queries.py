"""Reads of phones: which one is in force, which keys a helper ever had, which code waits to be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.devices.models import EnrolledDevice, EnrolmentCode
from portal.accounts.models import User
from portal.kernel.prepared import Prepared


@dataclass(frozen=True)
class Device:
    """手机: one enrolled key, in force or revoked. `public_key` is a SubjectPublicKeyInfo (DER)."""

    device_id: str
    account_id: int
    helper_no: str
    public_key: bytes
    enrolled_at: datetime
    revoked_at: datetime | None
    label: str
    revoked_by: str | None = None
    revoked_why: str | None = None

    @property
    def is_active(self) -> bool:
        """True until it is revoked."""
        return self.revoked_at is None


def as_device(row: EnrolledDevice | Row[*tuple[Any, ...]]) -> Device:
    """A row as the rest of the product sees it."""
    return Device(
        device_id=row.device_id,
        account_id=row.user_id,
        helper_no=row.helper_no,
        public_key=row.public_key,
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        label=row.label,
        revoked_by=row.revoked_by,
        revoked_why=row.revoked_why,
    )


_DEVICES = EnrolledDevice.__table__
# Made once, over the table itself: every upload of every phone asks.
_BY_ID = Prepared(select(_DEVICES).where(_DEVICES.c.device_id == bindparam("device")))
_OF_HELPER = Prepared(
    select(_DEVICES)
    .where(_DEVICES.c.helper_no == bindparam("helper"))
    .order_by(_DEVICES.c.enrolled_at.desc(), _DEVICES.c.id.desc())
)


def find_device(session: Session, device_id: str) -> Device | None:
    """A device by its id, revoked ones too."""
    row = _BY_ID.first(session.connection(), {"device": device_id})
    return as_device(row) if row is not None else None


def find_active_device(session: Session, helper_no: str) -> Device | None:
    """The one device of a helper that is in force."""
    row = session.scalar(
        select(EnrolledDevice).where(EnrolledDevice.helper_no == helper_no, EnrolledDevice.revoked_at.is_(None))
    )
    return as_device(row) if row is not None else None


def list_devices_of(session: Session, helper_no: str) -> list[Device]:
    """Every device that a helper ever enrolled, the latest first."""
    return [as_device(row) for row in _OF_HELPER.rows(session.connection(), {"helper": helper_no})]


@dataclass(frozen=True)
class WaitingCode:
    """A code that waits to be used: who made it and until when it lives. The code itself is not kept."""

    id: int
    code_hash: str
    made_by: str
    made_at: datetime
    expires_at: datetime


def find_waiting_code(session: Session, helper_no: str, now: datetime) -> WaitingCode | None:
    """The code of a helper that can still be used, or None."""
    row = session.scalar(
        select(EnrolmentCode)
        .where(
            EnrolmentCode.helper_no == helper_no,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.cancelled_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .order_by(EnrolmentCode.id.desc())
        .limit(1)
    )
    return WaitingCode(row.id, row.code_hash, row.made_by, row.made_at, row.expires_at) if row is not None else None


def accounts_of_helper(session: Session, helper_no: str) -> Sequence[str]:
    """Usernames of the living accounts that are linked to a helper."""
    return session.scalars(
        select(User.username).where(User.helper_no == helper_no, User.disabled_at.is_(None)).order_by(User.username)
    ).all()
