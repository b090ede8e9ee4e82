"""The life of an unreached household 应享未享: found by a run, followed up by a person, ended by either.

A run never changes a benefit. What a person has found out stands until the policy's conditions themselves no longer hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portal.analysis.entitled.models import ReachState
from portal.kernel.errors import Refused

DAYS: Final = "unreached_days"


class Step(StrEnum):
    """What somebody, or a run, does."""

    APPLY = "已帮助申请"
    UNWILLING = "本人不要"
    NOT_ENTITLED = "核实不符合"
    ARRIVED = "已享受"
    NO_LONGER = "条件不再符合"
    AGAIN = "又没有享受"


BY_PERSONS: Final = (Step.APPLY, Step.UNWILLING, Step.NOT_ENTITLED)
TRANSITIONS: Final[Mapping[ReachState, Mapping[Step, ReachState]]] = {
    ReachState.OPEN: {
        Step.APPLY: ReachState.APPLIED,
        Step.UNWILLING: ReachState.UNWILLING,
        Step.NOT_ENTITLED: ReachState.NOT_ENTITLED,
        Step.ARRIVED: ReachState.REACHED,
        Step.NO_LONGER: ReachState.GONE,
    },
    ReachState.APPLIED: {
        Step.UNWILLING: ReachState.UNWILLING,
        Step.NOT_ENTITLED: ReachState.NOT_ENTITLED,
        Step.ARRIVED: ReachState.REACHED,
        Step.NO_LONGER: ReachState.GONE,
    },
    ReachState.UNWILLING: {Step.ARRIVED: ReachState.REACHED, Step.NO_LONGER: ReachState.GONE},
    ReachState.NOT_ENTITLED: {Step.ARRIVED: ReachState.REACHED, Step.NO_LONGER: ReachState.GONE},
    ReachState.REACHED: {Step.AGAIN: ReachState.OPEN},
    ReachState.GONE: {Step.AGAIN: ReachState.OPEN},
}


def next_state(state: str, step: Step) -> ReachState | None:
    """Where a step leads; None where it changes nothing."""
    return TRANSITIONS[ReachState(state)].get(step)


def followed_up(state: str, step: Step) -> ReachState:
    """Where a person's step leads; Refused where the table knows no such step."""
    found = next_state(state, step) if step in BY_PERSONS else None
    if found is None:
        raise Refused("这一条不能再这样记", why=f"它的状态是“{state}”", fix="刷新页面")
    return found
