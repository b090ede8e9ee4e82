"""What is done with phones: a code is made, a phone is enrolled, one is revoked; nonces are leased and spent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.actions import insist
from portal.accounts.devices import rules
from portal.accounts.devices.models import EnrolledDevice, EnrolmentCode, Nonce
from portal.accounts.devices.queries import Device, WaitingCode, as_device, find_active_device
from portal.accounts.models import LoginSession
from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal
from portal.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from portal.trail import actions as trail


@dataclass(frozen=True)
class CodeShown:
    """A fresh code, to be shown once to the clerk who made it."""

    code: str
    expires_at: datetime


def hash_code(code: str) -> str:
    """The salted hash of a code; computed before any lock is taken."""
    return passwords.HASHING.hash(passwords.read_half(code))


def make_enrolment_code(
    session: Session, by: Principal, helper_no: str, at: datetime, *, request_id: str | None = None
) -> CodeShown:
    """Make the code by which a helper enrols a phone, at the township office; an earlier unused one is void."""
    insist(by, Permission.ENROL_DEVICES)
    return issue_code(session, by.actor, helper_no, at, request_id=request_id)


def issue_code(
    session: Session,
    actor: str,
    helper_no: str,
    at: datetime,
    *,
    code: str = "",
    lives: timedelta = rules.CODE_LIVES,
    request_id: str | None = None,
) -> CodeShown:
    """The code itself, for whoever may make one (the demonstration asks nobody, and knows its codes beforehand).

    The costly hash comes before the first statement: a session that is handed in fresh holds no lock meanwhile.
    """
    code = code or rules.new_code()
    code_hash = hash_code(code)
    session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.helper_no == helper_no,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.cancelled_at.is_(None),
        )
        .values(cancelled_at=at)
    )
    row = EnrolmentCode(helper_no=helper_no, code_hash=code_hash, made_by=actor, made_at=at, expires_at=at + lives)
    session.add(row)
    session.flush()
    trail.record(
        session,
        kind="enrolment.made",
        actor=actor,
        subjects=[("helper", helper_no), ("enrolment", str(row.id))],
        after={"expires_at": row.expires_at},
        request_id=request_id,
        sealed=True,
    )
    return CodeShown(code, row.expires_at)


def code_matches(waiting: WaitingCode | None, code: str) -> bool:
    """True when a code is the one that waits. The same work is done when none waits; no database is needed."""
    return passwords.HASHING.verify(waiting.code_hash if waiting else None, passwords.read_half(code))


def enrol_device(
    session: Session,
    by: Principal,
    code_id: int,
    public_key: bytes,
    label: str,
    at: datetime,
    *,
    session_id: int | None = None,
    request_id: str | None = None,
) -> Device:
    """Enrol a phone with a code that matched: its key is in force from now on, the helper's earlier one no more.

    `public_key` is a SubjectPublicKeyInfo (DER); of the account's phone sessions only `session_id` lives on. Raises
    NotAllowed `bad_enrolment_code` when the code was used or ended meanwhile, BadInput `bad_key` for a key that is
    or was another device's.
    """
    helper_no = helper_of(by)
    _use_code(session, code_id, helper_no, at)
    if session.scalar(select(EnrolledDevice.id).where(EnrolledDevice.public_key == public_key)) is not None:
        raise rules.bad_key("这把公钥登记过，不能再用")
    earlier = _active_row(session, helper_no)
    if earlier is not None:
        _end(earlier, by.actor, "换了新的手机", at)
        _end_sessions(session, earlier.user_id, at, but=session_id)
        session.flush()
    row = EnrolledDevice(
        device_id=str(uuid.uuid4()),
        user_id=by.user_id,
        helper_no=helper_no,
        public_key=public_key,
        label=label.strip()[: rules.LABEL_LENGTH] or "手机",
        code_id=code_id,
        enrolled_at=at,
    )
    session.add(row)
    session.flush()
    trail.record(
        session,
        kind="device.enrolled",
        actor=by.actor,
        subjects=[("device", row.device_id), ("helper", helper_no), ("account", by.username)],
        before={"device": earlier.device_id} if earlier is not None else None,
        after={"device": row.device_id, "enrolment": code_id, "public_key": public_key.hex()},
        request_id=request_id,
        sealed=True,
    )
    return as_device(row)


def helper_of(by: Principal) -> str:
    """The helper that an account stands for; NotAllowed for an account of somebody else."""
    if by.helper_no is None:
        raise NotAllowed("这个账号没有对应的帮扶人", fix="请系统管理员在账号上填帮扶人编号", code="not_a_helper")
    return by.helper_no


def _use_code(session: Session, code_id: int, helper_no: str, at: datetime) -> None:
    used = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.id == code_id,
            EnrolmentCode.helper_no == helper_no,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.cancelled_at.is_(None),
            EnrolmentCode.expires_at > at,
        )
        .values(used_at=at)
    )
    if not (isinstance(used, CursorResult) and used.rowcount == 1):
        raise bad_code()


def bad_code() -> NotAllowed:
    """The code is wrong, used, or no longer valid; which of them is not told."""
    return NotAllowed(
        "登记码没有通过", why="填错了、用过了，或者过期了", fix="请乡镇经办人重新开一个", code="bad_enrolment_code"
    )


def revoke_device(
    session: Session, by: Principal, device_id: str, why: str, at: datetime, *, request_id: str | None = None
) -> Device:
    """Revoke a lost or stolen phone at once: its key, and every phone session of its account. Its history stays."""
    insist(by, Permission.ENROL_DEVICES)
    if len(why.strip()) < 2:
        raise BadInput("撤销手机要写原因", fix="例如：手机丢失、换了手机、调离", code="why_needed")
    row = session.scalar(select(EnrolledDevice).where(EnrolledDevice.device_id == device_id).with_for_update())
    if row is None:
        raise NotFound("没有这部手机", fix="从帮扶人的页面重新进入")
    if row.revoked_at is not None:
        raise Conflict("这部手机已经撤销", fix="不用再撤销一次")
    _end(row, by.actor, why.strip(), at)
    _end_sessions(session, row.user_id, at)
    session.flush()
    trail.record(
        session,
        kind="device.revoked",
        actor=by.actor,
        subjects=[("device", row.device_id), ("helper", row.helper_no)],
        before={"device": row.device_id},
        why=why.strip(),
        request_id=request_id,
        sealed=True,
    )
    return as_device(row)


def _end(row: EnrolledDevice, actor: str, why: str, at: datetime) -> None:
    row.revoked_at, row.revoked_by, row.revoked_why = at, actor, why


def _end_sessions(session: Session, user_id: int, at: datetime, *, but: int | None = None) -> None:
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.id != (but or 0),
            LoginSession.bearer.is_(True),
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


def _active_row(session: Session, helper_no: str) -> EnrolledDevice | None:
    return session.scalar(
        select(EnrolledDevice)
        .where(EnrolledDevice.helper_no == helper_no, EnrolledDevice.revoked_at.is_(None))
        .with_for_update()
    )


@dataclass(frozen=True)
class NonceLease:
    """A nonce that is leased to one phone: a claim with it was made after `issued_at`."""

    nonce: str
    issued_at: datetime
    expires_at: datetime


def lease_nonces(session: Session, device_id: str, count: int, at: datetime) -> list[NonceLease]:
    """Lease some nonces (at most 20 at a time) to a device in force, for 72 hours. Not an event: nothing is said yet."""
    device = session.scalar(
        select(EnrolledDevice.id).where(EnrolledDevice.device_id == device_id, EnrolledDevice.revoked_at.is_(None))
    )
    if device is None:
        raise NotAllowed("这部手机没有登记，或者已经撤销", fix="到乡镇办公室领一个登记码", code="device_needed")
    wanted = max(0, min(count, rules.MOST_NONCES))
    leases = [NonceLease(rules.new_nonce(), at, at + rules.NONCE_LIVES) for _ in range(wanted)]
    if leases:
        rows = [
            {"nonce": lease.nonce, "device_id": device, "issued_at": at, "expires_at": lease.expires_at}
            for lease in leases
        ]
        session.execute(insert(Nonce), rows)
    return leases


def spend_nonce(session: Session, device_id: str, nonce: str, at: datetime) -> NonceLease | None:
    """Use a nonce up for a claim; None when it is unknown, another device's, or already spent.

    One whose time is over is spent all the same: its lease still tells before when the claim was not made.
    """
    device = select(EnrolledDevice.id).where(EnrolledDevice.device_id == device_id).scalar_subquery()
    spent = session.execute(
        update(Nonce)
        .where(Nonce.nonce == nonce, Nonce.device_id == device, Nonce.spent_at.is_(None))
        .values(spent_at=at)
        .returning(Nonce.issued_at, Nonce.expires_at)
    ).one_or_none()
    return NonceLease(nonce, spent.issued_at, spent.expires_at) if spent is not None else None


def forget_nonces(session: Session, before: datetime) -> int:
    """Delete nonces whose lease ended before a moment; returns how many."""
    done = session.execute(delete(Nonce).where(Nonce.expires_at < before))
    return done.rowcount if isinstance(done, CursorResult) else 0


def need_active_device(session: Session, helper_no: str) -> Device:
    """The helper's phone in force; NotAllowed `device_needed` without one."""
    device = find_active_device(session, helper_no)
    if device is None:
        raise NotAllowed("这个账号还没有登记手机", fix="到乡镇办公室领一个登记码", code="device_needed")
    return device
