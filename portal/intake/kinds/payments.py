"""`payments` 资金发放."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Columns, Kind, Problems
from portal.intake.kinds.columns import code, day, household, money, number, refers, text
from portal.registers.funds.payments.models import PayeeKind

PERSON, COMPANY = PayeeKind.PERSON.value, PayeeKind.COMPANY.value


def settle(columns: Columns, problems: Problems) -> None:
    """A line that is sent again names both numbers of the line that came back."""
    for index, (batch, seq) in enumerate(zip(columns["resend_batch_no"], columns["resend_seq"], strict=True)):
        if (batch is None) != (seq is None):
            header = "重发原序号" if seq is None else "重发原批次号"
            problems.add(index, header, None, "重发要同时写原批次号和原序号", "补上另一个，或两个都清掉")


KIND = Kind(
    name="payments",
    title="资金发放",
    table="payments",
    columns=(
        code("批次号", "batch_no", aliases=("发放批次号", "发放批次"), example="FF202611-03"),
        Column("序号", "seq", Cell.INTEGER, ("行号",), True, example="1"),
        refers("拨付编号", "allocations", "no", "allocation_id", "拨付", required=True),
        household(),
        text("收款人", "payee_name", 200, aliases=("收款人姓名", "户名", "收款人名称")),
        Column(
            "收款人证件号码",
            "payee_id",
            Cell.PAYEE_ID,
            ("收款人身份证号", "证件号码", "身份证号", "身份证号码"),
            example="11010519491231002X",
        ),
        Column(
            "银行账号",
            "account",
            Cell.ACCOUNT,
            ("账号", "银行卡号", "收款账号", "一卡通账号"),
            example="6222021234567890128",
        ),
        money("金额", "amount_fen", aliases=("发放金额", "补贴金额"), required=True, least=1),
        day("发放日期", "paid_on", required=True),
        text("发放事由", "reason", 200, aliases=("事由",)),
        Column("所属期", "period", Cell.MONTH, ("所属月份",), example="2026-10"),
        text("重发原批次号", "resend_batch_no", 60),
        number("重发原序号", "resend_seq"),
    ),
    key=("batch_no", "seq"),
    db_key=("batch_no", "seq"),
    money="金额",
    settle=settle,
)
