"""What an obligor's figures must hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.kernel.errors import Refused


def obligor_problem(values: Mapping[str, Any]) -> None:
    """Refuse figures that cannot be: nobody named, no evidence, sums below zero, more supported here than anywhere."""
    if not str(values.get("name") or "").strip() or not str(values.get("relation") or "").strip():
        raise Refused("没有写义务人是谁", fix="填姓名和与被赡养人的关系")
    if not str(values.get("evidence") or "").strip():
        raise Refused("没有依据", why="别人家的收入要有凭据", fix="写明核对报告、收入证明或判决、协议的编号")
    if (values.get("members") or 0) < 1:
        raise Refused("义务人家庭人口至少一人", fix="填他自己那一户的人口")
    supports, here = values.get("supports") or 0, values.get("supports_here") or 0
    if here < 1 or supports < here:
        raise Refused("被赡养的人数对不上", why="本户被赡养的人数不能少于一，也不能多于全部", fix="核对两个人数")
    for field, label in (("monthly_income_fen", "家庭月总收入"), ("ruled_fen", "判决或协议"), ("paid_fen", "实际给付")):
        if (values.get(field) or 0) < 0:
            raise Refused(f"{label}不能小于零", fix="核对金额")
    since, until = values.get("since"), values.get("until")
    if since is None:
        raise Refused("没有写从哪天起", fix="填这些数字从哪天起适用")
    if until is not None and until < since:
        raise Refused("截止日早于起始日", fix="核对两个日期")
