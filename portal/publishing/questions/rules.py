"""Decisions on public questions: their life, what one must say, and who may let it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from portal.kernel.errors import BadFields, BadInput, Conflict, FieldProblem, Refused
from portal.publishing.questions.models import Proposal, QuestionKind, QuestionState

S = QuestionState
DAYS: Final = "question_answer_days"
WORDS_LEAST, WORDS_MOST = 4, 2_000
ANSWER_LEAST, ANSWER_MOST = 6, 4_000


class Step(StrEnum):
    """What is done with a question."""

    PROPOSE = "提交审核"
    RELEASE = "批准"
    RETURN = "退回"
    RETRACT = "撤下"


TRANSITIONS: Final[Mapping[QuestionState, Mapping[Step, tuple[QuestionState, ...]]]] = {
    S.WAITING: {Step.PROPOSE: (S.CHECKING,)},
    S.CHECKING: {Step.RELEASE: (S.PUBLIC, S.DECLINED, S.MERGED), Step.RETURN: (S.WAITING,)},
    S.PUBLIC: {Step.RETRACT: (S.RETRACTED,)},
    S.DECLINED: {},
    S.MERGED: {},
    S.RETRACTED: {},
}
"""待答复→待审核→{已公开→(已撤下) | 不公开 | 已并入}; what is sent back waits again."""

RELEASED: Final = {Proposal.PUBLISH: S.PUBLIC, Proposal.DECLINE: S.DECLINED, Proposal.MERGE: S.MERGED}
OPEN: Final = frozenset({S.WAITING, S.CHECKING})


@dataclass(frozen=True)
class Asked:
    """What somebody asks, as typed."""

    kind: str
    division_code: str
    words: str = field(repr=False)
    subject: tuple[str, str] | None = None


def next_state(state: str, step: Step, proposal: str | None = None) -> QuestionState:
    """Where a step leads; Conflict where the table knows no such step."""
    found = TRANSITIONS[QuestionState(state)].get(step, ())
    if len(found) > 1 and proposal is not None:
        found = (RELEASED[Proposal(proposal)],)
    if len(found) != 1:
        raise Conflict(f"现在不能{step}", why=f"它的状态是“{state}”", fix="刷新页面看现在的状态")
    return found[0]


def asked_problem(asked: Asked) -> None:
    """Refuse a question that cannot be taken, naming its fields."""
    found = (
        (asked.kind not in set(QuestionKind), FieldProblem("kind", "bad_value", "选是提问，还是指出错误")),
        (len(asked.words.strip()) < WORDS_LEAST, FieldProblem("text", "bad_value", "写上想问的话，几个字就行")),
        (len(asked.words) > WORDS_MOST, FieldProblem("text", "bad_value", f"不超过 {WORDS_MOST} 字")),
    )
    problems = [problem for is_wrong, problem in found if is_wrong]
    if problems:
        raise BadFields("有几处要改，改好再交", problems)


def proposal_problem(proposal: str, question: str, answer: str, unit: str, merged_into: str) -> None:
    """Refuse a proposal that does not say what its kind asks for."""
    if proposal not in set(Proposal):
        raise BadInput("没有选怎么办", fix="选公开答复、不公开，或并入已有的提问")
    if not ANSWER_LEAST <= len(answer.strip()) <= ANSWER_MOST:
        raise BadInput(
            "答复没有写好", why=f"{ANSWER_LEAST} 到 {ANSWER_MOST} 个字", fix="不公开的，写明理由；提问的人看得到"
        )
    if not unit.strip():
        raise BadInput("没有写答复单位", fix="写上由哪个单位答复")
    if proposal == Proposal.PUBLISH and not WORDS_LEAST <= len(question.strip()) <= WORDS_MOST:
        raise BadInput("公开的提问没有写好", why="去掉姓名、号码和病情，留下要问的事", fix="改写成大家都能看的一段话")
    if proposal == Proposal.MERGE and not merged_into.strip():
        raise BadInput("没有写并入哪一条", fix="写上那一条提问的编号")


def same_hand_refusal(answered_by: str | None, actor: str) -> None:
    """Who answered does not release it."""
    if answered_by == actor:
        raise Refused("答复和审核要两个人", why="这一条是您答复的", fix="请另一位有权审核的人办理", code="same_hand")
