"""What the page of one visit shows: the evidence in words, the photos, the chain, what was asked and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.accounts.devices.queries import Device, find_device
from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.management.visit_words import SignalWords, place_in_words, signals_in_words
from portal.registers.corrections import RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers.check_ins.answers.queries import AnswerRow, answers_to
from portal.registers.helpers.check_ins.boards import queries as boards
from portal.registers.helpers.check_ins.boards.queries import ChainLink, OneVisit
from portal.registers.helpers.check_ins.disclosure import ConsoleVisit, console_visit
from portal.registers.helpers.check_ins.photos.queries import likenesses_of, photos_of
from portal.registers.helpers.check_ins.queries import State
from portal.registers.helpers.check_ins.questions.queries import list_questions
from portal.registers.helpers.check_ins.rules import JUDGED, may_step
from portal.registers.recipients.disclosure import household_row
from portal.trail.queries import Entry, get_event
from portal.web import access
from portal.web.sessions import database


@dataclass(frozen=True)
class Pair:
    """A photo beside one of another visit; `other` None: that visit lies outside the person's places."""

    photo_id: int
    other_id: int
    other: OneVisit | None
    bits: int
    is_identical: bool
    is_part: bool
    mirrored: bool


@dataclass(frozen=True)
class VisitPage:
    """One visit for the office, with what the person may do with it."""

    visit: OneVisit
    shown: ConsoleVisit
    head_name: str | None
    place: str
    where: Sequence[str]
    signals: Sequence[SignalWords]
    chain: Sequence[ChainLink]
    event: Entry | None
    device: Device | None
    answer: AnswerRow | None
    full: bool
    may_reveal: bool
    verdicts: Sequence[State]
    pairs: Sequence[Pair]
    may_answer: bool


def visit_of(claim_id: str, permission: Permission) -> OneVisit:
    """A visit where the person holds a permission; one of elsewhere is answered as one that nobody knows."""
    visit = boards.get_visit(database(), claim_id)
    if not access.can(permission, visit.division_code):
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    return visit


def page_of(visit: OneVisit) -> VisitPage:
    """Everything that the page shows, in a fixed number of statements."""
    session, number = database(), visit.row.id
    full = access.can(Permission.REVEAL_SEALED, visit.division_code)
    answer = answers_to(session, [number]).get(number)
    shown = console_visit(
        visit.row, visit.values, list_questions(session, [number]), answer, photos_of(session, [number]).get(number, [])
    )
    chain = boards.chain_around(session, visit.row.claim_id)
    own = next((link for link in chain if link.claim_id == visit.row.claim_id and link.is_accepted), None)
    device = visit.values["device_id"]
    return VisitPage(
        visit=visit,
        shown=shown,
        head_name=household_row({"head_name": visit.head_name}, full)["head_name"],
        place=divisions.written_path(session, visit.division_code),
        where=place_in_words(visit.values, visit.household_datum),
        signals=signals_in_words(shown.signals),
        chain=chain,
        event=get_event(session, own.event_id) if own is not None and own.event_id else None,
        device=find_device(session, device) if device else None,
        answer=answer,
        full=full,
        may_reveal=full,
        verdicts=_verdicts(visit),
        pairs=_pairs(visit),
        may_answer=access.can(Permission.JUDGE_VISITS, visit.division_code),
    )


def _pairs(visit: OneVisit) -> Sequence[Pair]:
    """What the worker found later: for those who judge, both pictures; of a visit of elsewhere only that there is one."""
    if not access.can(Permission.JUDGE_VISITS, visit.division_code):
        return ()
    found = likenesses_of(database(), visit.row.id)
    others = {
        other.row.id: other for other in boards.visits_of_ids(database(), [like.other_check_in for like in found])
    }
    return [
        Pair(
            like.photo_id, like.other_id, other if access.can(Permission.VIEW_HELPERS, other.division_code) else None,
            like.bits, like.is_identical, like.window > 0, like.mirrored,
        )
        for like in found
        if (other := others.get(like.other_check_in)) is not None
    ]  # fmt: skip


def _verdicts(visit: OneVisit) -> Sequence[State]:
    if not access.can(Permission.JUDGE_VISITS, visit.division_code):
        return ()
    return [
        state for state in (State.COUNTED, State.NOT_COUNTED) if state in JUDGED and may_step(visit.row.state, state)
    ]


def paper_of(paper_id: int, permission: Permission) -> RecordRow:
    """A form where the person holds a permission; one of elsewhere is answered as one that nobody knows."""
    record = boards.paper_row(database(), paper_id)
    if not access.can(permission, str(record.values["division_code"])):
        raise NotFound("没有这条记录", fix="核对编号，或从列表重新查找")
    return record
