"""The guard before what is somebody's, trail, timeline or money: for which case or lead it is opened, or why without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.oversight.cases.queries import CaseRef, open_cases_of
from portal.oversight.reads.queries import OpenRead, find_open_read, given_leads
from portal.oversight.reads.rules import BOUND
from portal.registers.divisions import queries as divisions
from portal.registers.funds.payments.rules import payment_no
from portal.registers.rebuilt import Record, find_registered
from portal.registers.recipients.queries import find_households
from portal.web import access
from portal.web.sessions import database, require_principal
from portal.web.witness import witness


@dataclass(frozen=True)
class Gate:
    """What a person must say before a trail opens, and what he may choose from."""

    kind: str
    no: str
    place: str
    cases: list[CaseRef]
    leads: list[str]


@dataclass(frozen=True)
class Passage:
    """Whether a trail is open to the present person: freely, by what he opened, or not."""

    kind: str
    no: str
    division: str | None = None
    read: OpenRead | None = None
    is_free: bool = False
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """May the page be shown?"""
        return self.is_free or self.read is not None


REGISTERED = frozenset(
    {
        "allocation", "asset", "check_in", "division", "helper", "household", "income", "pairing", "payment", "person", "procedure",
        "programme", "project", "unit", "weak_village",
    }
)  # fmt: skip
"""Kinds whose register every inspector of the place may read; all others are known here by their events alone."""


def registered(kind: str, no: str) -> Record | None:
    """The record of a kind and number, where its register is one that is read here."""
    return find_registered(database(), kind, no) if kind in REGISTERED else None


def place_of(record: Record | None) -> str | None:
    """The division of a record, of a household's thing that of the household."""
    if record is None or record.division_code is not None or record.household_id is None:
        return None if record is None else record.division_code
    home = find_households(database(), [record.household_id]).get(record.household_id)
    return None if home is None else str(home.values["division_code"])


def is_own(kind: str, no: str) -> bool:
    """One's own account, helper's record or household needs no case."""
    me = require_principal()
    return (kind, no) in {("account", me.username), ("helper", me.helper_no), ("household", me.household_no)}


def trail_number(kind: str, no: str) -> str:
    """The number under which the trail names it: a payment is batch and line with a `-` between, as on every other page.

    Addresses that were kept from before have a slash there.
    """
    return payment_no(no) if kind == "payment" else no


def passage_to(
    kind: str,
    no: str,
    permission: Permission = Permission.VIEW_TRAIL,
    act: str = "trail.read",
    *,
    answers: bool = False,
) -> Passage:
    """Whether the present person may open what is somebody's now; a place outside his is answered as if it did not exist.

    `permission`: which page of it is opened; `act`: under which name the look is written down. Each look and each refusal
    is a sealed event of its own; a look names the read that it stands on. `answers`: he says now what he opens it for,
    which is written down by itself and is no refusal.
    """
    session, me, no = database(), require_principal(), trail_number(kind, no)
    division = place_of(registered(kind, no))
    access.check_scope(division, permission)
    if kind not in BOUND or is_own(kind, no):
        witness(act, [(kind, no)])
        return Passage(kind, no, division, is_free=True)
    read = find_open_read(session, me.actor, kind, no, now_utc())
    if read is None:
        if not answers:
            witness("trail.read.refused", [(kind, no)])
        return Passage(kind, no, division)
    witness(act, [(kind, no), ("read", read.no)], seen={"basis": read.basis})
    return Passage(kind, no, division, read)


def gate_of(passage: Passage) -> Gate:
    """What may be chosen to open it."""
    session, me = database(), require_principal()
    place = divisions.written_path(session, passage.division) if passage.division else ""
    return Gate(passage.kind, passage.no, place, open_cases_of(session, me.username), given_leads(session, me.username))
