"""Decisions on payments and bank returns. Values only."""

from __future__ import annotations

from typing import Final

from portal.kernel.errors import Refused
from portal.registers.funds.payments.models import ReturnResult

TRANSITIONS: Final[dict[ReturnResult | None, tuple[ReturnResult, ...]]] = {
    None: (ReturnResult.SUCCESS, ReturnResult.FAILED, ReturnResult.BOUNCED),
    ReturnResult.SUCCESS: (ReturnResult.BOUNCED,),
    ReturnResult.FAILED: (),
    ReturnResult.BOUNCED: (),
}
"""What a bank may still say of one payment line (银行回单): None = nothing yet. A failed line is paid again by a new one."""


def payment_no(written: str) -> str:
    """批次号-序号, the one form of a payment's number; written with a slash before the line's number it is the same."""
    return "-".join(written.rsplit("/", 1))


def is_successful(result: str | None) -> bool:
    """A payment is successful when its bank return says 成功; no return yet is not successful."""
    return result == ReturnResult.SUCCESS


def payment_problem(batch_no: str, seq: int, amount_fen: int, payee_name: str | None) -> None:
    """Refuse a payment line without batch, place, payee or a positive sum."""
    if not batch_no.strip() or seq < 1:
        raise Refused("发放要有批次号和序号", fix="补上批次号，序号从 1 起")
    if amount_fen <= 0:
        raise Refused("发放金额要大于 0", why="退回由银行回单说明，收回由负数的拨付说明", fix="核对金额", code="amount")
    if not (payee_name or "").strip():
        raise Refused("没有收款人", fix="填收款人姓名或单位名称")


def return_refusal(before: str | None, after: str) -> None:
    """Refuse a bank return that no bank can give after the last one."""
    last = ReturnResult(before) if before is not None else None
    if after not in set(ReturnResult):
        raise Refused("没有这个结果", fix="填 成功、失败 或 退票", code="result")
    if ReturnResult(after) not in TRANSITIONS[last]:
        raise Refused(
            f"回单已经是“{before}”，不能再记为“{after}”",
            why="失败或退票的钱要重新发放，新的一笔写明重发原批次号和序号",
            fix="登记重发；回单录错的，用“更正”并写明原因",
            code="transition",
        )
