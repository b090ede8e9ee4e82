"""The place that a board looks at: chosen in the address, inside the person's scope, with the places to go on to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.accounts.permissions import Permission
from portal.accounts.rules import NATION
from portal.kernel.errors import BadInput
from portal.management.register_fields import read_division
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import level_of
from portal.web import access
from portal.web.language import gettext as _
from portal.web.sessions import database

COUNTY_LEVEL = 3
Choice = tuple[str, str]


@dataclass(frozen=True)
class PlaceChoice:
    """One place, or all of a person's places where nothing is chosen."""

    code: str
    within: Sequence[str]
    title: str
    options: Sequence[Choice]

    @property
    def level(self) -> int:
        """1 province … 5 village: of the widest place."""
        return min((level_of(code) for code in self.within), default=0)

    @property
    def is_narrow(self) -> bool:
        """A township or a village: few enough rows for a long look."""
        return self.level > COUNTY_LEVEL


def names_of_scopes(codes: set[str]) -> dict[str, str]:
    """Names of the places that somebody holds a role in."""
    return {NATION: _("全国"), **divisions.names_of(database(), codes)}


def chosen_place(typed: str, permission: Permission = Permission.VIEW_HELPERS) -> PlaceChoice:
    """The place of an address; one that nobody knows, or of elsewhere, is refused alike."""
    session, scopes = database(), access.scopes(permission)
    code = read_division(session, typed) if typed.strip() else ""
    if code and not access.can(permission, code):
        raise BadInput("这个区划不在您的管辖范围", fix="从列出的区划里选", code="out_of_scope")
    within = [code] if code else sorted(scopes)
    steps = [(step.code, step.name) for step in divisions.name_path(session, code)] if code else []
    inside = [step for step in steps if access.can(permission, step[0])]
    below = [(place.code, place.name) for root in within for place in divisions.list_children(session, root)]
    names = divisions.names_of(session, within)
    title = "、".join(names.get(root, root) for root in within)
    return PlaceChoice(code, within, title, list(dict.fromkeys([*inside, *names.items(), *below])))
