"""Where a household stands with its visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.registers.helpers.check_ins.tasks.rules import due_on


class Standing(StrEnum):
    """没有帮扶人 (H06), 该走访了 (late), 没有到期."""

    NO_HELPER = "没有帮扶人"
    LATE = "该走访了"
    IN_TIME = "没有到期"


@dataclass(frozen=True)
class Stands:
    """A household's standing, and by how many days a visit is late."""

    standing: Standing
    late_days: int


def standing_of(last: date | None, paired_since: Sequence[date], cycle_days: int, today: date) -> Stands:
    """By whoever has been paired the longest: the last visit, or the first day of the pairing, begins the cycle."""
    if not paired_since:
        return Stands(Standing.NO_HELPER, 0)
    late = (today - due_on(min(paired_since), last, cycle_days)).days
    return Stands(Standing.LATE, late) if late > 0 else Stands(Standing.IN_TIME, 0)
