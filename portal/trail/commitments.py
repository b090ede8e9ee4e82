"""Salted commitments: c = HMAC-SHA-256(salt, "yangguang/v1/" + field + 0x00 + JCS(value)), a fresh salt each.

A plain hash is forbidden: an 18-digit number with known county and birth year has few enough candidates to try.
To disclose a field is to hand over (salt, value).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.trail.encoding import canonical

SALT_BYTES = 32
PREFIX = b"yangguang/v1/"
ROW_PREFIX = PREFIX + b"row\x00"


@dataclass(frozen=True)
class Opening:
    """What opens one commitment: the salt and the value. Private."""

    salt: bytes
    value: Any
    encoded: bytes | None = field(default=None, compare=False, repr=False)
    """The canonical value, where whoever committed to it has it at hand."""

    def canonical(self) -> bytes:
        """Canonical bytes of the opening itself: what is sealed, and what an event's digest of openings is made of."""
        value = canonical(self.value) if self.encoded is None else self.encoded
        return b'{"salt":"' + base64.b64encode(self.salt) + b'","value":' + value + b"}"

    def as_json(self) -> dict[str, Any]:
        """Shape of an opening in receipts and under the seal."""
        return {"salt": base64.b64encode(self.salt).decode("ascii"), "value": self.value}


def commit(salt: bytes, field: str, value: Any) -> bytes:
    """The 32-byte commitment of a field's value. Refuses another salt length and an all-zero salt."""
    return _commit(salt, field, canonical(value))


def _commit(salt: bytes, field: str, encoded: bytes) -> bytes:
    if len(salt) != SALT_BYTES or not any(salt):
        raise ValueError("a salt is 32 random bytes")
    return hmac.digest(salt, PREFIX + field.encode("ascii") + b"\x00" + encoded, "sha256")


def open_field(field: str, value: Any) -> tuple[Opening, str]:
    """Commit a value under a fresh salt: the opening, and the commitment as base64 for the leaf."""
    encoded = canonical(value)
    opening = Opening(os.urandom(SALT_BYTES), value, encoded)
    return opening, base64.b64encode(_commit(opening.salt, field, encoded)).decode("ascii")


def openings_digest(openings: Mapping[str, Opening]) -> bytes:
    """SHA-256 of the canonical openings: the half of an event's mac that the leaf does not show."""
    lines = (b'"' + name.encode("ascii") + b'":' + opening.canonical() for name, opening in sorted(openings.items()))
    return hashlib.sha256(b"{" + b",".join(lines) + b"}").digest()


def row_entry(index: int, table: str, pk: int, op: str, before: str | None, after: str | None) -> bytes:
    """Canonical entry of row `index` of a batch; digests are hex. Equal to the JCS of the same object (by test)."""
    old = "null" if before is None else f'"{before}"'
    new = "null" if after is None else f'"{after}"'
    return f'{{"after":{new},"before":{old},"i":{index},"op":"{op}","pk":"{pk}","t":"{table}"}}'.encode("ascii")
