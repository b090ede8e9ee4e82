"""Keeping files of complaints. A file is on disk, sealed and synced, before its row is committed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from portal.oversight.complaints.boxes.actions import Readers, seal_part
from portal.oversight.complaints.boxes.queries import recipients_of
from portal.oversight.complaints.files.rules import place_of
from portal.oversight.complaints.keys.queries import public_keys
from portal.oversight.complaints.keys.rules import new_file_key, seal_file
from portal.oversight.complaints.models import Complaint, ComplaintFile, ComplaintMessage, Part
from portal.oversight.complaints.rules import Attachment, random_id
from portal.trail.leaves import half_day

NAME_BYTES: Final = 16


def keep_files(
    session: Session, complaint: Complaint, message: ComplaintMessage | None, attachments: Sequence[Attachment],
    directory: Path, at: datetime,
) -> None:  # fmt: skip
    """Seal files to the organs that may read the complaint; an original to the one in charge alone.

    Each file has a key of its own as well, kept in the box of what is said about it: who gets that box later (another
    organ, a rotated pair) opens the file too. Their times on disk say the half-day and no more.
    """
    organs = public_keys(session, recipients_of(session, complaint.id)) if attachments else {}
    for one in attachments:
        file_id, name, key = random_id(), secrets.token_hex(NAME_BYTES), new_file_key()
        readers = {code: organ for code, organ in organs.items() if not one.is_original or code == complaint.authority}
        about = {"type": one.media_type, "original": one.is_original, "bytes": len(one.data), "key": key.identity}
        part = f"{Part.FILES}:{file_id}"
        session.add(
            ComplaintFile(
                id=file_id, complaint_id=complaint.id, message_id=message.id if message else None, name=name,
                about_box=seal_part(session, complaint.id, part, json.dumps(about).encode(), Readers(readers)),
            )
        )  # fmt: skip
        recipients = [organ.file_recipient for organ in readers.values()]
        write_sealed(place_of(directory, name), seal_file(one.data, [*recipients, key.recipient]), at)
    session.flush()


def write_sealed(path: Path, data: bytes, at: datetime) -> None:
    """Complete or not at all, durable when this returns, its times levelled to the half-day."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    level(at, [temporary])
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    level(at, [path.parent])


def level(at: datetime, paths: Iterable[Path]) -> None:
    """Set the times of files to their half-day: nobody reads from a disk when somebody wrote."""
    moment = half_day(at).timestamp()
    for path in paths:
        os.utime(path, (moment, moment))
