"""Decisions on a household's word: when it counts, the life of a dispute, and who may answer it.

An answer counts when three hands stand behind it that do not know one another: who printed the card, who recorded the
item, who approved it (security T1). One that does not count is kept, shown and followed up like any other; only, it
proves nothing: neither a second hand for the item nor a confirmed year.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.kernel.errors import BadInput, Refused
from portal.registers.recipients.answers.models import DisputeState, Finding, SubjectKind, What, Word

DISPUTE_DAYS: Final = "dispute_days"
OBJECTION_DAYS: Final = "dispute_objection_days"
MIN_WORDS: Final = 4


@dataclass(frozen=True)
class Fact:
    """An item recorded about a household, as it stands: its version, sum and day, and the hands behind it.

    `recorded_by` None: the trail does not tell; `approved_by` None: nobody approved it.
    """

    kind: SubjectKind
    no: str
    household_id: int
    version: str
    amount_fen: int
    on: date
    recorded_by: str | None
    approved_by: str | None


def counts(printed_by: str, recorded_by: str | None, approved_by: str | None) -> bool:
    """Whether an answer given by a card proves anything: printer, recorder and approver are different persons."""
    if recorded_by is None or printed_by == recorded_by:
        return False
    return approved_by is None or approved_by not in (printed_by, recorded_by)


def word_problem(answer: Word, what: What | None) -> None:
    """Refuse a 不对 that does not say what, and a 什么不对 beside another word."""
    if answer is Word.WRONG and what is None:
        raise BadInput("没有说哪里不对", fix="选一项：没收到、数不对、不认识", code="what")
    if answer is not Word.WRONG and what is not None:
        raise BadInput("回答和“哪里不对”对不上", fix="重新选一次", code="what")


class Step(StrEnum):
    """What somebody does with a dispute."""

    ANSWER = "答复"
    ACCEPT = "认可"
    REJECT = "不认可"
    DECIDE = "县级决定"


TRANSITIONS: Final[Mapping[DisputeState, Mapping[Step, DisputeState]]] = {
    DisputeState.WAITING: {Step.ANSWER: DisputeState.ANSWERED, Step.ACCEPT: DisputeState.ACCEPTED},
    DisputeState.ANSWERED: {
        Step.ANSWER: DisputeState.ANSWERED,  # only what was 查不清
        Step.ACCEPT: DisputeState.ACCEPTED,
        Step.REJECT: DisputeState.REJECTED,
    },
    DisputeState.REJECTED: {Step.DECIDE: DisputeState.DECIDED, Step.ACCEPT: DisputeState.ACCEPTED},
    DisputeState.DECIDED: {Step.ACCEPT: DisputeState.ACCEPTED},
    DisputeState.ACCEPTED: {},
}
"""The life of a dispute: the township answers once; what the household does not accept the county decides, and there it ends."""

WAITS: Final = (DisputeState.WAITING, DisputeState.REJECTED)
"""States in which the office has to act."""
OFFICE: Final[Mapping[DisputeState, Step]] = {
    DisputeState.WAITING: Step.ANSWER,
    DisputeState.ANSWERED: Step.ANSWER,
    DisputeState.REJECTED: Step.DECIDE,
    DisputeState.DECIDED: Step.DECIDE,
    DisputeState.ACCEPTED: Step.ANSWER,
}
"""What the office would do with a dispute; whether it may, the table of transitions says."""


def is_for_county(state: str) -> bool:
    """Whether the county has to decide."""
    return state == DisputeState.REJECTED


def is_open(state: str, finding: str | None, objects_until: date | None, today: date) -> bool:
    """Whether the item stays unpublished and an exit waits.

    Until somebody has answered so that it is clear, and then until the household accepts it, its days for an objection
    are over, or the county has decided.
    """
    if state == DisputeState.ANSWERED:
        return finding == Finding.UNCLEAR or (objects_until is not None and today <= objects_until)
    return state in WAITS


class Again(StrEnum):
    """What another 不对 to the same item does."""

    OPENS = "新的异议"
    ADDS = "加到在办的异议"
    ESCALATES = "转县级决定"
    ENDS = "县级已经决定"


def again(state: str | None, is_changed: bool) -> Again:
    """What a 不对 does beside the household's last dispute of the same item; `is_changed`: the item was, since then.

    Nobody answers the same thing a third time: what the township has answered once goes to the county, and what the
    county has decided stands until the item itself is another.
    """
    if state is None:
        return Again.OPENS
    if state in WAITS:
        return Again.ADDS
    if state == DisputeState.DECIDED:
        return Again.OPENS if is_changed else Again.ENDS
    return Again.ESCALATES


def next_state(state: str, step: Step, finding: str | None = None) -> DisputeState:
    """Where a step leads; Refused where the table knows no such step, and for a second answer to what is clear."""
    steps = TRANSITIONS[DisputeState(state)]
    twice = state == DisputeState.ANSWERED and step is Step.ANSWER and finding != Finding.UNCLEAR
    if step not in steps or twice:
        raise Refused("这条异议不能再这样办", why=f"它的状态是“{state}”", fix="刷新页面")
    return steps[step]


def handler_refusal(
    actor: str,
    recorded_by: str | None,
    approved_by: str | None,
    answered_by: Collection[str],
    corrected_by: str | None,
) -> str | None:
    """Why somebody may not answer a dispute; None when he may."""
    if actor == recorded_by:
        return "这一项是您登记的"
    if actor == approved_by:
        return "这一项是您审核的"
    if actor == corrected_by:
        return "这一项是您更正的"
    if actor in answered_by:
        return "上次是您答复的，本户没有认可"
    return None


def finding_problem(finding: str, words: str, is_changed: bool, is_county: bool) -> None:
    """Refuse an answer that says nothing, a 已更正 of an item that stands as it stood, and a county that decides nothing."""
    if finding not in set(Finding):
        raise BadInput("没有选核查结果", fix="选一项：已更正、已说明、查不清", code="finding")
    if len(words.strip()) < MIN_WORDS:
        raise BadInput("没有写给本户的答复", why="本户会看到这几句话", fix="写清查了什么、结果是什么", code="words")
    if is_county and finding == Finding.UNCLEAR:
        raise Refused("县级要给出结论", why="这一项已经查过一次，本户没有认可", fix="查清以后选“已更正”或“已说明”")
    if finding == Finding.CORRECTED and not is_changed:
        raise Refused("这一项还没有更正", why="它和本户看到的一样", fix="先由登记的人更正，再答复；或改选“已说明”")
