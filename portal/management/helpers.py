"""Console pages of the helpers' register: helpers 帮扶人 and pairings 结对."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Cell, Column, Filter, RegisterPage, Row, Section, Wanted
from portal.registers.corrections import Act, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers import actions, disclosure, queries
from portal.registers.recipients import queries as recipients
from portal.registers.sealed import keyring_of
from portal.web import access

KINDS = tuple((kind.value, _l(kind.value)) for kind in queries.HelperKind)
TARGETS = (("household", _l("户")), ("village", _l("村")), ("project", _l("项目")))


def _helpers(
    session: Session, within: Collection[str], wanted: Wanted, after: Sequence[Any] | None, limit: int
) -> Sequence[Row]:
    inside = [wanted["division"]] if "division" in wanted else within
    return queries.list_helpers(
        session, inside, words=wanted.get("q", ""), kind=wanted.get("kind", ""), after=after, limit=limit
    )


def _find_helper(session: Session, name: str) -> RecordRow:
    return queries.get_helper(session, name, access.scopes(Permission.VIEW_HELPERS))


def _unit_place(session: Session, record: RecordRow) -> str | None:
    unit = divisions.unit_by_id(session, record.values["unit_id"]) if record.values["unit_id"] else None
    return unit.division_code if unit else None


def _add_helper(session: Session, values: dict[str, Any], act: Act) -> str:
    return actions.add_helper(session, values, act).no


def _masked(session: Session, record: RecordRow, _full: bool) -> Mapping[str, str]:
    return disclosure.helper_forms(record.values, keyring_of(session))


def _target(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if row["household_no"]:
        return str(_("户 %(no)s", no=row["household_no"]))
    if row["village_code"]:
        return names.get(row["village_code"], row["village_code"])
    return str(_("项目 %(no)s", no=row["project_code"]))


def _helper_sections(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    rows = queries.pairings_of_helper(session, record.id)
    names = divisions.names_of(session, [row["division_code"] for row in rows if row["division_code"]])
    return (
        Section(
            _("结对"),
            (_("帮扶谁"), _("区划"), _("开始日期"), _("结束日期"), _("走访周期（天）")),
            [
                (
                    Cell(_target(row, names), f"/console/pairings/{row['id']}"),
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
        ),
    )


HELPERS = RegisterPage(
    slug="helpers",
    title=_l("帮扶力量"),
    one=_l("帮扶人"),
    read=Permission.VIEW_HELPERS,
    write=Permission.EDIT_HELPERS,
    columns=(
        Column("no", _l("帮扶人编号")),
        Column("name", _l("姓名")),
        Column("unit_id", _l("帮扶单位"), Kind.UNIT),
        Column("duty", _l("职务")),
        Column("kind", _l("类型"), Kind.CHOICE),
        Column("pairings", _l("结对数"), Kind.NUMBER),
    ),
    key=("no",),
    rows=_helpers,
    record_name="no",
    filters=(
        Filter("q", _l("编号，或姓名的开头")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("kind", _l("类型"), Kind.CHOICE, KINDS),
    ),
    fields=(
        Field("no", _l("帮扶人编号"), required=True, key=True),
        Field("name", _l("姓名"), required=True),
        Field("id_number", _l("证件号码"), Kind.SEALED, column="id_sealed"),
        Field("phone", _l("手机号"), Kind.SEALED, column="phone_sealed"),
        Field("unit_id", _l("帮扶单位"), Kind.UNIT),
        Field("duty", _l("职务")),
        Field("kind", _l("类型"), Kind.CHOICE, KINDS),
    ),
    find=_find_helper,
    finds_in_scope=True,  # a helper of a county unit is seen where he or she helps
    place=_unit_place,
    heading=lambda record: _("帮扶人 %(no)s", no=record.values["no"]),
    history=queries.helper_history,
    sections=_helper_sections,
    masked=_masked,
    add=_add_helper,
    correct=actions.correct_helper,
    reveal=actions.reveal_field,
)


def _pairings(
    session: Session, within: Collection[str], wanted: Wanted, after: Sequence[Any] | None, limit: int
) -> Sequence[Row]:
    return queries.list_pairings(
        session,
        [wanted["division"]] if "division" in wanted else within,
        on=date.fromisoformat(wanted["on"]) if "on" in wanted else None,
        helper=wanted.get("helper", ""),
        household=wanted.get("household", ""),
        target=wanted.get("target", ""),
        after=after,
        limit=limit,
    )


def _find_pairing(session: Session, name: str) -> RecordRow:
    return queries.pairing_row(session, int(name) if name.isdigit() else 0)


def _pairing_place(session: Session, record: RecordRow) -> str | None:
    if record.values["village_code"]:
        return str(record.values["village_code"])
    if record.values["household_id"]:
        return recipients.household_place(session, record.values["household_id"])[1]
    helper = queries.helper_row(session, record.values["helper_id"])
    return _unit_place(session, helper)


def _pair(session: Session, values: dict[str, Any], act: Act) -> str:
    helper = queries.get_helper(session, values.pop("helper_no"))
    household_no = values.pop("household_no", None)
    if household_no:
        household = recipients.get_household(session, household_no)
        if not access.can(Permission.EDIT_HELPERS, str(household.values["division_code"])):
            raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
        values["household_id"] = household.id
    return str(actions.pair(session, helper.id, values, act).id)


def _pairing_facts(session: Session, record: RecordRow, _full: bool) -> Mapping[str, str]:
    row = queries.get_pairing(session, record.id)
    facts = {"helper_no": f"{row['helper_name']} {row['helper_no']}", "project_code": row["project_code"] or "—"}
    return {**facts, "household_no": row["household_no"] or "—"}


def _helper_of(session: Session, record: RecordRow) -> tuple[str, Any]:
    no = queries.helper_row(session, record.values["helper_id"]).values["no"]
    return f"/console/helpers/{no}", _("帮扶人 %(no)s", no=no)


PAIRINGS = RegisterPage(
    slug="pairings",
    title=_l("结对"),
    one=_l("结对"),
    read=Permission.VIEW_HELPERS,
    write=Permission.EDIT_HELPERS,
    note=_l("一条结对只对一户、一村或一个项目；结束日期当天仍然有效。"),
    columns=(
        Column("id", _l("结对号"), Kind.NUMBER),
        Column("helper_name", _l("帮扶人"), href=lambda row: f"/console/helpers/{row['helper_no']}"),
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("village_code", _l("村"), Kind.DIVISION),
        Column("project_code", _l("项目编码")),
        Column("division_code", _l("区划"), Kind.DIVISION),
        Column("started_on", _l("开始日期"), Kind.DATE),
        Column("ended_on", _l("结束日期"), Kind.DATE),
        Column("visit_days", _l("走访周期（天）"), Kind.NUMBER),
    ),
    rows=_pairings,
    filters=(
        Filter("helper", _l("帮扶人编号，或姓名的开头")),
        Filter("household", _l("户编号")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("target", _l("对象"), Kind.CHOICE, TARGETS),
        Filter("on", _l("哪一天有效"), Kind.DATE),
    ),
    fields=(
        Field("helper_no", _l("帮扶人编号"), required=True, key=True, column="helper_id"),
        Field("household_no", _l("户编号"), key=True, column="household_id", hint=_l("户、村、项目三栏只填一栏")),
        Field("village_code", _l("村"), Kind.DIVISION, key=True),
        Field("project_code", _l("项目编码"), key=True),
        Field("started_on", _l("开始日期"), Kind.DATE, required=True),
        Field("ended_on", _l("结束日期"), Kind.DATE),
        Field("visit_days", _l("走访周期（天）"), Kind.NUMBER, hint=_l("不填就按当地规定")),
    ),
    find=_find_pairing,
    place=_pairing_place,
    heading=lambda record: _("结对 %(no)s", no=record.id),
    history=queries.pairing_history,
    masked=_pairing_facts,
    parent=_helper_of,
    add=_pair,
    correct=actions.correct_pairing,
    withdraw=actions.withdraw_pairing,
)

PAGES = (HELPERS, PAIRINGS)
