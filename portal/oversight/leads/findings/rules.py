"""Which findings end a lead, which steps they take, how precise a rule is, and when it pauses itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.kernel.errors import Refused
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import STATUS_NAMES, LeadStatus

ENDING: Final = frozenset({Finding.EXPLAINED, Finding.TRUE, Finding.UNFOUNDED, Finding.PARTLY, Finding.UNKNOWN})
"""With these the question is answered; 需要到户 and 移交 send the lead on."""
ENOUGH_CLOSED: Final = 200
FEWEST_CONFIRMED: Final = 20  # per cent
_PEOPLE: Final = ("user:", "cli:")

STEPS: Final[Mapping[LeadStatus, Mapping[bool, tuple[LeadStatus, ...]]]] = {
    LeadStatus.OPEN: {True: (LeadStatus.VERIFYING, LeadStatus.CONCLUDED), False: (LeadStatus.VERIFYING,)},
    LeadStatus.ASKED: {True: (LeadStatus.CONCLUDED,), False: (LeadStatus.VERIFYING,)},
    LeadStatus.VERIFYING: {True: (LeadStatus.CONCLUDED,), False: ()},
}
"""From where a finding takes a lead, by whether it ends it: each step is one that the life of leads has."""


def need_person(actor: str) -> None:
    """Only a named person finds, refers or resumes; no job does."""
    if not actor.startswith(_PEOPLE):
        raise Refused("这一步要由人来作", why="程序只提示，不下结论", fix="用本人的账号办理")


def steps_for(status: LeadStatus, finding: Finding) -> tuple[LeadStatus, ...]:
    """The steps that a finding takes; refused where a lead has ended or been concluded."""
    if status not in STEPS:
        raise Refused("这条疑点已经有结论", why=f"它的状态是“{STATUS_NAMES[status]}”", fix="需要重查的，先退回核查")
    return STEPS[status][finding in ENDING]


@dataclass(frozen=True)
class Health:
    """How a rule fares: leads that people have ended, and how many of these they found true."""

    closed: int
    confirmed: int

    @property
    def precision(self) -> float | None:
        """Confirmed ÷ ended, to four digits; None before the first."""
        return round(self.confirmed / self.closed, 4) if self.closed else None

    @property
    def is_unreliable(self) -> bool:
        """Under 20 % confirmed after 200 ended: such a rule only costs honest people time."""
        return self.closed >= ENOUGH_CLOSED and self.confirmed * 100 < FEWEST_CONFIRMED * self.closed


def health_of(counts: Mapping[str, int]) -> Health:
    """From the number of leads by their latest finding.

    A lead whose cause went away counts neither way, nor does one that nobody could verify; partly true is true.
    """
    told = ENDING - {Finding.UNKNOWN}
    confirmed = counts.get(Finding.TRUE, 0) + counts.get(Finding.PARTLY, 0)
    return Health(sum(counts.get(finding, 0) for finding in told), confirmed)
