"""Opening parts of complaints with what a passphrase or a receipt's code has unlocked."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import hpke
from portal.kernel.sealing import SealError
from portal.oversight.complaints.keys.rules import Unlocked
from portal.oversight.complaints.models import WRITER, ComplaintWrap, Part
from portal.oversight.complaints.rules import unpadded


def recipients_of(session: Session, complaint_id: int) -> list[str]:
    """The organs to which a complaint is sealed, by its body."""
    rows = session.scalars(
        select(ComplaintWrap.recipient).where(
            ComplaintWrap.complaint_id == complaint_id,
            ComplaintWrap.part == Part.BODY,
            ComplaintWrap.recipient != WRITER,
            ComplaintWrap.box != b"",
        )
    )
    return sorted(rows)


def data_key(session: Session, complaint_id: int, part: str, unlocked: Unlocked) -> bytes | None:
    """The key of a part for whoever holds an organ's private half; None where none of his organs is meant."""
    rows = session.scalars(
        select(ComplaintWrap).where(ComplaintWrap.complaint_id == complaint_id, ComplaintWrap.part == part)
    )
    for row in rows:
        secret = unlocked.secret(row.recipient, row.key_version)
        if secret is not None and row.box:
            return hpke.unwrap(row.box, secret.private, hpke.info_of(str(complaint_id), row.recipient, part))
    return None


def open_box(session: Session, complaint_id: int, part: str, box: bytes, unlocked: Unlocked) -> bytes:
    """What a box holds, for an organ; raises SealError where none of the opened keys is meant."""
    key = data_key(session, complaint_id, part, unlocked)
    if key is None:
        raise SealError("您的钥匙打不开这一件", fix="看是不是已经转到别的机关，或请同事重新授给您钥匙")
    return unpadded(hpke.open_box(key, box, hpke.info_of(str(complaint_id), "box", part)))


def open_as_writer(session: Session, complaint_id: int, part: str, box: bytes, private: bytes) -> bytes:
    """What a box holds, for the writer; raises SealError."""
    row = session.scalar(
        select(ComplaintWrap).where(
            ComplaintWrap.complaint_id == complaint_id, ComplaintWrap.part == part, ComplaintWrap.recipient == WRITER
        )
    )
    if row is None:
        raise SealError("这一部分不是给反映人的")
    key = hpke.unwrap(row.box, private, hpke.info_of(str(complaint_id), WRITER, part))
    return unpadded(hpke.open_box(key, box, hpke.info_of(str(complaint_id), "box", part)))
