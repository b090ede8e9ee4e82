"""Decisions on cases: their life, who is kept from one, and what a case must say."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from portal.accounts.permissions import Role
from portal.accounts.rules import NATION, Principal, RoleScope
from portal.kernel.errors import BadInput, Refused
from portal.oversight.cases.models import CaseState
from portal.registers.divisions.rules import level_of, parent_of

S = CaseState
TOWNSHIP: Final = 4
MOST_TITLE: Final = 60
MOST_NOTE: Final = 4000
LEADS_A_PLACE: Final = frozenset({Role.LEADER, Role.INSPECTION_HEAD})


class Step(StrEnum):
    """What is done with a case as a whole."""

    PROPOSE = "提出处置意见"
    TALK = "批准谈话函询"
    VERIFY = "批准初步核实"
    SHELVE = "批准暂存待查"
    DISMISS = "批准予以了结"
    FINISH = "批准办结"
    RETURN = "退回研判"
    REOPEN = "重新研判"


TRANSITIONS: Final[Mapping[CaseState, Mapping[Step, CaseState]]] = {
    S.OPEN: {Step.PROPOSE: S.PROPOSED},
    S.PROPOSED: {
        Step.TALK: S.WORKING,
        Step.VERIFY: S.WORKING,
        Step.SHELVE: S.SHELVED,
        Step.DISMISS: S.CLOSED,
        Step.FINISH: S.CLOSED,
        Step.RETURN: S.OPEN,
    },
    S.WORKING: {Step.PROPOSE: S.PROPOSED},
    S.SHELVED: {Step.PROPOSE: S.PROPOSED, Step.REOPEN: S.OPEN},
    S.CLOSED: {Step.REOPEN: S.OPEN},
}
"""研判→集体研究、审批→{谈话函询 | 初步核实 | 暂存待查 | 予以了结}→办结; new evidence opens a closed one again."""

OPEN: Final = frozenset(S) - {S.CLOSED}


def next_state(state: str, step: Step) -> CaseState:
    """Where a step leads; Refused where the table knows no such step."""
    found = TRANSITIONS[CaseState(state)].get(step)
    if found is None:
        raise Refused(f"案件现在不能{step}", why=f"它的状态是“{state}”", fix="刷新页面看现在的状态")
    return found


def new_no(year: int) -> str:
    """A drawn number: two numbers of one year say nothing about how many cases lie between them."""
    return f"AJ-{year}-{secrets.randbelow(10**6):06d}"


def title_problem(title: str) -> str:
    """The title, read; refused when it is empty or too long."""
    said = title.strip()
    if not 2 <= len(said) <= MOST_TITLE:
        raise BadInput("没有写案由", why=f"案由 2 到 {MOST_TITLE} 个字", fix="用一句话写明反映的是什么事")
    return said


def note_problem(text: str) -> str:
    """A note, read; refused when it is empty or too long."""
    said = text.strip()
    if not 2 <= len(said) <= MOST_NOTE:
        raise BadInput("没有写办案记录", why=f"一条记录 2 到 {MOST_NOTE} 个字", fix="写明时间、找了谁、看了什么")
    return said


def closed_refusal(state: str) -> None:
    """Refuse to add to a case that is closed."""
    if state == S.CLOSED:
        raise Refused("案件已经办结", why="办结以后不再添加", fix="有新证据的，先重新研判")


def open_tasks_refusal(tasks: Collection[str]) -> None:
    """Refuse to close a case whose orders still have tasks open; each is named."""
    if tasks:
        raise Refused(
            f"还有 {len(tasks)} 项督办任务没有办完", why="；".join(tasks), fix="先核查、销号或提级，再办结", code="open_tasks"
        )  # fmt: skip


def mark(key: bytes, what: str, code: str) -> bytes:
    """The keyed mark under which somebody is kept out: who copies the database learns nobody's name from it."""
    return hmac.new(key, f"{what}:{code}".encode(), hashlib.sha256).digest()


def own_words(who: Principal) -> list[tuple[str, str]]:
    """Everything by which a person may be kept out: himself, his household, his unit, and the places he lies wholly in."""
    own = [
        ("account", who.username),
        ("helper", who.helper_no),
        ("household", who.household_no),
        ("unit", who.unit_code),
    ]
    places = _common([held.scopes for held in who.roles])
    return [(what, code) for what, code in own if code] + [("place", code) for code in sorted(places)]


def _common(scopes: Iterable[Collection[str]]) -> set[str]:
    """The divisions in which all scopes of a person lie: whoever commands one of them commands him."""
    codes = {code for group in scopes for code in group}
    chains = [set(_upward(code)) for code in codes]
    return set.intersection(*chains) if chains else set()


def _upward(code: str) -> Iterable[str]:
    here: str | None = code
    while here is not None:
        yield here
        here = parent_of(here) if here != NATION else None
    yield NATION


def commanded_places(roles: Iterable[RoleScope]) -> set[str]:
    """The places whose people are somebody's juniors: those he leads, and the towns and villages he works in."""
    found: set[str] = set()
    for held in roles:
        found.update(code for code in held.scopes if held.role in LEADS_A_PLACE or level_of(code) >= TOWNSHIP)
    return found


def commanded_by_unit(division: str | None) -> set[str]:
    """The places that a unit commands: a township's government or a village's committee commands its place."""
    return {division} if division and level_of(division) >= TOWNSHIP else set()


def same_hand_refusal(proposed_by: str, actor: str) -> None:
    """Who proposes does not approve."""
    if proposed_by == actor:
        raise Refused(
            "提出和审批要两个人", why="这条处置意见是您提出的", fix="请另一位有权审批的人办理", code="same_hand"
        )
