"""When a visit is due, and in which order tasks are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.registers.recipients.models import Category, HouseholdStatus

HORIZON: Final = timedelta(days=7)
"""Tasks that fall due within a week are shown already."""


class TaskKind(StrEnum):
    """走访, 需求, 说明."""

    VISIT = "visit"
    NEED = "need"
    QUESTION = "question"


@dataclass(frozen=True)
class Task:
    """One thing to do at one household. `overdue_days` is negative while there is still time."""

    household_no: str
    name: str
    village: str
    due_on: date
    overdue_days: int
    kind: TaskKind
    text: str = ""
    last_visited_on: date | None = None


def visit_class(category: str | None, status: str | None) -> str:
    """Which `visit_days.<class>` holds: `monitored`, `stable`, or none."""
    if category in (Category.UNSTABLE, Category.EDGE, Category.SUDDEN, Category.RIGID_EXPENSE):
        return "monitored"
    return "stable" if status == HouseholdStatus.OUT_OF_POVERTY else ""


def due_on(started_on: date, last: date | None, cycle_days: int) -> date:
    """The last day on which the next visit is in time: counted from the last one, or from the pairing's first day."""
    return max(last or started_on, started_on) + timedelta(days=cycle_days)


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Late ones first, then by the day they are due."""
    return sorted(tasks, key=lambda task: (task.due_on, task.kind != TaskKind.VISIT, task.household_no))
