"""What the page of a hand-over shows: each pairing with its receiver, and what every receiver would then have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.management.forms.hand_over import share_field
from portal.registers.corrections import RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers import queries
from portal.registers.helpers.pairings.actions import look_ahead
from portal.registers.helpers.pairings.queries import OpenPairing, list_open
from portal.registers.helpers.pairings.rules import Load
from portal.web import access


@dataclass(frozen=True)
class HandOver:
    """One helper's pairings as far as the person may move them, and those that others have to move."""

    helper: RecordRow
    mine: Sequence[OpenPairing]
    elsewhere: Sequence[int]
    names: Mapping[str, str]

    @property
    def no(self) -> str:
        """The helper's number."""
        return str(self.helper.values["no"])


def hand_over_of(session: Session, no: str, first_day: date) -> HandOver:
    """The pairings of a helper from a day on; NotFound for a helper of elsewhere."""
    helper = queries.get_helper(session, no, access.scopes(Permission.EDIT_HELPERS))
    unit = divisions.unit_by_id(session, helper.values["unit_id"]) if helper.values["unit_id"] else None
    home = unit.division_code if unit else None
    reach = divisions.expand_codes(session, access.scopes(Permission.EDIT_HELPERS))
    held = list_open(session, helper.id, first_day)
    mine = [p for p in held if (place := p.division_code or home) is None or place in reach]
    kept = {p.id for p in mine}
    names = divisions.names_of(session, {p.division_code for p in mine if p.division_code})
    return HandOver(helper, mine, [p.id for p in held if p.id not in kept], names)


def receivers_of(session: Session, numbers: Sequence[str]) -> list[RecordRow]:
    """The helpers of some numbers; NotFound names the one that nobody has."""
    found = []
    for no in numbers:
        helper = queries.find_helper(session, no)
        if helper is None:
            raise NotFound(f"没有编号是 {no} 的帮扶人", fix="核对编号，或先登记这名帮扶人")
        found.append(helper)
    return found


def shares_of(page: HandOver, receivers: Sequence[RecordRow], chosen: Mapping[str, str]) -> dict[int, int]:
    """To whom each pairing goes: as chosen, else by villages, so that a village stays in one hand as far as it can."""
    by_no = {str(r.values["no"]): r.id for r in receivers}
    proposed = _by_villages(page.mine, [r.id for r in receivers])
    return {p.id: by_no.get(chosen.get(share_field(p.id), ""), proposed[p.id]) for p in page.mine}


def _by_villages(held: Sequence[OpenPairing], receivers: Sequence[int]) -> dict[int, int]:
    given = dict.fromkeys(receivers, 0)
    shares: dict[int, int] = {}
    groups = [list(group) for _place, group in groupby(held, key=lambda p: p.division_code or "")]
    if len(groups) < len(receivers):
        groups = [[pairing] for pairing in held]
    for group in sorted(groups, key=lambda g: -len(g)):
        least = min(given, key=lambda r: given[r])
        shares |= {pairing.id: least for pairing in group}
        given[least] += len(group)
    return shares


def loads_after(session: Session, page: HandOver, shares: Mapping[int, int], first_day: date) -> list[Load]:
    """What every receiver would have; raises what the act itself would refuse."""
    return look_ahead(session, page.helper.id, shares, first_day, page.elsewhere)
