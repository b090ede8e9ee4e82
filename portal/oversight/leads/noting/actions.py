"""The events of leads. Those about a complaint are acts upon the complaint, one each and under seal.

In the open, a lead's number in the log, or a count that holds it, would tell whoever may not know that there is a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.oversight.complaints.routing.queries import SUBJECT
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.trail.actions import record

MOST_NAMED: Final = 500
Subjects = list[tuple[str, str]]


def kept_as(kind: str, lead_no: str, subject_kind: str, subject_no: str) -> tuple[str, Subjects]:
    """Kind and subjects of an act upon one lead: `lead.read`, or `complaint.lead.read` of the complaint that it is about."""
    if subject_kind != SUBJECT:
        return kind, [("lead", lead_no)]
    return f"{SUBJECT}.{kind}", [(SUBJECT, subject_no), ("lead", lead_no)]


def note(
    session: Session, kind: str, leads: Sequence[Lead], act: Act, *, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, counts: Mapping[str, Any] | None = None,
    public: Mapping[str, Any] | None = None, rule: str = "", counts_them: bool = False,
    at: datetime | None = None,
) -> None:  # fmt: skip
    """Write an act upon some leads down: one open event for all, and a sealed one for each lead about a complaint.

    `counts` are numbers of a rule's run: the open event alone says them. It counts no lead about a complaint.
    """
    also = [("rule", rule)] if rule else []
    said: dict[str, Any] = {"before": before, "why": act.why or None, "request_id": act.request_id, "at": at}
    hidden = [lead for lead in leads if lead.subject_kind == SUBJECT]
    shown = [("lead", lead.lead_no) for lead in leads if lead.subject_kind != SUBJECT]
    if shown:
        told = {**(after or {}), **(counts or {}), **({"count": len(shown)} if counts_them else {})}
        record(
            session, kind=kind, actor=act.actor, subjects=[*also, *shown[:MOST_NAMED]], after=told, public=public, **said,
        )  # fmt: skip
    for lead in hidden:
        own, subjects = kept_as(kind, lead.lead_no, lead.subject_kind, lead.subject_no)
        record(session, kind=own, actor=act.actor, subjects=[*subjects, *also], after=after, sealed=True, **said)
