"""Decisions on money back."""

from __future__ import annotations

from portal.kernel.errors import BadInput, Refused
from portal.kernel.money import format_yuan


def amount_problem(amount_fen: int, paid_fen: int, back_fen: int, *, corrects: bool) -> None:
    """Refuse nothing (but as a correction), and more than was paid. `back_fen`: what counts as back without this entry."""
    if amount_fen < 0 or (amount_fen == 0 and not corrects):
        raise BadInput("追缴金额要大于 0", fix="核对金额；登错的用更正", code="amount")
    if back_fen + amount_fen > paid_fen:
        left = format_yuan(max(0, paid_fen - back_fen))
        raise Refused(
            "追缴的比发放的多",
            why=f"这笔发放 {format_yuan(paid_fen)} 元，还能登记 {left} 元",
            fix="核对金额和发放编号",
            code="too_much",
        )
