"""What a 核算事项 must hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.kernel.errors import Refused
from portal.registers.recipients.incomes.adjustments.models import AdjustmentKind


def adjustment_problem(values: Mapping[str, Any], today: date) -> None:
    """Refuse what cannot be: an unknown kind, no evidence, a job or a life away of nobody, an amount where none belongs."""
    kind = values.get("kind")
    if kind not in set(AdjustmentKind):
        raise Refused("没有这种核算事项", fix="从列出的各项里选")
    if not str(values.get("evidence") or "").strip():
        raise Refused("没有依据", fix="写明劳动合同、租房合同或查验记录的编号")
    since, until = values.get("since"), values.get("until")
    if since is None or since > today:
        raise Refused("起始日要填，也不能在今天之后", fix="填哪天开始的")
    if until is not None and until < since:
        raise Refused("截止日早于起始日", fix="核对两个日期")
    if kind != AdjustmentKind.UNSOLD_STOCK and values.get("person_id") is None:
        raise Refused("没有写是谁", fix="从本户成员里选")
    amount = values.get("amount_fen")
    if kind == AdjustmentKind.NEW_JOB and amount is not None:
        raise Refused("新就业不填金额", why="工资在收入明细里", fix="金额留空")
    if kind != AdjustmentKind.NEW_JOB and (amount is None or amount <= 0):
        raise Refused("没有金额", fix="生活支出填每月多少，存货填值多少")
