"""What happens to claims: accepted with their check-in, or kept as a place in the chain when refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.devices.queries import find_device
from portal.kernel.database import table_of, take_turns
from portal.kernel.errors import BadFields
from portal.kernel.prepared import PreparedInsert
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.claims.queries import BODY_SEAL, find_message, seal_fix
from portal.registers.helpers.check_ins.claims.rules import Envelope, is_signed_by, open_envelope
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.check_ins.statements.rules import Fix
from portal.registers.sealed import keyring_of
from portal.trail.actions import record
from portal.trail.guard import write_row

_INSERT = PreparedInsert(table_of(Claim))


def accept_claim(
    session: Session,
    envelope: Envelope,
    body: bytes,
    helper_no: str,
    fix: Fix | None,
    at: datetime,
    *,
    event_id: str,
    is_known: bool,
) -> None:
    """Keep an accepted claim, sealed. `is_known`: the message was refused before; its row is accepted now."""
    keyring = keyring_of(session)
    accepted = {
        **_values(envelope, helper_no, at),
        "outcome": Outcome.ACCEPTED,
        "refusal": None,
        "body_sealed": keyring.seal_bytes(body, BODY_SEAL),
        "point_sealed": seal_fix(keyring, fix) if fix is not None else None,
        "event_id": event_id,
    }
    row = find_message(session, envelope.message_sha256) if is_known else None
    if row is None:
        write_row(session, _INSERT, accepted)
        return
    for name, value in accepted.items():
        setattr(row, name, value)
    session.flush()


def _values(envelope: Envelope, helper_no: str, at: datetime) -> dict[str, Any]:
    return {
        "claim_id": envelope.claim_id,
        "device_id": envelope.device_id,
        "helper_no": helper_no,
        "counter": envelope.counter,
        "previous_sha256": envelope.previous_sha256,
        "message_sha256": envelope.message_sha256,
        "body_sha256": envelope.body_sha256,
        "signature_ok": True,
        "received_at": at,
    }


def keep_refused_claim(
    session: Session, context: Context, claim_id: str, body: bytes, helper_no: str, refusal: str, at: datetime
) -> bool:
    """Keep counter and hash of a claim that `record_check_in` refused, in a transaction of its own; True when kept.

    Only a claim that this helper's device did sign is kept, once, and nothing of what it says. `refusal` is the code of
    the answer; `conflict` (other bytes under a used id) is kept as evidence.
    """
    try:
        envelope = open_envelope(claim_id, body)
    except BadFields:
        return False
    device = find_device(session, envelope.device_id)
    if device is None or device.helper_no != helper_no:
        return False
    if not is_signed_by(device.public_key, envelope.message, envelope.signature):
        return False
    take_turns(session, f"check-in/{envelope.device_id}")
    if find_message(session, envelope.message_sha256) is not None:
        return False
    outcome = Outcome.CONFLICT if refusal == "conflict" else Outcome.REFUSED
    row = Claim(**_values(envelope, helper_no, at), outcome=outcome, refusal=refusal)
    session.add(row)
    session.flush()
    record(
        session,
        kind="check_in.refused",
        actor=context.actor,
        subjects=[("check_in", claim_id), ("helper", helper_no)],
        after={"code": refusal, "counter": row.counter, "message_sha256": row.message_sha256.hex()},
        request_id=context.request_id,
        at=at,
    )
    return True
