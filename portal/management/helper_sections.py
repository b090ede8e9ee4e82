"""What hangs on a helper's page: his households with their visits (duty against visits, never a rank), villages, projects.

Whom he helps and where the visits stand are two tables; nothing here is compared between helpers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.devices.queries import list_devices_of
from portal.accounts.permissions import Permission
from portal.kernel.clock import day_cn, today_cn
from portal.management.register_fields import Kind
from portal.management.register_pages import Cell, Section
from portal.management.visit_words import STANDING_TAGS, STANDINGS
from portal.registers.corrections import RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers import queries
from portal.registers.helpers.check_ins.overdue.queries import cycles_at
from portal.registers.helpers.check_ins.overdue.rules import standing_of
from portal.registers.helpers.check_ins.tasks.queries import OwnHousehold, list_own_households
from portal.registers.helpers.check_ins.tasks.rules import visit_class
from portal.registers.helpers.pairings.queries import limits_at
from portal.registers.helpers.rules import visit_days
from portal.web import access


def helper_sections(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    """Duty, pairings and phones of a helper."""
    return (_duty(session, record), _pairings(session, record), *_phones(session, record))


def _duty(session: Session, record: RecordRow) -> Section:
    no, today = str(record.values["no"]), today_cn()
    own = list_own_households(session, no, today)
    seen = divisions.expand_codes(session, access.scopes(Permission.VIEW_HELPERS))
    shown = [home for home in own if home.division_code in seen]
    cycles = cycles_at(session, {(home.division_code, _class(home)) for home in shown}, today)
    limits = [n for n in limits_at(session, {home.division_code for home in own}, today).values() if n is not None]
    note = _("现在帮 %(n)s 户", n=len(own))
    if limits:
        note += _("；当地上限 %(n)s 户", n=min(limits))
    if len(shown) < len(own):
        note += _("；另有 %(n)s 户在您的管辖范围以外", n=len(own) - len(shown))
    return Section(
        _("该走访的和走访过的"),
        (_("户编号"), _("村（居）"), _("规定周期（天）"), _("本人上次走访"), _("晚了几天"), _("现在")),
        [_duty_cells(home, cycles, today) for home in shown],
        _("现在没有结对的户。"),
        links=((f"/console/visits?helper={no}", _("全部走访")),),
        note=note,
    )


def _class(home: OwnHousehold) -> str:
    return visit_class(home.category, home.status)


def _duty_cells(home: OwnHousehold, cycles: Mapping[tuple[str, str], int], today: date) -> Sequence[Cell]:
    usual = cycles[home.division_code, _class(home)]
    days = visit_days(home.visit_days, usual, usual)
    stands = standing_of(home.last_visited_on, [home.started_on], days, today)
    return (
        Cell(home.household_no, f"/console/households/{home.household_no}"),
        Cell(home.village or home.division_code),
        Cell(days, kind=Kind.NUMBER),
        Cell(home.last_visited_on.isoformat() if home.last_visited_on else _("还没有")),
        Cell(stands.late_days or "—", kind=Kind.NUMBER),
        Cell(str(STANDINGS[stands.standing]), tag=STANDING_TAGS[stands.standing]),
    )


def target_of(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Whom a pairing helps, in words."""
    if row["household_no"]:
        return str(_("户 %(no)s", no=row["household_no"]))
    if row["village_code"]:
        return names.get(row["village_code"], row["village_code"])
    return str(_("项目 %(no)s", no=row["project_code"]))


def _pairings(session: Session, record: RecordRow) -> Section:
    rows = queries.pairings_of_helper(session, record.id)
    names = divisions.names_of(session, [row["division_code"] for row in rows if row["division_code"]])
    return Section(
        _("结对"),
        (_("帮扶谁"), _("区划"), _("开始日期"), _("结束日期"), _("走访周期（天）")),
        [
            (
                Cell(target_of(row, names), f"/console/pairings/{row['id']}"),
                Cell(names.get(row["division_code"], "—")),
                Cell(row["started_on"].isoformat()),
                Cell(row["ended_on"].isoformat() if row["ended_on"] else "—"),
                Cell(row["visit_days"] or _("按规定"), kind=Kind.NUMBER),
            )
            for row in rows
        ],
        _("还没有结对。"),
        links=((f"/console/pairings/new?helper_no={record.values['no']}", _("登记结对")),)
        if access.can(Permission.EDIT_HELPERS)
        else (),
    )


def _phones(session: Session, record: RecordRow) -> Sequence[Section]:
    if not access.can(Permission.ENROL_DEVICES):
        return ()
    rows = [
        (
            Cell(phone.label),
            Cell(day_cn(phone.enrolled_at).isoformat()),
            Cell(_("在用") if phone.is_active else _("已撤销")),
        )
        for phone in list_devices_of(session, record.values["no"])
    ]
    links = ((f"/console/helpers/{record.values['no']}/phone", _("办理手机")),)
    return (Section(_("手机"), (_("名称"), _("登记日期"), _("状态")), rows, _("还没有登记手机。"), links=links),)
