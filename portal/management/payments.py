"""Console pages of payments 资金发放: read, correct with a reason, reveal one sealed number. Names are masked by right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.keyset import Start
from portal.kernel.masking import FieldType, mask
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.registers.corrections import RecordRow
from portal.registers.funds import queries as funds
from portal.registers.funds.payments import actions, queries

RESULTS = (*((kind.value, _l(kind.value)) for kind in queries.ReturnResult), (queries.WAITING, _l(queries.WAITING)))
STATES = {"成功": "ok", "失败": "bad", "退票": "bad", queries.WAITING: "info"}


def _payments(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    rows = queries.list_payments(
        session,
        within,
        batch_no=wanted.get("batch", ""),
        allocation_no=wanted.get("allocation", ""),
        household_no=wanted.get("household", ""),
        result=wanted.get("result", ""),
        after=after,
        limit=limit,
    )
    return [{**vars(row), "no": row.no, "result": row.result or queries.WAITING} for row in rows]


def _shape(row: Row, full: bool) -> Row:
    if full or row["payee_kind"] == queries.PayeeKind.COMPANY:
        return row
    return {**row, "payee_name": mask(row["payee_name"], FieldType.NAME)}


def _place(session: Session, record: RecordRow) -> str | None:
    place: str | None = record.values["village_code"]
    if place is None:
        place = funds.get_allocation(session, record.values["allocation_no"]).division_code
    return place


def _line_of(_session: Session, record: RecordRow) -> tuple[str, Any]:
    no = record.values["allocation_no"]
    return f"/console/allocations/{no}", _("拨付 %(no)s", no=no)


PAYMENTS = RegisterPage(
    slug="payments",
    title=_l("资金发放"),
    one=_l("发放"),
    read=Permission.VIEW_FUNDS,
    write=Permission.EDIT_FUNDS,
    note=_l("银行回单说“成功”才算发到；成批的发放和回单从“导入”进来，由第二个人提交。"),
    columns=(
        Column("no", _l("批次号-序号")),
        Column("programme", _l("资金项目"), href=lambda row: f"/console/programmes/{row['programme_code']}"),
        Column("allocation_no", _l("拨付编号"), href=lambda row: f"/console/allocations/{row['allocation_no']}"),
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("payee_name", _l("收款人")),
        Column("amount_fen", _l("金额"), Kind.MONEY),
        Column("paid_on", _l("发放日期"), Kind.DATE),
        Column("result", _l("银行回单"), Kind.CHOICE, tags=STATES),
    ),
    rows=_payments,
    record_name="no",
    filters=(
        Filter("batch", _l("批次号")),
        Filter("allocation", _l("拨付编号")),
        Filter("household", _l("户编号")),
        Filter("result", _l("银行回单"), Kind.CHOICE, RESULTS),
    ),
    fields=(
        Field("no", _l("批次号-序号"), shown_only=True),
        Field("allocation_no", _l("拨付编号"), shown_only=True),
        Field("household_no", _l("户编号"), shown_only=True),
        Field("payee_name", _l("收款人"), private=True),
        Field("payee_kind", _l("收款人类型"), Kind.CHOICE, shown_only=True),
        Field("payee_id", _l("收款人证件号码"), Kind.SEALED, column="payee_id_sealed", shown_only=True),
        Field("account", _l("银行账号"), Kind.SEALED, column="account_sealed", shown_only=True),
        Field("amount_fen", _l("金额"), Kind.MONEY, required=True),
        Field("paid_on", _l("发放日期"), Kind.DATE, required=True),
        Field("reason", _l("发放事由")),
        Field("period", _l("所属期"), hint=_l("例如 2026-05")),
        Field("result", _l("银行回单"), Kind.CHOICE, shown_only=True),
        Field("failure_reason", _l("失败原因"), shown_only=True),
        Field("settled_on", _l("到账日期"), Kind.DATE, shown_only=True),
    ),
    find=queries.payment_row,
    place=_place,
    heading=lambda record: _("发放 %(no)s", no=record.values["no"]),
    history=queries.payment_history,
    shape=_shape,
    parent=_line_of,
    correct=actions.correct_payment,
    reveal=actions.reveal_payee,
)

PAGES = (PAYMENTS,)
