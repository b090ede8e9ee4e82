"""When a household is due to be looked at again, and by which procedure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.registers.recipients.procedures.models import ProcedureKind
from portal.registers.recipients.procedures.requirements.rules import months_after

SOON: Final = 30
"""A household stands on the list so many days before it is due."""


class Look(StrEnum):
    """跟踪期 of those who left the list, policies unchanged; 定期复核 of those on 低保."""

    TRACKING = "跟踪期"
    RECHECK = "定期复核"


MONTHS: Final[Mapping[Look, str]] = {Look.TRACKING: "track_months", Look.RECHECK: "dibao_recheck_months"}
KIND: Final[Mapping[Look, ProcedureKind]] = {
    Look.TRACKING: ProcedureKind.FOLLOW_UP,
    Look.RECHECK: ProcedureKind.RECHECK,
}
"""The procedure that looks again: its results are 稳定 or 返贫; 继续, 增减, 渐退 or 停止."""


@dataclass(frozen=True)
class DueRow:
    """A household that is due: since when (exit, last decision), until when, what is under way, when 渐退 ends."""

    household_id: int
    household_no: str
    division_code: str
    since: date
    months: int
    fades_until: date | None
    under_way: str | None

    @property
    def due_on(self) -> date:
        """The day by which somebody has looked again."""
        return months_after(self.since, self.months)

    def is_late(self, today: date) -> bool:
        """Past its day."""
        return self.due_on < today


def since_before(today: date, months: int, *, days: int = SOON) -> date:
    """The latest day on which it can have begun for the household to be due within some days from today."""
    latest = today + timedelta(days=days)
    number = latest.year * 12 + latest.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    day = first
    for step in range(31):
        candidate = first + timedelta(days=step)
        if candidate.month == first.month and months_after(candidate, months) <= latest:
            day = candidate
    return day
