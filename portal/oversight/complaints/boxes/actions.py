"""Sealing parts of complaints, and wrapping their keys anew when those who may read change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import hpke
from portal.kernel.errors import NotAllowed
from portal.oversight.complaints.boxes.queries import data_key, recipients_of
from portal.oversight.complaints.keys.queries import PublicKey, public_keys
from portal.oversight.complaints.keys.rules import Secret, Unlocked
from portal.oversight.complaints.models import WRITER, Complaint, ComplaintWrap, Part
from portal.oversight.complaints.rules import padded, random_id


@dataclass(frozen=True)
class Readers:
    """Those to whom a part is sealed: organs by their newest pair, and the writer where it is meant for him too."""

    organs: Mapping[str, PublicKey]
    writer: bytes | None = None


def seal_part(session: Session, complaint_id: int, part: str, plain: bytes, readers: Readers) -> bytes:
    """A box for one part under a fresh key; the key leaves here only wrapped. Nothing is flushed: the row may be to come."""
    key = hpke.new_key()
    for organ in readers.organs.values():
        _wrap(session, complaint_id, part, key, organ.authority, organ.public, organ.version)
    if readers.writer is not None:
        _wrap(session, complaint_id, part, key, WRITER, readers.writer, 0)
    return hpke.seal_box(key, padded(plain), name_of(complaint_id, part))


def name_of(complaint_id: int, part: str) -> bytes:
    """What a box is bound to."""
    return hpke.info_of(str(complaint_id), "box", part)


def _wrap(
    session: Session, complaint_id: int, part: str, key: bytes, recipient: str, public: bytes, version: int
) -> None:
    info = hpke.info_of(str(complaint_id), recipient, part)
    session.add(
        ComplaintWrap(
            id=random_id(), complaint_id=complaint_id, part=part, recipient=recipient, key_version=version,
            box=hpke.wrap(key, public, info),
        )
    )  # fmt: skip


def seal_for_organs(session: Session, complaint: Complaint, part: str, text: str) -> bytes:
    """A later part (a note of the handlers) for the organs that may read the complaint now."""
    organs = public_keys(session, recipients_of(session, complaint.id))
    return seal_part(session, complaint.id, part, text.encode(), Readers(organs))


def rewrap(session: Session, complaint: Complaint, organs: Collection[str], unlocked: Unlocked) -> None:
    """Give every part's key to exactly these organs. Needs somebody who may read it now; raises NotAllowed without."""
    held = public_keys(session, organs)
    rows = session.scalars(
        select(ComplaintWrap).where(ComplaintWrap.complaint_id == complaint.id, ComplaintWrap.recipient != WRITER)
    ).all()
    for part in sorted({row.part for row in rows}):
        key = data_key(session, complaint.id, part, unlocked)
        if key is None and part.startswith(Part.FILES):
            continue  # an original is the first organ's alone
        if key is None:
            raise NotAllowed("这一件要由看得到的人来转", why="服务器自己打不开", fix="请现在的经办机关来办")
        kept = {row.recipient: row for row in rows if row.part == part}
        for gone in kept.keys() - held.keys():
            kept[gone].box = b""  # emptied, not deleted: that it was there stays on record
        for organ in held.values():
            _rewrap(session, complaint.id, part, key, organ, kept.get(organ.authority))
    session.flush()


def _rewrap(
    session: Session, complaint_id: int, part: str, key: bytes, organ: PublicKey, row: ComplaintWrap | None
) -> None:
    if row is None:
        _wrap(session, complaint_id, part, key, organ.authority, organ.public, organ.version)
        return
    row.box = hpke.wrap(key, organ.public, hpke.info_of(str(complaint_id), organ.authority, part))
    row.key_version = organ.version


def rewrap_rotated(session: Session, former: Secret, new: PublicKey, complaint_ids: Collection[int]) -> int:
    """After a rotation: the keys that lay under the former pair, under the new one. Returns how many."""
    rows = session.scalars(
        select(ComplaintWrap).where(
            ComplaintWrap.recipient == former.authority,
            ComplaintWrap.key_version == former.version,
            ComplaintWrap.complaint_id.in_(complaint_ids),
        )
    ).all()
    for row in rows:
        info = hpke.info_of(str(row.complaint_id), row.recipient, row.part)
        row.box = hpke.wrap(hpke.unwrap(row.box, former.private, info), new.public, info)
        row.key_version = new.version
    session.flush()
    return len(rows)


def message_part(message_id: int) -> str:
    """The part of one message."""
    return f"{Part.MESSAGE}:{message_id}"
