"""How long a lead waits for the answer of the person concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Asked:
    """A question about a lead: the day on which it was put, and whether it is answered."""

    on: date
    days: int
    is_answered: bool

    @property
    def answer_by(self) -> date:
        """The last day for an answer: the day of asking is not counted."""
        return self.on + timedelta(days=self.days)


def still_waits(asked: Asked | None, as_of: date) -> bool:
    """Whether nobody else is to look at the lead yet; the last day belongs to the person asked."""
    return asked is not None and not asked.is_answered and as_of <= asked.answer_by
