"""Reading the notes of a complaint with opened keys."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.sealing import SealError
from portal.oversight.complaints.boxes.queries import open_box
from portal.oversight.complaints.handling.models import HandlingStep
from portal.oversight.complaints.handling.notes.rules import part_of
from portal.oversight.complaints.keys.rules import Unlocked


def open_notes(session: Session, complaint_id: int, unlocked: Unlocked) -> dict[int, str]:
    """The notes that these keys open, by step; one that was not meant for their organ is left out."""
    rows = session.execute(
        select(HandlingStep.id, HandlingStep.note_box).where(
            HandlingStep.complaint_id == complaint_id, HandlingStep.note_box.is_not(None)
        )
    )
    found = {}
    for step_id, box in rows:
        if box is None:
            continue
        try:
            found[step_id] = open_box(session, complaint_id, part_of(step_id), box, unlocked).decode()
        except SealError:
            continue
    return found
