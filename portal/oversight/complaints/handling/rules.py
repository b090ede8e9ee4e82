"""The life cycles of complaints as two tables of transitions, and the clocks they run against.

纪检监察机关处理检举控告工作规则（2020）; 信访工作条例（2022）. Days are dated parameters, in working days or days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.accounts.permissions import Permission
from portal.kernel.clock import Overrides, add_working_days, next_working_day
from portal.kernel.errors import Refused
from portal.oversight.complaints.handling.models import ComplaintState, Disposal, EvidenceFrom, Matter

S, D = ComplaintState, Disposal


class Doer(StrEnum):
    """谁来办."""

    HANDLER = "经办人"
    DECIDER = "审批人"
    WRITER = "反映人"
    CLOCK = "时钟"


PERMISSIONS: Final[Mapping[Doer, Permission]] = {
    Doer.HANDLER: Permission.HANDLE_COMPLAINTS,
    Doer.DECIDER: Permission.DECIDE_COMPLAINTS,
}


class Step(StrEnum):
    """办理动作."""

    REGISTER = "登记"
    KEEP = "本级办理"
    SEND_UP = "转送上级"
    SEND_DOWN = "转送下级"
    PROPOSE = "提出处置意见"
    APPROVE = "批准"
    RETURN = "退回"
    RESUME = "重新研究"
    CLOSE = "提请办结"
    ANSWER = "反馈"
    LINK = "并案"
    ACCEPT = "受理"
    DECLINE = "不予受理"
    REPLY = "提出答复意见"
    APPEAL = "申诉"
    TAKE_APPEAL = "受理申诉"
    REVIEW = "申请复查"
    RECHECK = "申请复核"
    END = "了结"
    RAISE = "提级"
    AVOID = "回避改派"


@dataclass(frozen=True)
class Transition:
    """One arrow: from a state by a step of somebody to another state. No target: it stays where it is."""

    state: ComplaintState
    step: Step
    doer: Doer
    to: ComplaintState | None = None


def _t(state: ComplaintState, step: Step, to: ComplaintState | None = None, doer: Doer = Doer.HANDLER) -> Transition:
    return Transition(state, step, doer, to)


_APPROVED: Final = {D.INTERVIEW: S.INTERVIEW, D.INQUIRY: S.INQUIRY, D.SHELVE: S.SHELVED, D.DISMISS: S.DISMISSED}
_MOVABLE: Final = (S.RECEIVED, S.REGISTERED)

_DISCIPLINE: Final = (
    _t(S.RECEIVED, Step.REGISTER, S.REGISTERED),
    _t(S.REGISTERED, Step.KEEP, S.STUDYING),
    *(_t(state, step, S.RECEIVED) for state in _MOVABLE for step in (Step.SEND_UP, Step.SEND_DOWN)),
    *(_t(state, Step.LINK, S.LINKED) for state in (S.RECEIVED, S.REGISTERED, S.STUDYING)),
    _t(S.STUDYING, Step.PROPOSE, S.PROPOSED),
    *(_t(S.PROPOSED, Step.APPROVE, to, Doer.DECIDER) for to in _APPROVED.values()),
    _t(S.PROPOSED, Step.RETURN, S.STUDYING, Doer.DECIDER),
    _t(S.INTERVIEW, Step.RESUME, S.STUDYING),
    _t(S.INTERVIEW, Step.CLOSE, S.CLOSING),
    _t(S.INQUIRY, Step.RESUME, S.STUDYING),
    _t(S.INQUIRY, Step.CLOSE, S.CLOSING),
    _t(S.SHELVED, Step.RESUME, S.STUDYING),
    _t(S.CLOSING, Step.APPROVE, S.CONCLUDED, Doer.DECIDER),
    _t(S.CLOSING, Step.RETURN, S.INQUIRY, Doer.DECIDER),
    _t(S.DISMISSED, Step.ANSWER, S.ANSWERED),
    _t(S.CONCLUDED, Step.ANSWER, S.ANSWERED),
    _t(S.ANSWERED, Step.RESUME, S.STUDYING),
    _t(S.ANSWERED, Step.APPEAL, S.APPEALED, Doer.WRITER),
    _t(S.ANSWERED, Step.END, S.ENDED, Doer.CLOCK),
    _t(S.ENDED, Step.RESUME, S.STUDYING),
    _t(S.APPEALED, Step.TAKE_APPEAL, S.STUDYING),
)
_PETITION: Final = (
    _t(S.RECEIVED, Step.REGISTER, S.REGISTERED),
    *(_t(state, step, S.RECEIVED) for state in _MOVABLE for step in (Step.SEND_UP, Step.SEND_DOWN)),
    *(_t(state, Step.LINK, S.LINKED) for state in (S.RECEIVED, S.REGISTERED, S.HANDLING)),
    _t(S.REGISTERED, Step.ACCEPT, S.HANDLING),
    _t(S.REGISTERED, Step.DECLINE, S.NOT_ACCEPTED),
    _t(S.HANDLING, Step.REPLY, S.ANSWERING),
    _t(S.ANSWERING, Step.APPROVE, S.REPLIED, Doer.DECIDER),
    _t(S.ANSWERING, Step.RETURN, S.HANDLING, Doer.DECIDER),
    _t(S.REPLIED, Step.REVIEW, S.REVIEWING, Doer.WRITER),
    _t(S.REPLIED, Step.END, S.ENDED, Doer.CLOCK),
    _t(S.REVIEWING, Step.ANSWER, S.REVIEWED),
    _t(S.REVIEWED, Step.RECHECK, S.RECHECKING, Doer.WRITER),
    _t(S.REVIEWED, Step.END, S.ENDED, Doer.CLOCK),
    _t(S.RECHECKING, Step.ANSWER, S.RECHECKED),
    _t(S.RECHECKED, Step.END, S.ENDED, Doer.CLOCK),
)
CYCLES: Final[Mapping[Matter, tuple[Transition, ...]]] = {Matter.DISCIPLINE: _DISCIPLINE, Matter.PETITION: _PETITION}

#: The parameter by which each state is due; a state that is absent keeps the clock of the one before it.
CLOCKS: Final[Mapping[Matter, Mapping[ComplaintState, str | None]]] = {
    Matter.DISCIPLINE: {
        S.RECEIVED: "report_accept_days", S.REGISTERED: "complaint_pass_days", S.STUDYING: "report_disposal_days",
        S.INTERVIEW: "report_inquiry_days", S.INQUIRY: "report_inquiry_days", S.SHELVED: "report_shelf_days",
        S.DISMISSED: "report_answer_days", S.CONCLUDED: "report_answer_days", S.ANSWERED: None, S.LINKED: None,
        S.APPEALED: "complaint_appeal_days", S.ENDED: None,
    },
    Matter.PETITION: {
        S.RECEIVED: "petition_register_days", S.REGISTERED: "petition_tell_days", S.HANDLING: "petition_handle_days",
        S.REPLIED: None, S.REVIEWING: "petition_review_days", S.REVIEWED: None, S.RECHECKING: "petition_review_days",
        S.RECHECKED: None, S.NOT_ACCEPTED: None, S.LINKED: None, S.ENDED: None,
    },
}  # fmt: skip
ASKED_FOR: Final = ("complaint_silence_days", "complaint_remind_share", "complaint_ask_days", "petition_ask_days")
OVER: Final = frozenset({S.LINKED, S.ENDED, S.NOT_ACCEPTED})
ANSWERED: Final = frozenset({S.ANSWERED, S.REPLIED, S.REVIEWED, S.RECHECKED})
TOLD: Final = ANSWERED | {S.NOT_ACCEPTED}
"""States that are an answer: who comes there is told why, in words of the organ."""
APPEALS: Final[Mapping[ComplaintState, Step]] = {
    S.ANSWERED: Step.APPEAL, S.REPLIED: Step.REVIEW, S.REVIEWED: Step.RECHECK,
}  # fmt: skip
EXTENDABLE: Final = frozenset({S.HANDLING, S.INTERVIEW, S.INQUIRY})
LONGEST_EXTENSION: Final = 30
ONE_SIDED: Final = frozenset({EvidenceFrom.ACCUSED, EvidenceFrom.ACCUSED_UNIT})
FEWEST_STUDYING: Final = 3
PETITIONS: Final = frozenset({"钱没到", "数不对", "该有的没有"})


def matter_of(kind: str) -> Matter:
    """Which set of rules a kind of complaint follows: what blames nobody's integrity is a petition."""
    return Matter.PETITION if kind in PETITIONS else Matter.DISCIPLINE


def tells_writer(matter: str, state: str, step: Step) -> bool:
    """Whether a step leads to an answer: then it goes with words for the writer (信访工作条例, 书面答复)."""
    return any(t.state == state and t.step is step and t.to in TOLD for t in CYCLES[Matter(matter)])


def steps_at(matter: str, state: str, doers: Collection[Doer]) -> tuple[Step, ...]:
    """The steps that these may take in a state, in the order of the table."""
    found = [t.step for t in CYCLES[Matter(matter)] if t.state == state and t.doer in doers]
    return tuple(dict.fromkeys(found))


def doer_of(matter: str, state: str, step: Step) -> Doer:
    """Who of the organ takes a step in a state; the handler where the table knows no such arrow."""
    doers = [t.doer for t in CYCLES[Matter(matter)] if t.state == state and t.step == step]
    return Doer.DECIDER if Doer.DECIDER in doers else Doer.HANDLER


def next_state(matter: str, state: str, step: Step, doer: Doer, proposed: str | None = None) -> ComplaintState:
    """Where a step leads; raises Refused where the table has no such arrow."""
    found = [t.to for t in CYCLES[Matter(matter)] if (t.state, t.step, t.doer) == (state, step, doer)]
    if len(found) > 1:
        found = [_APPROVED[Disposal(proposed or "")]]
    if not found or found[0] is None:
        raise Refused(f"现在是“{state}”，不能“{step}”", fix="刷新页面，按现在的状态办")
    return found[0]


@dataclass(frozen=True)
class Due:
    """A clock in hand: when it began, its last day, when to remind, and the last day without any sign of life."""

    since_on: date
    due_on: date | None
    remind_on: date | None
    silent_on: date | None


def due_after(
    today: date, days: int | None, unit: str, silence_days: int, remind_share: int, overrides: Overrides
) -> Due:
    """The clock of a state that begins today; the first day is not counted, an end on a day off moves to the next."""
    silent_on = today + timedelta(days=silence_days)
    if days is None:
        return Due(today, None, None, None)
    plain_end = next_working_day(today + timedelta(days=days), overrides)
    due_on = add_working_days(today, days, overrides) if "工作日" in unit else plain_end
    remind_on = today + timedelta(days=(due_on - today).days * remind_share // 100)
    return Due(today, due_on, remind_on, silent_on)


def is_overdue(today: date, due_on: date | None, silent_on: date | None) -> bool:
    """Past its last day, or nothing heard of it for too long."""
    return any(last is not None and last < today for last in (due_on, silent_on))


def study_problem(people: Sequence[str]) -> None:
    """Refuse a disposal that was not studied by several 集体研究."""
    if len({name.strip() for name in people if name.strip()}) < FEWEST_STUDYING:
        raise Refused("处置意见要集体研究", why=f"参加研究的不少于{FEWEST_STUDYING}人", fix="写明参加研究的每一个人")


def evidence_problem(sources: Collection[str]) -> None:
    """Refuse to close on what the accused side says alone."""
    if not {EvidenceFrom(source) for source in sources} - ONE_SIDED:
        raise Refused(
            "不能只凭被反映一方的材料办结", why="还要有别处来的材料", fix="补上书证、旁证或现场核查，再提请办结"
        )


def extension_problem(state: str, days: int, given: str | None) -> None:
    """Refuse an extension that is too long, a second one, or one where there is nothing to extend."""
    if state not in EXTENDABLE:
        raise Refused("这一步不能延期", fix="在期限内办完这一步")
    if given is not None:
        raise Refused("已经延过一次期", why="延期只有一次", fix="在延长后的期限内办结")
    if not 1 <= days <= LONGEST_EXTENSION:
        raise Refused(f"延期不超过{LONGEST_EXTENSION}天", fix="填写1到30之间的天数")


def second_person_problem(first: str | None, second: str) -> None:
    """Refuse the same person twice."""
    if first is None:
        raise Refused("没有等着批准的事项", fix="刷新页面")
    if first == second:
        raise Refused("不能批准自己提出的", why="这一步要第二个人", fix="请另一位负责人来办")
