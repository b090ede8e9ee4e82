"""What a run of the rules does to a lead, and which steps a person may take with it. A hit is a lead, never a verdict."""

from __future__ import annotations

from enum import StrEnum

from portal.oversight.leads.models import LeadStatus

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


def effect_of_hit(status: LeadStatus | None, *, evidence_digest: str, settled_digest: str | None) -> Effect:
    """A hit opens a new lead, refreshes a living one, and re-opens an ended one only on changed evidence.

    A lead that a person settled stays settled while the evidence is what he saw. A lead that was closed because its
    cause was gone opens again when the cause is back.
    """
    if status is None or status is LeadStatus.CLOSED:
        return Effect.OPENED
    if status is LeadStatus.SETTLED:
        return Effect.LEFT if evidence_digest == settled_digest else Effect.OPENED
    return Effect.REFRESHED


def effect_of_absence(status: LeadStatus) -> Effect:
    """A living lead whose cause is gone is closed; what has ended stays as it ended."""
    return Effect.LEFT if status in (LeadStatus.SETTLED, LeadStatus.CLOSED) else Effect.CLOSED


def may_step(old: LeadStatus, new: LeadStatus) -> bool:
    """True when a person may take a lead from `old` to `new`."""
    return new in TRANSITIONS[old]
