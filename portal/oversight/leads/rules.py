"""What a run of the rules does to a lead, and which steps a person may take with it. A hit is a lead, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from portal.oversight.leads.models import LeadStatus, Severity
from portal.trail.encoding import row_digest

TRANSITIONS: dict[LeadStatus, frozenset[LeadStatus]] = {
    LeadStatus.OPEN: frozenset({LeadStatus.ASKED, LeadStatus.VERIFYING}),
    LeadStatus.ASKED: frozenset({LeadStatus.VERIFYING, LeadStatus.CONCLUDED}),
    LeadStatus.VERIFYING: frozenset({LeadStatus.CONCLUDED}),
    LeadStatus.CONCLUDED: frozenset({LeadStatus.REVIEWED, LeadStatus.VERIFYING}),
    LeadStatus.REVIEWED: frozenset({LeadStatus.SETTLED, LeadStatus.VERIFYING}),
    LeadStatus.SETTLED: frozenset(),
    LeadStatus.CLOSED: frozenset(),
}
"""疑点→下发→核实→结论→复核→了结: the steps people take; closing and re-opening belong to the runs."""


class Effect(StrEnum):
    """What a run does with one lead."""

    OPENED = "opened"
    REFRESHED = "refreshed"
    CLOSED = "closed"
    LEFT = "left"
    RESTED = "rested"


def effect_of_hit(status: LeadStatus | None, *, evidence_digest: str, settled_digest: str | None) -> Effect:
    """A hit opens a new lead, refreshes a living one, and re-opens an ended one only on changed evidence.

    A lead that a person settled stays settled while the evidence is what he saw. A lead that was closed because its
    cause was gone opens again when the cause is back, unless that is what a person has settled before: then his answer
    stands again (RESTED).
    """
    if status not in (None, LeadStatus.SETTLED, LeadStatus.CLOSED):
        return Effect.REFRESHED
    if status is None or evidence_digest != settled_digest:
        return Effect.OPENED
    return Effect.LEFT if status is LeadStatus.SETTLED else Effect.RESTED


def effect_of_absence(status: LeadStatus) -> Effect:
    """A living lead whose cause is gone is closed; what has ended stays as it ended."""
    return Effect.LEFT if status in (LeadStatus.SETTLED, LeadStatus.CLOSED) else Effect.CLOSED


def may_step(old: LeadStatus, new: LeadStatus) -> bool:
    """True when a person may take a lead from `old` to `new`."""
    return new in TRANSITIONS[old]


RANKS: Final = {Severity.HINT: 0, Severity.ORDINARY: 1, Severity.SERIOUS: 2}
SOURCE_ROW: Final = "source_row"
"""Evidence names here the row that it was read from, where a rule knows it."""


def is_worse(severity: str, evidence: Mapping[str, Any], severity_now: str, evidence_now: Mapping[str, Any]) -> bool:
    """变重: the severity rose, or something that is counted or summed grew."""
    if RANKS[Severity(severity_now)] > RANKS[Severity(severity)]:
        return True
    return any(
        isinstance(now, int | float)
        and not isinstance(now, bool)
        and _is_number(evidence.get(key))
        and now > evidence[key]
        for key, now in evidence_now.items()
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def source_digest(evidence: Mapping[str, Any]) -> bytes:
    """What an exception holds for: the source row where the rule names one, else all that was seen."""
    row = evidence.get(SOURCE_ROW)
    return bytes.fromhex(row_digest({"row": row}) if row is not None else row_digest(dict(evidence)))


def concerned(subject_kind: str, subject_no: str, household_no: str | None, evidence: Mapping[str, Any]) -> list[str]:
    """Whom a lead is about, by number: its helper, its household, its account. Nobody of them verifies it."""
    account = subject_no.split("/")[0].removeprefix("user:") if subject_kind == "account" else ""
    return [name for name in (str(evidence.get("helper_no") or ""), household_no or "", account) if name]
