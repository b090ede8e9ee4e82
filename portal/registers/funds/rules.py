"""Decisions on programmes and lines of money. Values only.

Sources: 预算法 art. 42 and 52 (passing on, carry-over); 财农〔2021〕19号 (衔接资金, to be confirmed). A negative line
lessens the line it names and returns its money to that line's parent; it is itself no line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from portal.kernel.errors import Refused
from portal.kernel.money import MAX_FEN, format_yuan
from portal.registers.funds.models import FundClass, FundLevel, PayoutScope, PayoutWay


@dataclass(frozen=True)
class Balance:
    """What became of one line, in fen, gross: gross + back = passed_on + paid + returned + held."""

    gross_fen: int
    back_fen: int
    passed_on_fen: int
    paid_fen: int
    returned_fen: int
    pending_fen: int = 0

    @property
    def held_fen(self) -> int:
        """Still on the account; below 0 when more went out than came in (F03)."""
        return self.gross_fen + self.back_fen - self.passed_on_fen - self.paid_fen - self.returned_fen

    @property
    def net_fen(self) -> int:
        """The amount after what was taken back: shares are of this."""
        return self.gross_fen - self.returned_fen

    @property
    def free_fen(self) -> int:
        """What may still be given away: held, less what the bank has not answered for yet."""
        return self.held_fen - self.pending_fen


def overdraw_refusal(balance: Balance, amount_fen: int, what: str = "这条拨付") -> None:
    """Refuse to give away more than is there; says the sum short, exactly (Refused, code `overdraw`)."""
    short = amount_fen - balance.free_fen
    if short <= 0:
        return
    why = f"{what}还能用 {format_yuan(balance.free_fen)} 元，这次要用 {format_yuan(amount_fen)} 元"
    if balance.pending_fen:
        why += f"（其中 {format_yuan(balance.pending_fen)} 元已提交银行，还没有回单）"
    raise Refused(
        f"余额不够，差 {format_yuan(short)} 元", why=why, fix="核对金额，或先登记上级追加的拨付", code="overdraw"
    )


def takeback_refusal(balance: Balance | None, amount_fen: int, parent_is_negative: bool) -> None:
    """Refuse a negative line that names no line, names another negative one, or takes back more than is left."""
    if balance is None:
        raise Refused("收回或调减要写明是哪一笔", fix="在“上级拨付编号”里填被收回的那一笔", code="no_parent")
    if parent_is_negative:
        raise Refused(
            "不能收回一笔收回", why="负数的拨付本身不是一条资金线", fix="填原来拨出的那一笔", code="bad_parent"
        )
    short = -amount_fen - balance.free_fen
    if short > 0:
        why = f"这一笔只剩 {format_yuan(balance.free_fen)} 元，要收回 {format_yuan(-amount_fen)} 元"
        raise Refused(
            f"剩下的钱不够收回，差 {format_yuan(short)} 元", why=why, fix="先从下级收回，再收回这一笔", code="overdraw"
        )


def amount_problem(amount_fen: int) -> None:
    """Refuse a line of nothing, or of more than can be."""
    if amount_fen == 0:
        raise Refused("金额不能是 0", fix="填这一笔实际拨付的金额，收回填负数", code="zero")
    if abs(amount_fen) > MAX_FEN:
        raise Refused("金额大得不像真的", fix="核对小数点和单位", code="too_large")


def parent_problem(line_id: int | None, ancestors: Collection[int], currency: str, parent_currency: str | None) -> None:
    """Refuse a line that would lie below itself, or a change of currency on the way."""
    if line_id is not None and line_id in ancestors:
        raise Refused("这样改会绕成一个圈", why="上级拨付又在这一笔的下面", fix="核对上级拨付编号", code="ring")
    if parent_currency is not None and parent_currency != currency:
        raise Refused("上下级的币种不同", why="两种币种不能相加", fix="按上级的币种登记", code="currency")


def default_payout_scope(fund_class: str | None, payout_way: str | None) -> PayoutScope:
    """发放范围 when nobody said: 在册对象 where 资金类别=扶贫资金 and 发放方式=到户补贴, else 不限."""
    if fund_class == FundClass.POVERTY_RELIEF and payout_way == PayoutWay.HOUSEHOLD:
        return PayoutScope.LISTED
    return PayoutScope.ANYBODY


_CHOICES: dict[str, tuple[type[FundClass | FundLevel | PayoutWay | PayoutScope], str]] = {
    "fund_class": (FundClass, "资金类别"),
    "level": (FundLevel, "级次"),
    "payout_way": (PayoutWay, "发放方式"),
    "payout_scope": (PayoutScope, "发放范围"),
}


def programme_problem(values: dict[str, Any]) -> None:
    """Refuse a programme without code or name, with a word outside the lists, or a budget below 0."""
    if not (values.get("code") or "").strip() or not (values.get("name") or "").strip():
        raise Refused("资金项目要有编码和名称", fix="补上空着的一项")
    for field, (choices, label) in _CHOICES.items():
        if values.get(field) is not None and values[field] not in set(choices):
            raise Refused(f"没有这个{label}", fix=f"从这些里选：{'、'.join(c.value for c in choices)}")
    year = values.get("year")
    if year is not None and not 1949 <= year <= 2100:
        raise Refused("年度不像真的", fix="填四位数的年份")
    if (values.get("budget_fen") or 0) < 0:
        raise Refused("预算金额不能是负数", fix="核对正负号")


def checker_refusal(maker: str, checker: str | None) -> None:
    """Money needs a second person: the checker must not be the maker (maker ≠ checker)."""
    if checker is not None and checker == maker:
        raise Refused("经办人不能复核自己的账", why="涉及资金的事要两个人", fix="请另一位同事复核", code="same_person")
