"""What the pages of household changes show: members to choose from, and each field before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.registers.corrections import RecordRow
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.disclosure import member
from portal.registers.recipients.procedures.changes.queries import ChangeKind, ChangeRow
from portal.web.sessions import database

LABELS = (
    ("name", "姓名"), ("id_number", "证件号码"), ("relation", "与户主关系"), ("born_on", "出生日期"),
    ("lives_together", "是否共同生活"), ("sex", "性别"), ("health", "健康状况"), ("labour", "劳动能力"),
    ("related_to_cadre", "备案对象"), ("household_id", "户编号"), ("no", "户编号"), ("address", "住址"),
)  # fmt: skip
PRIVATE = frozenset({"id_number", "born_on", "health", "address"})
HIDDEN = "●●●●"


@dataclass(frozen=True)
class Difference:
    """One field, before and after, as the page may show it; `who` says of whom."""

    who: str
    label: str
    before: str
    after: str


def members_of(home: RecordRow) -> list[tuple[str, str]]:
    """The members of a household, for a choice."""
    return [(str(p.id), str(p.values["name"])) for p in recipients.list_persons(database(), home.id)]


def differences_of(home: RecordRow, row: ChangeRow, values: Mapping[str, Any], full: bool) -> list[Difference]:
    """Field by field what stands and what the change would make of it."""
    people = {p.id: p for p in recipients.list_persons(database(), home.id)}
    names = {i: member(i, p.values, full).name for i, p in people.items()}
    if row.kind == ChangeKind.SPLIT:
        new = str(values.get("household", {}).get("no", ""))
        return [
            Difference(names.get(i, "—"), _("户编号"), str(home.values["no"]), new) for i in values.get("people", ())
        ]
    if row.kind in (ChangeKind.DEATH, ChangeKind.MOVE_OUT):
        return [Difference(names.get(row.person_id or 0, "—"), _("家庭成员"), _("在这一户"), _(row.kind))]
    before = people[row.person_id].values if row.person_id in people else {}
    who = names.get(row.person_id or 0, _("新成员"))
    said = {**values.get("person", {}), **values.get("household", {})}
    return [
        Difference(who, _(label), _shown(name, before.get(name), full), _shown(name, said[name], full))
        for name, label in LABELS
        if name in said
    ]


def _shown(name: str, value: Any, full: bool) -> str:
    if value in (None, ""):
        return "—"
    if name == "id_number" or (name in PRIVATE and not full):
        return HIDDEN
    if isinstance(value, bool):
        said: str = _("是") if value else _("否")
        return said
    spoken: str = value.isoformat() if isinstance(value, date) else _(str(value))
    return spoken
