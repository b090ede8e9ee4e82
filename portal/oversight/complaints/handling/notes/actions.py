"""Sealing a note of the handlers under its step."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.oversight.complaints.boxes.actions import seal_for_organs
from portal.oversight.complaints.handling.notes.rules import part_of
from portal.oversight.complaints.models import Complaint


def seal_note(session: Session, complaint: Complaint, step_id: int, text: str) -> bytes | None:
    """A note for the organs that may read the complaint now; None for no words."""
    words = text.strip()
    return seal_for_organs(session, complaint, part_of(step_id), words) if words else None
