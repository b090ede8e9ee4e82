"""Reads of claims: what was accepted under an id, the chain of a device, the points of some claims."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.kernel.geo import Datum, Point
from portal.kernel.prepared import Prepared, among, listed, size_for
from portal.kernel.sealing import Keyring
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.claims.rules import Link
from portal.registers.helpers.check_ins.statements.rules import Fix
from portal.registers.sealed import keyring_of, seal_name

BODY_SEAL = seal_name("claims", "body_sealed")
POINT_SEAL = seal_name("claims", "point_sealed")
_NEARBY = 20
_CHUNK = 512


_CLAIMS = Claim.__table__
# Made once, over the table itself: every upload of every phone runs these.
_ACCEPTED = Prepared(
    select(_CLAIMS).where(_CLAIMS.c.claim_id == bindparam("claim"), _CLAIMS.c.outcome == Outcome.ACCEPTED)
)
_NEAR = Prepared(
    select(_CLAIMS.c.counter, _CLAIMS.c.previous_sha256, _CLAIMS.c.message_sha256, _CLAIMS.c.outcome).where(
        _CLAIMS.c.device_id == bindparam("device"),
        _CLAIMS.c.counter >= bindparam("first"),
        _CLAIMS.c.counter <= bindparam("last"),
    )
)


@cache
def _points(size: int) -> Prepared:
    return Prepared(
        select(_CLAIMS.c.claim_id, _CLAIMS.c.point_sealed).where(
            among(_CLAIMS.c.claim_id, size),
            _CLAIMS.c.outcome == Outcome.ACCEPTED,
            _CLAIMS.c.point_sealed.is_not(None),
        )
    )


def find_accepted(session: Session, claim_id: str) -> Any:
    """The accepted claim of an id: the columns of its row; None when there is none."""
    return _ACCEPTED.first(session.connection(), {"claim": claim_id})


def find_message(session: Session, message_sha256: bytes) -> Claim | None:
    """A message that has been seen before, accepted or not."""
    return session.scalar(select(Claim).where(Claim.message_sha256 == message_sha256))


def links_near(session: Session, device_id: str, counter: int) -> list[Link]:
    """A device's messages at the places around one: enough to judge how that one continues the chain."""
    places = {"device": device_id, "first": counter - _NEARBY, "last": counter + 1}
    rows = _NEAR.rows(session.connection(), places)
    return [Link(place, previous, own, outcome == Outcome.ACCEPTED) for place, previous, own, outcome in rows]


def seal_fix(keyring: Keyring, fix: Fix) -> bytes:
    """A precise place for its column: degrees × 10^7 with datum, radius in millimetres."""
    place = fix.place
    value = {
        "lat_e7": place.lat_e7,
        "lng_e7": place.lng_e7,
        "datum": place.datum.value,
        "accuracy_mm": round(fix.accuracy_m * 1000),
    }
    return keyring.seal(json.dumps(value, sort_keys=True), POINT_SEAL)


def open_fix(keyring: Keyring, sealed: bytes) -> Fix:
    """The place again. For comparing in memory: what is opened here is neither shown nor written down."""
    value: Mapping[str, Any] = json.loads(keyring.open_(sealed, POINT_SEAL))
    place = Point(value["lat_e7"], value["lng_e7"], Datum(value["datum"]))
    return Fix(place, value["accuracy_mm"] / 1000)


def fixes_of(session: Session, claim_ids: Collection[str]) -> dict[str, Fix]:
    """The precise places of some accepted claims, as far as they have one that is not erased. For rules only."""
    found: dict[str, Fix] = {}
    wanted = sorted(claim_ids)
    keyring = keyring_of(session)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        rows = _points(size_for(some)).rows(session.connection(), listed(some))
        found.update({claim: open_fix(keyring, sealed) for claim, sealed in rows if sealed is not None})
    return found


@dataclass(frozen=True)
class ChainRow:
    """One message of a device's chain, for whoever verifies H09. Hashes as hexadecimal."""

    claim_id: str
    counter: int
    previous_sha256: str
    message_sha256: str
    outcome: Outcome
    refusal: str | None
    received_at: datetime


def list_chain(session: Session, device_id: str) -> list[ChainRow]:
    """Every well-signed message of a device by its place, refused ones too."""
    rows = session.scalars(
        select(Claim).where(Claim.device_id == device_id).order_by(Claim.counter, Claim.received_at, Claim.id)
    )
    return [
        ChainRow(
            row.claim_id, row.counter, row.previous_sha256.hex(), row.message_sha256.hex(), Outcome(row.outcome),
            row.refusal, row.received_at,
        )
        for row in rows
    ]  # fmt: skip
