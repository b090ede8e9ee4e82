"""Decisions on assets 扶贫资产 (国办函〔2021〕51号). Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.projects.assets.models import AssetKind, AssetStatus

TRANSITIONS: Final[dict[AssetStatus, tuple[AssetStatus, ...]]] = {
    AssetStatus.IN_USE: (AssetStatus.IDLE, AssetStatus.DISPOSED, AssetStatus.DAMAGED),
    AssetStatus.IDLE: (AssetStatus.IN_USE, AssetStatus.DISPOSED, AssetStatus.DAMAGED),
    AssetStatus.DAMAGED: (AssetStatus.IN_USE, AssetStatus.DISPOSED),
    AssetStatus.DISPOSED: (),
}
"""The life cycle of an asset; 处置 is final."""


def status_refusal(before: str | None, after: str) -> None:
    """Refuse a 状态 that cannot follow."""
    if after not in set(AssetStatus):
        raise Refused("没有这个资产状态", fix="填 在用、闲置、处置 或 毁损")
    if before is not None and before != after and AssetStatus(after) not in TRANSITIONS[AssetStatus(before)]:
        raise Refused(
            f"资产已经“{before}”，不能改成“{after}”", why="处置之后不再恢复", fix="登记错了的，用更正并写明依据"
        )


def asset_problem(values: Mapping[str, Any]) -> None:
    """Refuse an asset without code or name, of an unknown kind, or of negative value."""
    if not (values.get("code") or "").strip() or not (values.get("name") or "").strip():
        raise Refused("资产要有编码和名称", fix="补上空着的一项")
    if values.get("kind") is not None and values["kind"] not in set(AssetKind):
        raise Refused("没有这个资产类型", fix=f"从这些里选：{'、'.join(kind.value for kind in AssetKind)}")
    if (values.get("value_fen") or 0) < 0:
        raise Refused("原值不能是负数", fix="核对正负号")


def distribution_problem(amount_fen: int, households: int | None) -> None:
    """Refuse a distribution of nothing, or to fewer than no households."""
    if amount_fen <= 0:
        raise Refused("分配金额要大于 0", fix="核对金额")
    if households is not None and households < 0:
        raise Refused("受益户数不能是负数", fix="核对户数")
