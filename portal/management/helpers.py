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
from portal.kernel.keyset import Start
from portal.management.helper_sections import helper_sections
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers import actions, disclosure, queries
from portal.registers.recipients import queries as recipients
from portal.registers.sealed import keyring_of
from portal.web import access

KINDS = tuple((kind.value, _l(kind.value)) for kind in queries.HelperKind)
TARGETS = (("household", _l("户")), ("village", _l("村")), ("project", _l("项目")))


def _helpers(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
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
    sections=helper_sections,
    masked=_masked,
    boards=(
        ("/console/pairings", _l("结对")),
        ("/console/unvisited", _l("该走访的户")),
        ("/console/visits", _l("走访记录")),
        ("/console/pairings/gaps", _l("没有帮扶人的户、村、项目")),
    ),
    links=(("/hand-over", _l("交接：调离、退休"), Permission.EDIT_HELPERS),),
    add=_add_helper,
    correct=actions.correct_helper,
    reveal=actions.reveal_field,
)


def _pairings(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
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
    beyond = values.pop("beyond_why", None) or ""
    helper = queries.get_helper(session, values.pop("helper_no"))
    household_no = values.pop("household_no", None)
    if household_no:
        household = recipients.get_household(session, household_no)
        if not access.can(Permission.EDIT_HELPERS, str(household.values["division_code"])):
            raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
        values["household_id"] = household.id
    return str(actions.pair(session, helper.id, values, act, beyond_why=beyond).id)


def _correct_pairing(
    session: Session, pairing_id: int, values: dict[str, Any], act: Act, version: str | None
) -> Sequence[Change]:
    beyond = values.pop("beyond_why", None) or ""
    return actions.correct_pairing(session, pairing_id, values, act, version, beyond_why=beyond)


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
    boards=(("/console/pairings/gaps", _l("没有帮扶人的户、村、项目")), ("/console/unvisited", _l("该走访的户"))),
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
        Field("beyond_why", _l("超过户数上限的理由"), hint=_l("帮扶户数超过当地规定时才填；会写入留痕")),
    ),
    find=_find_pairing,
    place=_pairing_place,
    heading=lambda record: _("结对 %(no)s", no=record.id),
    history=queries.pairing_history,
    masked=_pairing_facts,
    parent=_helper_of,
    add=_pair,
    correct=_correct_pairing,
    withdraw=actions.withdraw_pairing,
)

PAGES = (HELPERS, PAIRINGS)
