"""Console pages of the funds' register: programmes 资金项目 and lines of money 资金拨付."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.keyset import Start
from portal.kernel.money import format_yuan, uppercase
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Cell, Column, Filter, RegisterPage, Row, Section, Wanted
from portal.registers.corrections import Act, RecordRow
from portal.registers.funds import actions, queries
from portal.registers.funds.queries import AllocationRow
from portal.registers.projects import queries as projects

CLASSES = tuple((kind.value, _l(kind.value)) for kind in queries.FundClass)
LEVELS = tuple((kind.value, _l(kind.value)) for kind in queries.FundLevel)
WAYS = tuple((kind.value, _l(kind.value)) for kind in queries.PayoutWay)
SCOPES = tuple((kind.value, _l(kind.value)) for kind in queries.PayoutScope)
ONLY_HELD = (("yes", _l("还有余额的")),)


def _programmes(
    session: Session, _within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    rows = queries.list_programmes(
        session,
        year=int(wanted["year"]) if "year" in wanted else None,
        words=wanted.get("q", ""),
        fund_class=wanted.get("kind", ""),
        after=after,
        limit=limit,
    )
    return [vars(row) for row in rows]


def _nobody(_session: Session, _record: RecordRow) -> str | None:
    return None


def _money(fen: int) -> Cell:
    return Cell(format_yuan(fen), kind=Kind.MONEY)


def _programme_sections(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    total = queries.get_programme(session, record.values["code"])
    sums = (total.received_fen, total.paid_fen, total.held_fen, total.returned_fen)
    code = record.values["code"]
    return (
        Section(
            _("这个项目的钱（元）"),
            (_("收到"), _("已发放"), _("还在账上"), _("退回上级"), _("拨付笔数"), _("户数")),
            [(*map(_money, sums), Cell(total.lines, kind=Kind.NUMBER), Cell(total.households, kind=Kind.NUMBER))],
            "",
            links=((f"/console/allocations?programme={code}", _("看每一笔拨付")), (f"/funds/{code}", _("公开页"))),
        ),
    )


PROGRAMMES = RegisterPage(
    slug="programmes",
    title=_l("资金项目"),
    one=_l("资金项目"),
    read=Permission.VIEW_FUNDS,
    write=Permission.EDIT_FUNDS,
    columns=(
        Column("code", _l("资金项目编码")),
        Column("name", _l("名称")),
        Column("fund_class", _l("资金类别"), Kind.CHOICE),
        Column("level", _l("级次"), Kind.CHOICE),
        Column("year", _l("年度")),
        Column("received_fen", _l("收到"), Kind.MONEY),
        Column("paid_fen", _l("已发放"), Kind.MONEY),
        Column("held_fen", _l("还在账上"), Kind.MONEY),
    ),
    key=("code",),
    rows=_programmes,
    record_name="code",
    filters=(
        Filter("q", _l("编码、名称或文号")),
        Filter("year", _l("年度"), Kind.NUMBER),
        Filter("kind", _l("资金类别"), Kind.CHOICE, CLASSES),
    ),
    fields=(
        Field("code", _l("资金项目编码"), required=True, key=True),
        Field("name", _l("名称"), required=True),
        Field("fund_class", _l("资金类别"), Kind.CHOICE, CLASSES),
        Field("department_id", _l("主管部门"), Kind.UNIT),
        Field("year", _l("年度"), Kind.NUMBER),
        Field("level", _l("级次"), Kind.CHOICE, LEVELS),
        Field("budget_fen", _l("预算金额"), Kind.MONEY),
        Field("document_no", _l("指标文号")),
        Field("policy_basis", _l("政策依据"), Kind.LONG),
        Field("payout_way", _l("发放方式"), Kind.CHOICE, WAYS),
        Field("payout_scope", _l("发放范围"), Kind.CHOICE, SCOPES, hint=_l("不填就按资金类别和发放方式定")),
    ),
    find=queries.programme_row,
    place=_nobody,
    heading=lambda record: f"{record.values['name']} {record.values['code']}",
    history=queries.programme_history,
    sections=_programme_sections,
    add=lambda session, values, act: actions.register_programme(session, values, act).code,
    correct=actions.correct_programme,
)


def _allocations(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    rows = queries.list_allocations(
        session,
        [wanted["division"]] if "division" in wanted else within,
        words=wanted.get("q", ""),
        programme=wanted.get("programme", ""),
        year=int(wanted["year"]) if "year" in wanted else None,
        held_only=wanted.get("held") == "yes",
        after=after,
        limit=limit,
    )
    return [vars(row) for row in rows]


def _place(_session: Session, record: RecordRow) -> str | None:
    place: str | None = record.values["division_code"]
    return place


def _resolved(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of a line, a programme and a project as the ids that the action takes."""
    found = dict(values)
    if "programme_code" in found:
        found["programme_id"] = queries.get_programme(session, found.pop("programme_code")).id
    if "parent_no" in found:
        found["parent_id"] = queries.allocation_id(session, found.pop("parent_no"))
    if "project_code" in found:
        found["project_id"] = projects.project_id(session, found.pop("project_code"))
    return found


def _register(session: Session, values: dict[str, Any], act: Act) -> str:
    return actions.register_allocation(session, _resolved(session, values), act).no


def _correct(session: Session, line_id: int, values: dict[str, Any], act: Act, version: str | None) -> object:
    return actions.correct_allocation(session, line_id, _resolved(session, values), act, version)


def _said(session: Session, record: RecordRow, _full: bool) -> Mapping[str, str]:
    fen = record.values["amount_fen"]
    checker = queries.checker_of(session, record.values["no"], record.recorded_at)
    second = checker or _("还没有第二个人复核")
    return {"amount_fen": f"{format_yuan(fen)}（{uppercase(fen)}）", "checker": str(second)}


def _line_cells(row: AllocationRow) -> tuple[Cell, ...]:
    return (
        Cell(row.no, f"/console/allocations/{row.no}"),
        Cell(row.from_unit or _("财政")),
        Cell(row.to_unit or "—"),
        Cell(row.allocated_on.isoformat() if row.allocated_on else "—"),
        _money(row.amount_fen),
        _money(row.held_fen),
    )


def _allocation_sections(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    detail = queries.allocation_detail(session, record.values["no"])
    line, no = detail.line, record.values["no"]
    headers = (_("拨付编号"), _("拨出单位"), _("拨入单位"), _("拨付日期"), _("金额"), _("还在账上"))
    sums = (line.passed_on_fen, line.paid_fen, line.pending_fen, line.returned_fen, line.back_fen, line.held_fen)
    return (
        Section(
            _("这一笔的账（元）"),
            (_("拨给下级"), _("已发放"), _("等回单"), _("退回上级"), _("下级退回"), _("还在账上")),
            [tuple(map(_money, sums))],
            "",
            links=((f"/console/payments?allocation={no}", _("看每一笔发放")),),
        ),
        Section(
            _("从财政到这里"), headers, [_line_cells(row) for row in reversed(detail.chain)], _("这一笔直接来自财政。")
        ),
        Section(_("往下拨"), headers, [_line_cells(row) for row in detail.children], _("还没有往下拨。")),
        Section(_("收回和调减"), headers, [_line_cells(row) for row in detail.taken_back], _("没有收回过。")),
    )


ALLOCATIONS = RegisterPage(
    slug="allocations",
    title=_l("资金拨付"),
    one=_l("拨付"),
    read=Permission.VIEW_FUNDS,
    write=Permission.EDIT_FUNDS,
    note=_l("负数是收回或调减，要写明收回的是哪一笔；超过上级余额的不能登记。"),
    columns=(
        Column("no", _l("拨付编号")),
        Column("programme", _l("资金项目"), href=lambda row: f"/console/programmes/{row['programme_code']}"),
        Column("to_unit", _l("拨入单位")),
        Column("division_code", _l("区划"), Kind.DIVISION),
        Column("allocated_on", _l("拨付日期"), Kind.DATE),
        Column("document_no", _l("文号")),
        Column("amount_fen", _l("金额"), Kind.MONEY),
        Column("held_fen", _l("还在账上"), Kind.MONEY),
    ),
    rows=_allocations,
    record_name="no",
    filters=(
        Filter("q", _l("拨付编号、文号或用途")),
        Filter("programme", _l("资金项目编码")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("year", _l("年度"), Kind.NUMBER),
        Filter("held", _l("余额"), Kind.CHOICE, ONLY_HELD),
    ),
    fields=(
        Field("no", _l("拨付编号"), required=True, key=True),
        Field("programme_code", _l("资金项目编码"), required=True),
        Field("parent_no", _l("上级拨付编号"), hint=_l("从财政直接拨出的留空；收回时填被收回的那一笔")),
        Field("from_unit_id", _l("拨出单位"), Kind.UNIT),
        Field("to_unit_id", _l("拨入单位"), Kind.UNIT),
        Field("division_code", _l("区划"), Kind.DIVISION),
        Field("amount_fen", _l("金额"), Kind.MONEY, required=True),
        Field("document_no", _l("文号")),
        Field("allocated_on", _l("拨付日期"), Kind.DATE, required=True),
        Field("purpose", _l("用途"), Kind.LONG),
        Field("project_code", _l("项目编码")),
        Field("checker", _l("复核"), shown_only=True, column="no"),
    ),
    find=queries.allocation_row,
    place=_place,
    heading=lambda record: _("拨付 %(no)s", no=record.values["no"]),
    history=queries.allocation_history,
    sections=_allocation_sections,
    masked=_said,
    add=_register,
    correct=_correct,
    withdraw=actions.withdraw_allocation,
    links=(("check", _l("复核这一笔"), Permission.CHECK_FUNDS),),
)

PAGES = (PROGRAMMES, ALLOCATIONS)
