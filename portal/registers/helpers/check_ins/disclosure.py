"""What each audience may see of a visit. The only place of this register that decides it.

Public: nothing of a single visit. The household: who came when and what was done. The helper's phone: the own visit,
what was asked and answered. The office: coarse place, distance, signals in words; never the point. Supervision: the same
with every signal as it was recorded. Precise points and originals of photos are shown to nobody by a page: opening one is
an act with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.registers.helpers.check_ins.answers.queries import AnswerRow
from portal.registers.helpers.check_ins.photos.queries import PhotoRow
from portal.registers.helpers.check_ins.queries import VisitRow
from portal.registers.helpers.check_ins.questions.queries import QuestionRow
from portal.registers.helpers.check_ins.rules import STATE_NAMES


@dataclass(frozen=True)
class AskedAndAnswered:
    """A question and what the helper said to it."""

    rule: str
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class HouseholdVisit:
    """A visit for the household that it was made to: to say whether it was so."""

    claim_id: str
    captured_at: datetime
    helper_name: str
    was_possible: bool
    not_possible_reason: str | None
    activities: tuple[str, ...]
    answered: str | None


@dataclass(frozen=True)
class PhoneVisit:
    """A visit for the helper who made it."""

    claim_id: str
    captured_at: datetime
    received_at: datetime
    was_possible: bool
    state: str
    questions: tuple[AskedAndAnswered, ...]


@dataclass(frozen=True)
class PhotoShown:
    """A photo as pages name it: its row, for the rebuilt picture; how large the original is."""

    photo_id: int
    width: int
    height: int
    has_original: bool


@dataclass(frozen=True)
class ConsoleVisit:
    """A visit for the office in charge: everything but the precise place and the details of the evidence."""

    claim_id: str
    helper_no: str
    helper_name: str
    source: str
    captured_at: datetime
    not_before: datetime | None
    received_at: datetime
    was_possible: bool
    not_possible_reason: str | None
    activities: tuple[str, ...]
    findings: tuple[str, ...]
    note: str | None
    coarse_place: tuple[int, int] | None  # WGS-84 × 10^7, rounded to a kilometre
    distance_m: int | None
    accuracy_m: int | None
    state: str
    state_name: str
    judgement: str | None
    signals: tuple[str, ...]  # codes only
    digits: str | None  # what the helper says can be read in the photo, as the nonce had it
    questions: tuple[AskedAndAnswered, ...]
    household_answer: str | None
    photos: tuple[PhotoShown, ...]


@dataclass(frozen=True)
class SupervisionVisit:
    """A visit for whoever verifies a lead: what the office sees, and each signal with its figures."""

    visit: ConsoleVisit
    device_id: str | None
    beyond_m: int | None
    travel_kmh: int | None
    signals: Mapping[str, Any]
    household_note: str | None
    judged_by: str | None


def household_visit(row: VisitRow, answer: AnswerRow | None) -> HouseholdVisit:
    """For `/me`: no note, no evidence; what the helper wrote about the household stays with the office."""
    return HouseholdVisit(
        row.claim_id,
        row.captured_at,
        row.helper_name,
        row.visit == "done",
        row.not_possible_reason,
        row.activities,
        answer.answer if answer else None,
    )


def phone_visit(row: VisitRow, questions: Sequence[QuestionRow]) -> PhoneVisit:
    """For the phone of the helper whose visit it is."""
    return PhoneVisit(row.claim_id, row.captured_at, row.received_at, row.visit == "done", row.state, _asked(questions))


def console_visit(
    row: VisitRow,
    values: Mapping[str, Any],
    questions: Sequence[QuestionRow],
    answer: AnswerRow | None,
    photos: Sequence[PhotoRow],
) -> ConsoleVisit:
    """For the office; `values` are the columns of the check-in's row."""
    has_place = values["coarse_lat_e7"] is not None
    digits = values["signals"].get("challenge", {}).get("digits")
    return ConsoleVisit(
        claim_id=row.claim_id,
        helper_no=row.helper_no,
        helper_name=row.helper_name,
        source=row.source,
        captured_at=row.captured_at,
        not_before=values["not_before"],
        received_at=row.received_at,
        was_possible=row.visit == "done",
        not_possible_reason=row.not_possible_reason,
        activities=row.activities,
        findings=row.findings,
        note=row.note,
        coarse_place=(values["coarse_lat_e7"], values["coarse_lng_e7"]) if has_place else None,
        distance_m=values["distance_m"],
        accuracy_m=values["accuracy_m"],
        state=row.state,
        state_name=STATE_NAMES[row.state],
        judgement=values["judgement"],
        signals=tuple(sorted(code for code in values["signals"] if not (code == "challenge" and digits))),
        digits=digits,
        questions=_asked(questions),
        household_answer=answer.answer if answer else None,
        photos=tuple(PhotoShown(p.id, p.width, p.height, not p.is_forgotten) for p in photos),
    )


def supervision_visit(visit: ConsoleVisit, values: Mapping[str, Any], answer: AnswerRow | None) -> SupervisionVisit:
    """For supervision, inside a lead or a case."""
    return SupervisionVisit(
        visit=visit,
        device_id=values["device_id"],
        beyond_m=values["beyond_m"],
        travel_kmh=values["travel_kmh"],
        signals=dict(values["signals"]),
        household_note=answer.note if answer else None,
        judged_by=values["judged_by"],
    )


def _asked(questions: Sequence[QuestionRow]) -> tuple[AskedAndAnswered, ...]:
    return tuple(AskedAndAnswered(q.rule, q.text, q.asked_at, q.answer, q.answered_at) for q in questions)
