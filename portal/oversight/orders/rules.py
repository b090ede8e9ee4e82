"""Decisions on supervision orders: two declared lives, who answers, and when a task is reminded of or late.

挂牌督办: `立项→签发→承办→反馈→核查→{销号 | 退回重办 | 提级}`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, scopes_for
from portal.kernel.clock import Overrides, working_days_between
from portal.kernel.errors import BadInput, Refused
from portal.oversight.orders.models import OrderState, TaskState

D, T = OrderState, TaskState
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NO_LENGTH: Final = 8
DAYS: Final = "order_days"
MOST_DAYS: Final = 180
MOST_TASKS: Final = 12
MOST_WORDS: Final = 4000
REMIND_AT_PERCENT: Final = 80


class Step(StrEnum):
    """What is done with an order."""

    ISSUE = "签发"
    DROP = "作废"
    ACCEPT = "签收"
    ANSWER = "反馈"
    CHECK = "开始核查"
    CLEAR = "销号"
    RETURN = "退回重办"
    RAISE = "提级"


TRANSITIONS: Final[Mapping[OrderState, Mapping[Step, OrderState]]] = {
    D.DRAFTED: {Step.ISSUE: D.ISSUED, Step.DROP: D.DROPPED},
    D.ISSUED: {Step.ACCEPT: D.HANDLING, Step.RAISE: D.RAISED},
    D.HANDLING: {Step.ACCEPT: D.HANDLING, Step.ANSWER: D.ANSWERED, Step.RAISE: D.RAISED},
    D.ANSWERED: {Step.CHECK: D.CHECKING},
    D.CHECKING: {Step.CLEAR: D.CLEARED, Step.RETURN: D.RETURNED, Step.RAISE: D.RAISED},
    D.RETURNED: {Step.ANSWER: D.ANSWERED, Step.RAISE: D.RAISED},
    D.CLEARED: {},
    D.RAISED: {},
    D.DROPPED: {},
}
"""The life of an order. It is answered when its last task is, and cleared when every task was found done."""


class TaskStep(StrEnum):
    """What is done with one task."""

    ACCEPT = "签收"
    ANSWER = "反馈"
    VERIFIED = "核实"
    RETURN = "退回重办"
    END = "不再办理"


TASK_TRANSITIONS: Final[Mapping[TaskState, Mapping[TaskStep, TaskState]]] = {
    T.WAITING: {TaskStep.ACCEPT: T.HANDLING, TaskStep.END: T.ENDED},
    T.HANDLING: {TaskStep.ANSWER: T.ANSWERED, TaskStep.END: T.ENDED},
    T.ANSWERED: {TaskStep.VERIFIED: T.PASSED, TaskStep.RETURN: T.RETURNED, TaskStep.END: T.ENDED},
    T.RETURNED: {TaskStep.ANSWER: T.ANSWERED, TaskStep.END: T.ENDED},
    T.PASSED: {TaskStep.END: T.ENDED},
    T.ENDED: {},
}
"""The life of one unit's task."""

WITH_UNIT: Final = frozenset({T.WAITING, T.HANDLING, T.RETURNED})
"""The unit has to act; the clock runs."""
OPEN_TASKS: Final = WITH_UNIT | {T.ANSWERED}
ENDED: Final = frozenset(state for state, steps in TRANSITIONS.items() if not steps)
SENT: Final = frozenset(D) - {D.DRAFTED, D.DROPPED}


def next_state(state: str, step: Step) -> OrderState:
    """Where a step leads; Refused where the table knows no such step."""
    found = TRANSITIONS[OrderState(state)].get(step)
    if found is None:
        raise Refused(f"督办单现在不能{step}", why=f"它的状态是“{state}”", fix="刷新页面看现在的状态")
    return found


def next_task_state(state: str, step: TaskStep) -> TaskState:
    """Where a step of a task leads; Refused where the table knows no such step."""
    found = TASK_TRANSITIONS[TaskState(state)].get(step)
    if found is None:
        raise Refused(f"这项任务现在不能{step}", why=f"它的状态是“{state}”", fix="刷新页面看现在的状态")
    return found


def new_no(year: int) -> str:
    """A drawn number of 40 bits: it stands on paper, and nobody finds another order by counting."""
    return f"DB-{year}-" + "".join(secrets.choice(ALPHABET) for _ in range(NO_LENGTH))


@dataclass(frozen=True)
class Demand:
    """What one unit is to do, in how many working days."""

    unit_code: str
    demand: str
    days: int


def order_problem(title: str, body: str, demands: Sequence[Demand]) -> None:
    """Refuse an order that says nothing, or that nobody has to do anything about."""
    if not 2 <= len(title.strip()) <= 60:
        raise BadInput("没有写督办事项", why="2 到 60 个字", fix="用一句话写明督办什么")
    if not 4 <= len(body.strip()) <= MOST_WORDS:
        raise BadInput("没有写督办要求", why=f"4 到 {MOST_WORDS} 个字", fix="写明查什么、改什么、报什么")
    if not 1 <= len(demands) <= MOST_TASKS:
        raise BadInput("没有写任务", why=f"一张督办单 1 到 {MOST_TASKS} 项任务", fix="选承办单位，写要求和期限")
    for one in demands:
        if len(one.demand.strip()) < 4:
            raise BadInput("有一项任务没有写要求", fix="写明要这个单位做什么")
        if not 1 <= one.days <= MOST_DAYS:
            raise BadInput("期限不对", why=f"1 到 {MOST_DAYS} 个工作日", fix="改期限")


def words_problem(text: str, what: str) -> str:
    """A reply or finding, read; refused when it is empty or too long."""
    said = text.strip()
    if not 4 <= len(said) <= MOST_WORDS:
        raise BadInput(f"没有写{what}", why=f"4 到 {MOST_WORDS} 个字", fix="写明做了什么、结果是什么")
    return said


def may_answer(who: Principal, unit_code: str, unit_division: str | None) -> bool:
    """A unit's own people answer. An account without a unit answers for the units of exactly its own place."""
    scopes = scopes_for(who, Permission.ANSWER_ORDERS)
    if not scopes:
        return False
    return who.unit_code == unit_code if who.unit_code else unit_division is not None and unit_division in scopes


def all_in(states: Iterable[str], wanted: Collection[TaskState]) -> bool:
    """Whether every task that is not over stands in one of some states."""
    running = [state for state in states if state != T.ENDED]
    return bool(running) and all(state in wanted for state in running)


def is_due_soon(issued_on: date, due_on: date, today: date, overrides: Overrides) -> bool:
    """Whether 80 % of a task's working days are gone."""
    whole = working_days_between(issued_on, due_on, overrides)
    gone = working_days_between(issued_on, min(today, due_on), overrides)
    return gone * 100 >= whole * REMIND_AT_PERCENT
