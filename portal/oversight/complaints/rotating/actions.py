"""Rotating an organ's pair in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.complaints.boxes.actions import rewrap_rotated
from portal.oversight.complaints.keys.actions import rotate
from portal.oversight.complaints.keys.queries import public_keys
from portal.oversight.complaints.keys.rules import Unlocked
from portal.oversight.complaints.models import ComplaintWrap
from portal.registers.corrections import Act


def rotate_organ(
    session: Session, unlocked: Unlocked, organ: str, usernames: Sequence[str], act: Act, at: datetime
) -> int:
    """换机关密钥: for those who stay; returns how many keys of parts were wrapped anew."""
    former, _new = rotate(session, unlocked, organ, usernames, act, at)
    sealed = select(ComplaintWrap.complaint_id).where(
        ComplaintWrap.recipient == organ, ComplaintWrap.key_version == former.version
    )
    return rewrap_rotated(
        session, former, public_keys(session, [organ])[organ], list(session.scalars(sealed.distinct()))
    )
