"""Visits as a phone sends them: pictures, signed claims in their chain, uploaded and recorded."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.actions import CheckInAnswer, record_check_in
from portal.registers.helpers.check_ins.claims.rules import message_of
from portal.registers.helpers.check_ins.photos.actions import keep_photo
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household
from tests.factories.devices import Phone, enrolled, helper_account, new_phone
from tests.factories.divisions import make_county
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

HOME = {"lat_e7": 337_812_345, "lng_e7": 1_192_612_345, "datum": "WGS84"}
NOON = datetime(2026, 11, 20, 4, 6, tzinfo=UTC)  # 12:06 in China
CHINA_HOURS = 8


def by_day(moment: datetime) -> datetime:
    """The moment, or as many whole hours before it as make it a time between 11 and 22 in China.

    What is claimed at night is asked about: a test that signs claims "now" must not depend on the hour of its run.
    """
    while not 11 <= (moment.astimezone(UTC).hour + CHINA_HOURS) % 24 < 22:
        moment -= timedelta(hours=1)
    return moment


def picture(seed: int = 1, size: tuple[int, int] = (320, 240), **save: Any) -> bytes:
    """A picture of its own: soft shapes, so that two seeds never look alike and one survives recompression."""
    spots = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    image = Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, **{"format": "JPEG", "quality": 70, **save})
    return out.getvalue()


def sign(phone: Phone, claim_id: str, fields: dict[str, Any]) -> str:
    """The signature over the fields as a phone makes it: r ‖ s, base64url without padding."""
    r, s = decode_dss_signature(phone.key.sign(message_of(claim_id, fields), ECDSA(SHA256())))
    return base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()


@dataclass
class Walker:
    """A helper with a phone: keeps counter and hash of the chain as the phone does."""

    helper_no: str
    device_id: str
    phone: Phone
    context: Context
    counter: int = 0
    previous: str = "0" * 64
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def claim(self, household_no: str = "HH-1", **more: Any) -> tuple[str, bytes]:
        """The next signed claim: its id and body. Keys given replace the usual ones; None takes `nonce` and such out."""
        claim_id = more.pop("claim_id", str(uuid.uuid4()))
        self.counter += 1
        place = {"lat": HOME["lat_e7"] / 10**7, "lng": HOME["lng_e7"] / 10**7, "accuracy_m": 12.5, "datum": "WGS84"}
        fields: dict[str, Any] = {
            "household_no": household_no,
            "captured_at": NOON.isoformat(),
            "location": place,
            "visit": "done",
            "photos": [],
            "activities": ["核对收入"],
            "note": "",
            "offline": False,
            "device": self.device_id,
            "counter": self.counter,
            "previous_sha256": self.previous,
            **more,
        }
        if isinstance(fields["captured_at"], datetime):
            fields["captured_at"] = fields["captured_at"].isoformat()
        self.counter = fields["counter"]
        self.previous = hashlib.sha256(message_of(claim_id, fields)).hexdigest()
        signed = {**fields, "signature": sign(self.phone, claim_id, fields)}
        self.sent.append((claim_id, json.dumps(signed, ensure_ascii=False).encode()))
        return self.sent[-1]

    def upload(self, session: Session, data: bytes, at: datetime | None = None) -> str:
        """Upload a photo; its digest."""
        digest = hashlib.sha256(data).hexdigest()
        keep_photo(session, self.context, self.helper_no, self.device_id, digest, data, at or NOON)
        return digest

    def send(self, session: Session, claim: tuple[str, bytes], at: datetime | None = None) -> CheckInAnswer:
        """Have the server record a claim."""
        return record_check_in(session, self.context, *claim, self.helper_no, at or NOON + timedelta(minutes=2))

    def visit(self, session: Session, household_no: str = "HH-1", **more: Any) -> CheckInAnswer:
        """Claim and send at once."""
        at = more.pop("at", None)
        return self.send(session, self.claim(household_no, **more), at)


def make_walker(session: Session, files_dir: Path, helper_no: str, at: datetime | None = None) -> Walker:
    """A helper's account with an enrolled phone."""
    user, phone = helper_account(session, helper_no), new_phone()
    device = enrolled(session, user, phone, at=at or NOON - timedelta(days=60))
    return Walker(helper_no, device.device_id, phone, Context(f"user:{user.username}", files_dir))


def make_walk(
    session: Session, files_dir: Path, households: Sequence[str] = ("HH-1",), helper_no: str = "B-1", **home: Any
) -> Walker:
    """A county, a helper with a phone, and households in hand, the first one at HOME, the others one metre further."""
    make_county(session)
    helper = make_helper(session, helper_no)
    for number, no in enumerate(households):
        add_household(session, helper, no, **{**HOME, "lat_e7": HOME["lat_e7"] + 90 * number, **home})
    return make_walker(session, files_dir, helper_no)


def add_household(session: Session, helper: Helper, no: str, **home: Any) -> Household:
    """One more household in this helper's hands."""
    household = make_household(session, no, **{**HOME, **home})
    make_pairing(session, helper, household_id=household.id)
    return household
