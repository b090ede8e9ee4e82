"""What happens to a complaint: it arrives, and the two sides talk. Nothing that anybody wrote is ever in the open here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, Refused
from portal.oversight.complaints.boxes.actions import Readers, message_part, seal_part
from portal.oversight.complaints.boxes.queries import recipients_of
from portal.oversight.complaints.files.actions import keep_files
from portal.oversight.complaints.handling.actions import open_handling
from portal.oversight.complaints.keys.queries import public_keys
from portal.oversight.complaints.models import Accused, Complaint, ComplaintMessage, Mode, Part
from portal.oversight.complaints.routing.chains.queries import is_sealed
from portal.oversight.complaints.routing.queries import SUBJECT, route_submission
from portal.oversight.complaints.rules import Prepared, Submission, body_of, half_of, random_id, submission_problem
from portal.trail.actions import record

WRITER_ACTOR: Final = "citizen"
MESSAGE_MOST: Final = 5_000


@dataclass(frozen=True)
class Receipt:
    """回执: shown once. The leaf hash is the acknowledgement; its proof follows with the next half-day."""

    locator: str
    code: str = field(repr=False)
    leaf_hash: str


def submit(session: Session, said: Submission, receipt: Prepared, files_dir: Path, at: datetime) -> Receipt:
    """Take a complaint: routed, sealed to the organ that gets it and those above it, its clock begun.

    `receipt` is made before (`rules.prepare`). Files are on disk, synced, before this returns. Raises BadFields for
    wrong fields and Refused where no organ of its way has a key yet: then nothing is written, and another way is told.
    """
    submission_problem(said)
    routed = route_submission(session, said.division_code, said.accused, said.subject)
    organs = public_keys(session, routed.route.ladder)
    if not organs:
        raise Refused("这里还不能收举报，没有收下任何内容", fix="请打 12388，或到纪检监察机关当面反映")
    kind, no = (None, None) if said.subject is None or is_sealed(said.subject) else said.subject
    recorded = record(
        session, kind="complaint.opened", actor=WRITER_ACTOR, subjects=[(SUBJECT, receipt.locator)],
        after={"locator": receipt.locator}, sealed=True, at=at,
    )  # fmt: skip
    complaint_id = random_id()
    readers = Readers(organs)
    body = seal_part(session, complaint_id, Part.BODY, body_of(said), readers)
    named = said.contact.strip() if said.mode != Mode.ANONYMOUS else ""
    identity = seal_part(session, complaint_id, Part.IDENTITY, named.encode(), readers) if named else None
    row = Complaint(
        id=complaint_id, locator=receipt.locator, code_hash=receipt.lookup, code_salt=receipt.salt, kind=said.kind,
        mode=said.mode, division_code=said.division_code, subject_kind=kind, subject_no=no, received_on=day_cn(at),
        half=half_of(at), authority=next(code for code in routed.route.ladder if code in organs), state="",
        is_slow=said.is_slow, body_box=body, identity_box=identity, writer_public=receipt.public,
        leaf_hash=recorded.leaf_hash_hex, event_no=recorded.event_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(Accused(id=random_id(), complaint_id=complaint_id, mark=mark) for mark in sorted(routed.marks))
    open_handling(session, row, routed.route, day_cn(at))
    keep_files(session, row, None, said.attachments, files_dir, at)
    session.flush()
    return Receipt(receipt.locator, receipt.code, recorded.leaf_hash_hex)


def add_message(
    session: Session, complaint: Complaint, text: str, at: datetime, *, actor: str = WRITER_ACTOR
) -> ComplaintMessage:
    """One more word of the writer, or of the organ (`actor` an account): readable to the organs and to the writer."""
    words = text.strip()
    if not words or len(words) > MESSAGE_MOST:
        raise BadInput("没有写内容" if not words else "写得太长", fix=f"写一到 {MESSAGE_MOST} 个字")
    number = session.scalar(select(func.max(ComplaintMessage.n)).where(ComplaintMessage.complaint_id == complaint.id))
    message_id = random_id()
    readers = Readers(public_keys(session, recipients_of(session, complaint.id)), complaint.writer_public)
    from_writer = actor == WRITER_ACTOR
    row = ComplaintMessage(
        id=message_id, complaint_id=complaint.id, n=(number or 0) + 1, from_writer=from_writer, said_on=day_cn(at),
        half=half_of(at),
        text_box=seal_part(session, complaint.id, message_part(message_id), words.encode(), readers),
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(
        session, kind="complaint.message", actor=actor, subjects=[(SUBJECT, complaint.locator)],
        after={"n": row.n, "from_writer": from_writer}, sealed=True, at=at,
    )  # fmt: skip
    return row
