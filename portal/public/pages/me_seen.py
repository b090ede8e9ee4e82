"""Who looked at a household's file: the day, which office and role, what was looked at. Never a person's name.

What supervision looks at is not listed: it would tell of a matter before it is decided. Another organ checks those looks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import ROLE_NAMES, Permission, Role, roles_with
from portal.accounts.queries import Desk, desks_of
from portal.registers.divisions.queries import names_of_units
from portal.registers.reveals import SHOWN
from portal.trail.queries import Entry, list_history

READ: Final = 300
SIGNED_IN: Final = "household.signed_in"
FIELDS: Final = {
    "persons.id_sealed": _l("完整的身份证号"),
    "persons.phone_sealed": _l("完整的电话"),
    "persons.account_sealed": _l("完整的银行账号"),
}
OTHER_FIELD: Final = _l("加密保存的一项内容")
LOOKED_AT: Final = {
    "household.timeline.read": _l("您家的全部记录"),
    "check_in.read": _l("帮扶人走访您家的记录"),
    "household.read": _l("您家的登记页面"),
    "household.income_read": _l("您家的收入核算"),
    "procedure.file_read": _l("您家程序里的材料"),
    SIGNED_IN: _l("用您家的明白卡打开了这些页面"),
}
WATCHERS: Final = frozenset(roles_with(Permission.VIEW_SUPERVISION))


@dataclass(frozen=True)
class Look:
    """One look, as the household is told of it; `is_own`: with its own card."""

    at: datetime
    what: Any
    unit: str
    role: str
    is_own: bool


def looks_at(session: Session, household_no: str) -> list[Look]:
    """Who looked, the latest first: a constant number of statements."""
    entries = [entry for entry in list_history(session, "household", household_no, limit=READ) if _what(entry)]
    desks = desks_of(session, {_username(entry) for entry in entries})
    units = names_of_units(session, {desk.unit_code for desk in desks.values() if desk.unit_code})
    return [
        Look(entry.at, _what(entry), units.get(desk.unit_code or "", ""), _role(desk.roles), entry.kind == SIGNED_IN)
        for entry in entries
        for desk in [desks.get(_username(entry), Desk(None, frozenset()))]
        if not desk.roles & WATCHERS
    ]


def _what(entry: Entry) -> Any:
    if entry.kind == SHOWN:
        return FIELDS.get(str((entry.after or {}).get("field", "")), OTHER_FIELD)
    return LOOKED_AT.get(entry.kind, "")


def _username(entry: Entry) -> str:
    return entry.actor.removeprefix("user:")


def _role(roles: Collection[Role]) -> str:
    named: Sequence[str] = [ROLE_NAMES[role] for role in Role if role in roles]
    return named[0] if named else ""
