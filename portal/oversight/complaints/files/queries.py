"""Opening files of complaints."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.sealing import SealError
from portal.oversight.complaints.boxes.queries import open_box
from portal.oversight.complaints.files.rules import place_of
from portal.oversight.complaints.keys.rules import Unlocked, open_file
from portal.oversight.complaints.models import Complaint, ComplaintFile, Part


@dataclass(frozen=True)
class FileFacts:
    """What is known of one file once it is unlocked."""

    id: int
    media_type: str
    is_original: bool
    size: int


def list_files(session: Session, complaint: Complaint, unlocked: Unlocked) -> list[FileFacts]:
    """The files of a complaint, for an organ."""
    rows = session.scalars(
        select(ComplaintFile).where(ComplaintFile.complaint_id == complaint.id).order_by(ComplaintFile.id)
    )
    return [facts for row in rows if (facts := _facts_or_none(session, row, unlocked)) is not None]


def _facts_or_none(session: Session, row: ComplaintFile, unlocked: Unlocked) -> FileFacts | None:
    """None for an original that was sealed to another organ alone."""
    try:
        return _facts(session, row, unlocked)[0]
    except SealError:
        return None


def _facts(session: Session, row: ComplaintFile, unlocked: Unlocked) -> tuple[FileFacts, str]:
    said = json.loads(open_box(session, row.complaint_id, f"{Part.FILES}:{row.id}", row.about_box, unlocked))
    return FileFacts(row.id, said["type"], said["original"], said["bytes"]), said["key"]


@dataclass(frozen=True)
class OpenedFile:
    """A file in memory; it is written nowhere in the open."""

    facts: FileFacts
    data: bytes = field(repr=False)


def open_one(session: Session, complaint: Complaint, file_id: int, directory: Path, unlocked: Unlocked) -> OpenedFile:
    """One file of a complaint; NotFound for another's, SealError where no key fits."""
    row = session.scalar(
        select(ComplaintFile).where(ComplaintFile.id == file_id, ComplaintFile.complaint_id == complaint.id)
    )
    if row is None:
        raise NotFound("没有这个附件", fix="刷新页面")
    sealed = place_of(directory, row.name).read_bytes()
    facts, key = _facts(session, row, unlocked)
    return OpenedFile(facts, open_file(sealed, [key]))
