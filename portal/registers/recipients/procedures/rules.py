"""Decisions on procedures: when one may begin, which results a step knows, what a refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.recipients.models import HouseholdStatus
from portal.registers.recipients.procedures.cycles.rules import MONITORED, STARTS, STOPPABLE, Step
from portal.registers.recipients.procedures.models import NoticeOutcome, ProcedureKind, Verdict
from portal.registers.recipients.procedures.requirements.rules import Facts, months_after
from portal.registers.recipients.rules import household_problem

NOTICE_VERDICTS: Final[Mapping[NoticeOutcome, Verdict | None]] = {
    NoticeOutcome.CLEAR: Verdict.DONE,
    NoticeOutcome.ANSWERED: Verdict.DONE,
    NoticeOutcome.UPHELD: Verdict.RETURNED,
    NoticeOutcome.BROKEN_OFF: None,
}
"""What the outcome of a notice does; None: the procedure waits for another notice."""
MIN_REASON: Final = 4


def opening_problem(kind: ProcedureKind, status: str | None, category: str | None, proposal: Mapping[str, Any]) -> None:
    """Refuse a procedure that this household cannot have."""
    stands = None if status is None else HouseholdStatus(status)
    if stands not in STARTS[kind]:
        raise Refused(f"现在不能办“{kind}”", why=f"这一户的状态是“{status or '未认定'}”", fix="核对户编号和程序种类")
    if kind is ProcedureKind.REMOVAL and category not in MONITORED:
        raise Refused("这一户不是监测对象", fix="核对对象类别")
    if kind is ProcedureKind.CATEGORY and not proposal.get("category"):
        raise Refused("没有写改成哪一类", fix="从列出的各类里选")
    household_problem({"no": "-", **proposal})


def kinds_from(status: str | None, category: str | None) -> list[ProcedureKind]:
    """The kinds that a household of this 状态 and category can have, for the form that opens one."""
    stands = None if status is None else HouseholdStatus(status)
    fitting = [kind for kind in ProcedureKind if stands in STARTS[kind]]
    return [kind for kind in fitting if kind is not ProcedureKind.REMOVAL or category in MONITORED]


def verdict_problem(step: Step, verdict: Verdict, facts: Facts) -> None:
    """Refuse a result that the step does not know, and one against the household without a reason."""
    if verdict not in step.leads:
        raise Refused(f"“{step.key}”没有“{verdict}”这个结果", fix="从列出的结果里选")
    if verdict not in STOPPABLE and len(facts.note.strip()) < MIN_REASON:
        raise Refused("没有写原因", why="退回、不予批准和撤回都要说明原因", fix="写明原因", code="why")
    if verdict is Verdict.REVOKED and not facts.document.strip():
        raise Refused("没有决定文号", why="撤销也是决定", fix="填写撤销决定的文号")


def way_to_object(days: int, unit: str, place: str) -> str:
    """How a household objects to a refusal: until when and where."""
    return (
        f"不服的，可以在收到决定之日起 {days} {unit}内，向{place}的上一级机关申请行政复议；也可以随时向乡镇提出异议。"
    )


def effect_end(verdict: Verdict, decided_on: date, months: int) -> date | None:
    """The last day of the 渐退期: 低保 goes on for some months after income from work has risen, and ends by itself."""
    return months_after(decided_on, months) if verdict is Verdict.FADING else None
