"""The pages of a confidential report: the form with what it is about, the receipt, and what its holder is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput
from portal.kernel.printing import qr_svg
from portal.oversight.complaints.actions import Receipt as Receipt
from portal.oversight.complaints.handling.writers.queries import Standing, standing_of
from portal.oversight.complaints.queries import Said, find_by_locator, talk_for_writer
from portal.public.forms.report import ReportForm, read_json
from portal.registers.divisions import queries as divisions
from portal.web import questions
from portal.web.report_entries import find_reported
from portal.web.report_subjects import About, subject_of_address
from portal.web.reports import PUBLIC_DOOR, Proven, Sent, take, take_openly
from portal.web.site import address_of_site


def asked_about(session: Session, on: date) -> About | None:
    """What the address says the report is about: a subject, or the page one came from."""
    spoken = request.args.get("subject", "") or subject_of_address(request.args.get("from", ""))
    return find_reported(session, spoken, on)


def place_choices(session: Session, on: date) -> list[tuple[str, str]]:
    """The places that can be picked without typing: the site's own, and those right below it."""
    home = divisions.home_code(session)
    names = divisions.names_of(session, [home]) if home else {}
    below = divisions.list_children(session, home or None, on)
    return [(home, names.get(home, ""))] * bool(home) + [(place.code, place.name) for place in below]


@dataclass(frozen=True)
class Accepted:
    """What the receipt says."""

    receipt: Receipt = field(repr=False)
    standing: Standing
    organ: str
    url: str

    @property
    def code_groups(self) -> str:
        """The code as it is shown."""
        return self.receipt.code

    @property
    def qr(self) -> Markup:
        """The way to the page of progress; it does not hold the code."""
        return Markup(qr_svg(self.url))  # noqa: S704  (a drawing of our own address)


def take_form(session: Session, form: ReportForm, on: date) -> Receipt | questions.Receipt:
    """Take what the form holds, through the door that was chosen."""
    return _take(session, form.sent(), form.door.data or "", form.subject.data or "", on)


def take_json(session: Session, on: date) -> Receipt | questions.Receipt:
    """Take what was sent as JSON."""
    return _take(session, *read_json(), on)


def _take(session: Session, sent: Sent, door: str, spoken: str, on: date) -> Receipt | questions.Receipt:
    if door == PUBLIC_DOOR:
        return take_openly(session, sent, spoken, on)
    return take(session, sent, spoken, on)


def receipt_of(taken: Receipt | questions.Receipt) -> dict[str, str]:
    """The receipt for programs: both doors give the same."""
    if isinstance(taken, questions.Receipt):
        return {
            "locator": taken.taken.locator, "code": taken.code.replace(" ", ""), "leaf_hash": taken.taken.leaf_hash,
        }  # fmt: skip
    return {"locator": taken.locator, "code": taken.code.replace(" ", ""), "leaf_hash": taken.leaf_hash}


def accepted(session: Session, receipt: Receipt, on: date) -> Accepted:
    """The receipt of a report that has just been taken."""
    complaint = find_by_locator(session, receipt.locator)
    if complaint is None:
        raise BadInput("没有收下", fix="再交一次")
    url = f"{address_of_site()}{request.script_root}/report/{receipt.locator}"
    return Accepted(receipt, standing_of(session, complaint, on), organ_of(session, complaint.authority), url)


def organ_of(session: Session, authority: str) -> str:
    """The place whose organ has a complaint."""
    return divisions.names_of(session, [authority]).get(authority, "")


@dataclass(frozen=True)
class Told:
    """What the holder of a receipt is told."""

    locator: str
    received_on: date
    half: str
    kind: str
    organ: str
    standing: Standing
    talk: Sequence[Said] = field(repr=False)
    has_proof: bool

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        at = self.standing
        return {
            "locator": self.locator, "received_on": self.received_on.isoformat(), "half": self.half,
            "kind": self.kind, "organ": self.organ, "state": at.state,
            "due_on": at.due_on.isoformat() if at.due_on else None,
            "steps": [{"state": step.state, "on": step.on.isoformat()} for step in at.steps],
            "messages": [
                {"from": "writer" if one.from_writer else "organ", "on": one.said_on.isoformat(), "half": one.half,
                 "text": one.text}
                for one in self.talk
            ],
            "may_rate": at.may_rate, "may_appeal": at.may_appeal, "asks_solved": at.asks_solved,
        }  # fmt: skip


def told(session: Session, proven: Proven, on: date, has_proof: bool) -> Told:
    """Where a complaint stands, and the talk, opened with its writer's code."""
    row = proven.complaint
    return Told(
        row.locator, row.received_on, row.half, row.kind, organ_of(session, row.authority),
        standing_of(session, row, on), talk_for_writer(session, row, proven.private), has_proof,
    )  # fmt: skip
