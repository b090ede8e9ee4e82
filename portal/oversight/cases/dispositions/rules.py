"""Decisions on dispositions: what a study must record, and which step of the case an approval is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.kernel.errors import BadInput, Refused
from portal.oversight.cases.dispositions.models import Disposition
from portal.oversight.cases.models import CaseState
from portal.oversight.cases.rules import Step

LAWFUL: Final = (Disposition.TALK, Disposition.VERIFY, Disposition.SHELVE, Disposition.DISMISS)
"""四类处置方式 of a clue: there is no fifth one."""
STEPS: Final[Mapping[Disposition, Step]] = {
    Disposition.TALK: Step.TALK,
    Disposition.VERIFY: Step.VERIFY,
    Disposition.SHELVE: Step.SHELVE,
    Disposition.DISMISS: Step.DISMISS,
    Disposition.FINISH: Step.FINISH,
}
CLOSING: Final = frozenset({Disposition.DISMISS, Disposition.FINISH})
PRESENT: Final = "case_study_present"
SHORTEST: Final = 4


@dataclass(frozen=True)
class Study:
    """集体研究: when, who was there, what was said."""

    studied_on: date
    present: Sequence[str]
    opinions: str


def study_problem(study: Study, least: int, opened_on: date, today: date) -> None:
    """Refuse a study of too few, on a day that cannot be, or without an opinion."""
    names = [name.strip() for name in study.present if name.strip()]
    if len(set(names)) != len(names):
        raise BadInput("参加研究的人有重名", why="同一个人不能算两次", fix="重名的在后面注明单位")
    if len(names) < least:
        raise BadInput(f"集体研究至少 {least} 人", why=f"写了 {len(names)} 人", fix="把参加研究的人都写上")
    if not opened_on <= study.studied_on <= today:
        raise BadInput(
            "研究日期不对", why="它不能早于立卷，也不能在今天之后", fix=f"写 {opened_on} 到 {today} 之间的日期"
        )
    if len(study.opinions.strip()) < SHORTEST:
        raise BadInput("没有写研究意见", fix="写明各人的意见和结论")


def disposition_refusal(disposition: Disposition, state: str, approved: str | None) -> None:
    """Refuse 办结 of a case that nobody was allowed to work on: a clue that is let go ends by 予以了结."""
    worked = approved in (Disposition.TALK, Disposition.VERIFY)
    if disposition is Disposition.FINISH and not (state == CaseState.WORKING and worked):
        raise Refused("还不能办结", why="没有批准过谈话函询或者初步核实", fix="线索不用查的，提出予以了结")
