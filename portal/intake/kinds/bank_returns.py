"""`bank_returns` 银行回单."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.kinds.columns import choices, code, day, one_of, text
from portal.registers.funds.payments.models import ReturnResult

KIND = Kind(
    name="bank_returns",
    title="银行回单",
    table="bank_returns",
    columns=(
        code("批次号", "batch_no", aliases=("发放批次号", "发放批次"), example="FF202611-03"),
        Column("序号", "seq", Cell.INTEGER, ("行号",), True, example="1"),
        one_of("结果", "result", choices(ReturnResult), required=True),
        text("失败原因", "failure_reason", 200),
        day("到账日期", "settled_on"),
    ),
    key=("batch_no", "seq"),
    db_key=("payment_id",),
)
