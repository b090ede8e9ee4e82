"""Reads of complaints: by the receipt, and for whoever has unlocked them. Who may know at all is routing's question."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.complaints.boxes.actions import message_part
from portal.oversight.complaints.boxes.queries import open_as_writer, open_box
from portal.oversight.complaints.keys.rules import Unlocked
from portal.oversight.complaints.models import Complaint, ComplaintKind, ComplaintMessage, Half, Mode, Part

__all__ = ["Complaint", "ComplaintKind", "Half", "Mode"]


def find_by_locator(session: Session, locator: str) -> Complaint | None:
    """The complaint of a receipt's locator. Ask for the code in any case, also when there is none."""
    return session.scalar(select(Complaint).where(Complaint.locator == locator))


@dataclass(frozen=True)
class Body:
    """What was written."""

    text: str = field(repr=False)
    accused: tuple[tuple[str, str], ...] = field(repr=False)
    subject: tuple[str, str] | None = field(default=None, repr=False)


def open_body(session: Session, complaint: Complaint, unlocked: Unlocked) -> Body:
    """The body, for an organ; raises SealError."""
    said = json.loads(open_box(session, complaint.id, Part.BODY, complaint.body_box, unlocked))
    kind, no = said.get("subject") or ("", "")  # what came before subjects were sealed has none in its box
    accused = tuple((one["name"], one["unit"]) for one in said["accused"])
    return Body(said["text"], accused, (kind, no) if kind else None)


def open_identity(session: Session, complaint: Complaint, unlocked: Unlocked) -> str | None:
    """Who wrote. Only after a reason and a second person (handling.openings); None when anonymous."""
    if complaint.identity_box is None:
        return None
    return open_box(session, complaint.id, Part.IDENTITY, complaint.identity_box, unlocked).decode()


@dataclass(frozen=True)
class Said:
    """One message of the talk."""

    n: int
    from_writer: bool
    said_on: date
    half: str
    text: str = field(repr=False)


def talk_for_organ(session: Session, complaint: Complaint, unlocked: Unlocked) -> list[Said]:
    """The talk, for an organ."""
    return [
        _said(row, open_box(session, complaint.id, message_part(row.id), row.text_box, unlocked))
        for row in _messages(session, complaint.id)
    ]


def talk_for_writer(session: Session, complaint: Complaint, private: bytes) -> list[Said]:
    """The talk, for the holder of the receipt's code."""
    return [
        _said(row, open_as_writer(session, complaint.id, message_part(row.id), row.text_box, private))
        for row in _messages(session, complaint.id)
    ]


def _messages(session: Session, complaint_id: int) -> list[ComplaintMessage]:
    query = select(ComplaintMessage).where(ComplaintMessage.complaint_id == complaint_id)
    return list(session.scalars(query.order_by(ComplaintMessage.n)))


def _said(row: ComplaintMessage, text: bytes) -> Said:
    return Said(row.n, row.from_writer, row.said_on, row.half, text.decode())
