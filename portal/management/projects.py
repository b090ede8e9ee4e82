"""Console pages of the projects' register: projects 扶贫项目 with their ten stages, and assets 扶贫资产."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import BadInput
from portal.kernel.keyset import Start
from portal.kernel.money import format_yuan
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Cell, Column, Filter, RegisterPage, Row, Section, Wanted
from portal.registers.corrections import Act, RecordRow
from portal.registers.funds.totals.queries import project_money
from portal.registers.projects import actions, queries
from portal.registers.projects.assets import actions as asset_actions
from portal.registers.projects.assets import queries as assets
from portal.registers.projects.rules import FIELD_OF
from portal.web import access

KINDS = tuple((kind.value, _l(kind.value)) for kind in queries.ProjectKind)
STAGES = tuple((stage.value, _l(stage.value)) for stage in queries.Stage)
ASSET_KINDS = tuple((kind.value, _l(kind.value)) for kind in assets.AssetKind)
ASSET_STATES = tuple((state.value, _l(state.value)) for state in assets.AssetStatus)
STAGE_FIELDS = tuple(
    Field(column, _l("%(stage)s日期", stage=_l(stage.value)), Kind.DATE) for stage, column in FIELD_OF.items()
)


def _projects(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    rows = queries.list_projects(
        session,
        within=[wanted["division"]] if "division" in wanted else within,
        words=wanted.get("q", ""),
        kind=wanted.get("kind", ""),
        stage=wanted.get("stage", ""),
        after=after,
        limit=limit,
    )
    money = project_money(session, [row.code for row in rows])
    return [{**vars(row), "paid_fen": money[row.code].paid_fen if row.code in money else 0} for row in rows]


def _place(_session: Session, record: RecordRow) -> str | None:
    place: str | None = record.values["division_code"]
    return place


def _percent(typed: str | None) -> int | None:
    if not typed:
        return None
    whole, _point, cents = typed.rstrip("%").partition(".")
    if not (whole + cents).isdigit() or len(cents) > 2:
        raise BadInput("形象进度要在 0 到 100 之间", fix="核对百分数")
    return int(whole or 0) * 100 + int(cents.ljust(2, "0"))


def _read(values: dict[str, Any]) -> dict[str, Any]:
    found = dict(values)
    if "percent" in found:
        found["progress"] = _percent(found.pop("percent"))
    return found


def _register(session: Session, values: dict[str, Any], act: Act) -> str:
    return actions.register_project(session, _read(values), act).code


def _correct(session: Session, row_id: int, values: dict[str, Any], act: Act, version: str | None) -> object:
    return actions.correct_project(session, row_id, _read(values), act, version)


def _find(session: Session, code: str) -> RecordRow:
    record = queries.project_row(session, code)
    progress = record.values["progress"]
    percent = None if progress is None else f"{progress // 100}.{progress % 100:02d}".rstrip("0").rstrip(".")
    return RecordRow(record.id, record.version, record.recorded_at, {**record.values, "percent": percent})


def _sections(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    code = record.values["code"]
    money = project_money(session, [code]).get(code)
    sums = (money.received_fen, money.paid_fen, money.held_fen, money.returned_fen) if money else (0, 0, 0, 0)
    rows = assets.list_assets(session, project=code)
    to_register = ((f"/console/assets/new?project_code={code}", _("登记资产")),)
    return (
        Section(
            _("进出这个项目的钱（元）"),
            (_("收到"), _("已发放"), _("还在账上"), _("退回上级")),
            [tuple(Cell(format_yuan(fen), kind=Kind.MONEY) for fen in sums)],
            "",
            links=((f"/projects/{code}", _("公开页")),),
        ),
        Section(
            _("形成的资产"),
            (_("资产编码"), _("名称"), _("资产类型"), _("原值")),
            [
                (Cell(row.code, f"/console/assets/{row.code}"), Cell(row.name), Cell(_(row.kind) if row.kind else "—"),
                 Cell(format_yuan(row.value_fen or 0), kind=Kind.MONEY))
                for row in rows
            ],
            _("还没有登记资产。"),
            links=to_register if access.can(Permission.EDIT_ASSETS, record.values["division_code"]) else (),
        ),
    )  # fmt: skip


PROJECTS = RegisterPage(
    slug="projects",
    title=_l("扶贫项目"),
    one=_l("项目"),
    read=Permission.VIEW_PROJECTS,
    write=Permission.EDIT_PROJECTS,
    note=_l("十个阶段按顺序走；后面的日期早于前面的不能保存。"),
    columns=(
        Column("code", _l("项目编码")),
        Column("name", _l("名称")),
        Column("kind", _l("项目类型"), Kind.CHOICE),
        Column("division_code", _l("区划"), Kind.DIVISION),
        Column("stage", _l("阶段"), Kind.CHOICE),
        Column("planned_fen", _l("计划总投资"), Kind.MONEY),
        Column("paid_fen", _l("已发放"), Kind.MONEY),
        Column("planned_completion_on", _l("计划竣工日期"), Kind.DATE),
    ),
    key=("code",),
    rows=_projects,
    record_name="code",
    filters=(
        Filter("q", _l("编码、名称或中标单位")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("kind", _l("项目类型"), Kind.CHOICE, KINDS),
        Filter("stage", _l("阶段"), Kind.CHOICE, STAGES),
    ),
    fields=(
        Field("code", _l("项目编码"), required=True, key=True),
        Field("name", _l("名称"), required=True),
        Field("kind", _l("项目类型"), Kind.CHOICE, KINDS),
        Field("division_code", _l("区划"), Kind.DIVISION),
        Field("department_id", _l("主管部门"), Kind.UNIT),
        Field("executor_id", _l("实施单位"), Kind.UNIT),
        Field("responsible", _l("责任人")),
        Field("planned_fen", _l("计划总投资"), Kind.MONEY),
        *STAGE_FIELDS,
        Field("planned_completion_on", _l("计划竣工日期"), Kind.DATE),
        Field("percent", _l("形象进度（百分数）"), hint=_l("0 到 100")),
        Field("beneficiary_households", _l("受益户数"), Kind.NUMBER),
        Field("contractor", _l("中标单位")),
        Field("contract_fen", _l("合同金额"), Kind.MONEY),
        Field("settled_fen", _l("结算金额"), Kind.MONEY),
        Field("fee_fen", _l("管理费"), Kind.MONEY),
        Field("surplus_fen", _l("结余金额"), Kind.MONEY),
    ),
    find=_find,
    place=_place,
    heading=lambda record: f"{record.values['name']} {record.values['code']}",
    history=queries.project_history,
    sections=_sections,
    add=_register,
    correct=_correct,
    withdraw=actions.withdraw_project,
)


def _assets(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    rows = assets.list_assets(
        session,
        within=[wanted["division"]] if "division" in wanted else within,
        words=wanted.get("q", ""),
        kind=wanted.get("kind", ""),
        status=wanted.get("status", ""),
        after=after,
        limit=limit,
    )
    return [vars(row) for row in rows]


def _with_project(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    found = dict(values)
    if "project_code" in found:
        found["project_id"] = queries.project_id(session, found.pop("project_code"))
    return found


def _enter(session: Session, values: dict[str, Any], act: Act) -> str:
    return asset_actions.enter_asset(session, _with_project(session, values), act).code


def _correct_asset(session: Session, row_id: int, values: dict[str, Any], act: Act, version: str | None) -> object:
    return asset_actions.correct_asset(session, row_id, _with_project(session, values), act, version)


def _distributions(session: Session, record: RecordRow, _full: bool) -> Sequence[Section]:
    rows: list[Mapping[str, Any]] = [vars(row) for row in assets.list_distributions(session, record.id)]
    return (
        Section(
            _("收益分配"),
            (_("分配日期"), _("金额"), _("受益户数"), _("方案公示号")),
            [
                (Cell(row["on"].isoformat()), Cell(format_yuan(row["amount_fen"]), kind=Kind.MONEY),
                 Cell(row["households"] if row["households"] is not None else "—", kind=Kind.NUMBER),
                 Cell(row["notice_no"] or "—"))
                for row in rows
            ],
            _("还没有分配过收益。"),
        ),
    )  # fmt: skip


ASSETS = RegisterPage(
    slug="assets",
    title=_l("扶贫资产"),
    one=_l("资产"),
    read=Permission.VIEW_ASSETS,
    write=Permission.EDIT_ASSETS,
    columns=(
        Column("code", _l("资产编码")),
        Column("name", _l("名称")),
        Column("kind", _l("资产类型"), Kind.CHOICE),
        Column("status", _l("状态"), Kind.CHOICE, tags={"在用": "ok", "闲置": "warn", "毁损": "bad"}),
        Column("division_code", _l("区划"), Kind.DIVISION),
        Column("value_fen", _l("原值"), Kind.MONEY),
        Column("distributed_fen", _l("已分配收益"), Kind.MONEY),
        Column("distributed_on", _l("最近分配日期"), Kind.DATE),
    ),
    key=("code",),
    rows=_assets,
    record_name="code",
    filters=(
        Filter("q", _l("编码或名称")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("kind", _l("资产类型"), Kind.CHOICE, ASSET_KINDS),
        Filter("status", _l("状态"), Kind.CHOICE, ASSET_STATES),
    ),
    fields=(
        Field("code", _l("资产编码"), required=True, key=True),
        Field("name", _l("名称"), required=True),
        Field("project_code", _l("项目编码")),
        Field("kind", _l("资产类型"), Kind.CHOICE, ASSET_KINDS),
        Field("value_fen", _l("原值"), Kind.MONEY),
        Field("owner_unit_id", _l("权属单位"), Kind.UNIT),
        Field("confirmed_on", _l("确权日期"), Kind.DATE),
        Field("operator_unit_id", _l("运营单位"), Kind.UNIT),
        Field("keeper", _l("管护人")),
        Field("yearly_income_fen", _l("年收益"), Kind.MONEY),
        Field("distributed_on", _l("最近分配日期"), Kind.DATE),
        Field("status", _l("状态"), Kind.CHOICE, ASSET_STATES),
        Field("division_code", _l("区划"), Kind.DIVISION),
    ),
    find=assets.asset_row,
    place=_place,
    heading=lambda record: f"{record.values['name']} {record.values['code']}",
    history=assets.asset_history,
    sections=_distributions,
    add=_enter,
    correct=_correct_asset,
)

PAGES = (PROJECTS, ASSETS)
