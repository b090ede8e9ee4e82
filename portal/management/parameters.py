"""Console pages of dated parameters 动态参数 and of the working calendar 工作日历."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import Refused
from portal.kernel.keyset import Start
from portal.management.register_cells import Difference, differences
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Cell, Column, Filter, RegisterPage, Row, Section, Wanted
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.divisions.calendar import actions as calendar_actions
from portal.registers.divisions.calendar import queries as calendar_queries
from portal.registers.divisions.parameters import queries
from portal.registers.divisions.parameters.proposals import actions as proposing
from portal.registers.divisions.parameters.proposals import queries as proposals
from portal.registers.divisions.parameters.proposals.rules import given
from portal.registers.divisions.parameters.rules import known_parameter
from portal.web import access
from portal.web.policy_words import parameter_title
from portal.web.sessions import require_principal


def _parameters(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    on = date.fromisoformat(wanted["on"]) if "on" in wanted else None
    rows = queries.list_parameters(
        session,
        within,
        name=wanted.get("q", ""),
        division=wanted.get("division", ""),
        on=on,
        after=after,
        limit=limit,
    )
    return [{**row, "title": _title(row["name"])} for row in rows]


def _title(name: str) -> str:
    return parameter_title(name) if known_parameter(name) else ""


def _find(session: Session, name: str) -> RecordRow:
    return queries.parameter_row(session, int(name) if name.isdigit() else 0)


def _add(session: Session, values: dict[str, Any], act: Act) -> str:
    row = proposing.propose_parameter(session, values, act, now_utc())
    if not access.in_scope(require_principal(), row.division_code, Permission.EDIT_PARAMETERS):
        raise Refused("这个地方不在您的管辖范围", fix="改填管辖范围里的区划，或请上级登记")
    return row.no


def _correct(session: Session, row_id: int, values: dict[str, Any], act: Act, version: str | None) -> str:
    return proposing.propose_correction(session, row_id, values, act, version, now_utc()).no


def _withdraw(session: Session, row_id: int, act: Act, version: str | None) -> str:
    return proposing.propose_withdrawal(session, row_id, act, version, now_utc()).no


def _waiting(session: Session, record: RecordRow, _full: bool) -> list[Section]:
    rows = [
        [Cell(row.no, f"/console/parameter-changes/{row.no}"), Cell(_(row.doing)), Cell(row.why)]
        for row in proposals.list_waiting_of(session, record.id)
    ]
    headers = (_("编号"), _("改动"), _("原因"))
    return [Section(_("等另一个人复核的改动"), headers, rows, "")] if rows else []


def _days(session: Session, _within: Collection[str], wanted: Wanted, after: Start | None, limit: int) -> Sequence[Row]:
    year = int(wanted["year"]) if "year" in wanted else None
    return calendar_queries.list_days(session, year=year, after=after, limit=limit)


def _find_day(session: Session, name: str) -> RecordRow:
    return calendar_queries.day_row(session, int(name) if name.isdigit() else 0)


def _add_day(session: Session, values: dict[str, Any], act: Act) -> str:
    return str(calendar_actions.add_day(session, values, act).id)


PARAMETERS = RegisterPage(
    slug="parameters",
    title=_l("动态参数"),
    one=_l("参数"),
    read=Permission.VIEW_DIVISIONS,
    write=Permission.EDIT_PARAMETERS,
    note=_l("最近的上级区划说了算，按生效日期取值；没有录入的用默认值。每个数都要有依据，改动要另一个人复核才生效。"),
    columns=(
        Column("name", _l("参数")),
        Column("title", _l("含义")),
        Column("division_code", _l("区划"), Kind.DIVISION),
        Column("value", _l("值")),
        Column("unit", _l("单位"), Kind.WORDS),
        Column("purpose", _l("目的")),
        Column("series", _l("系列")),
        Column("valid_from", _l("有效期自"), Kind.DATE),
        Column("valid_to", _l("有效期至"), Kind.DATE),
        Column("basis", _l("依据")),
    ),
    key=("name", "id"),
    rows=_parameters,
    filters=(
        Filter("q", _l("参数名称或含义")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("on", _l("哪一天有效"), Kind.DATE),
    ),
    fields=(
        Field("name", _l("参数"), required=True, key=True, hint=_l("例如 poverty_line、visit_days.monitored")),
        Field("division_code", _l("区划"), Kind.DIVISION, required=True, key=True),
        Field("purpose", _l("目的"), key=True, hint=_l("register 或 dibao；不填就是都适用")),
        Field("series", _l("系列"), key=True),
        Field("valid_from", _l("有效期自"), Kind.DATE, required=True, key=True),
        Field("valid_to", _l("有效期至"), Kind.DATE),
        Field("value", _l("值"), required=True),
        Field("unit", _l("单位"), Kind.WORDS),
        Field("basis", _l("依据"), Kind.LONG, required=True, hint=_l("文号或文件名")),
    ),
    find=_find,
    finds_in_scope=True,  # standards are no secret: what holds here may have been entered above
    place=lambda _session, record: record.values["division_code"],
    heading=lambda record: f"{_title(record.values['name'])} {record.values['name']}".strip(),
    history=queries.parameter_history,
    add=_add,
    correct=_correct,
    withdraw=_withdraw,
    proposed="/console/parameter-changes",
    sections=_waiting,
    boards=(("/console/parameter-changes", _l("等复核的改动")),),
)

CALENDAR = RegisterPage(
    slug="calendar",
    title=_l("工作日历"),
    one=_l("一天"),
    read=Permission.VIEW_DIVISIONS,
    write=Permission.EDIT_PARAMETERS,
    note=_l("这里登记的日子优先于节假日库：调休上班、临时放假都在这里改。"),
    columns=(
        Column("day", _l("日期"), Kind.DATE),
        Column("is_working", _l("上班"), Kind.YES_NO),
        Column("basis", _l("依据")),
    ),
    key=("day",),
    rows=_days,
    filters=(Filter("year", _l("年份"), Kind.NUMBER),),
    fields=(
        Field("day", _l("日期"), Kind.DATE, required=True, key=True),
        Field("is_working", _l("上班"), Kind.YES_NO, required=True),
        Field("basis", _l("依据"), required=True, hint=_l("例如 国务院办公厅的放假通知")),
    ),
    find=_find_day,
    place=lambda _session, _record: None,
    heading=lambda record: record.values["day"].isoformat(),
    history=calendar_queries.day_history,
    add=_add_day,
    correct=calendar_actions.correct_day,
    withdraw=calendar_actions.withdraw_day,
)

PAGES = (PARAMETERS, CALENDAR)

TAGS = {"待复核": "warn", "已生效": "ok", "退回": "bad"}
"""State of a proposed change → how it is shown."""


def title_of(name: str) -> str:
    """What a parameter is, in words; empty for a name that the catalogue does not know."""
    return _title(name)


def differences_of(session: Session, row: proposals.ProposalRow) -> list[Difference]:
    """Field by field what stands and what the change would make of it; nothing for a withdrawal."""
    standing, said = given(row.stood or {}), given(row.wanted)
    changes = [Change(f.source, standing.get(f.source), said[f.source]) for f in PARAMETERS.fields if f.source in said]
    return differences(session, PARAMETERS, changes)
