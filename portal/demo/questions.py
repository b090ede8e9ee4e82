"""Public questions of the demonstration: two that are answered in public, one that waits for its check, one for an answer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.kernel.database import writing
from portal.oversight.complaints.rules import Prepared, prepare
from portal.publishing.questions.actions import Answer, Proof, ask, join, propose, release
from portal.publishing.questions.models import Proposal, QuestionKind
from portal.publishing.questions.queries import get_public
from portal.publishing.questions.rules import Asked
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of

QUESTIONS: Final = "questions"
PEPPER_OF: Final = "yangguang receipt question"
ANSWERS, CHECKS = Act("user:demo-township_clerk", ""), Act("user:demo-department_officer", "核对过")
UNIT: Final = "红窑镇人民政府（演示）"

#: Where, what kind, the question, the answer (none: it still waits), whether it is out, days ago, how many joined.
_ASKED: Final = (
    (
        STORY_VILLAGE, QuestionKind.QUESTION, "三组的路灯什么时候修？",
        "已经列入今年的村内道路项目，十二月底前装好。项目进度在本站的项目页能看到。", True, 30, 7,
    ),
    (
        STORY_TOWN, QuestionKind.CORRECTION, "项目页写的开工日期和现场公示牌不一样。",
        "核对过了，公示牌是对的，网站上的日期已经更正，更正记录在项目页下面。", True, 16, 2,
    ),
    (
        STORY_VILLAGE, QuestionKind.QUESTION, "公益性岗位什么时候再招？",
        "明年一月重新公布岗位，村公示栏和本站同时公示。", False, 5, 0,
    ),
    (STORY_VILLAGE, QuestionKind.QUESTION, "今年的产业扶持款还发不发？", "", False, 2, 0),
)  # fmt: skip


def load_questions(engine: Engine, demonstration: Demonstration) -> int:
    """Ask, answer and let out. Returns how many."""
    for place, kind, question, answer, is_out, ago, joined in _ASKED:
        at = datetime.combine(demonstration.plan.as_of - timedelta(days=ago), time(2), UTC)
        with writing(engine) as session:
            made = prepare(keyring_of(session).derived(PEPPER_OF, 32))
            no = ask(session, Asked(kind, place, question), _proof(made), at).no
        if answer:
            with writing(engine) as session:
                said = Answer(Proposal.PUBLISH, question, answer, UNIT)
                propose(session, no, said, ANSWERS, at + timedelta(days=1))
        if is_out:
            with writing(engine) as session:
                release(session, no, CHECKS, at + timedelta(days=2))
                _join(session, no, joined)
    return len(_ASKED)


def _proof(made: Prepared) -> Proof:
    return Proof(made.locator, made.lookup, made.salt)


def _join(session: Session, no: str, times: int) -> None:
    number = get_public(session, no).id
    for _time in range(times):
        join(session, number)
