"""`assets` 扶贫资产."""

from __future__ import annotations

from portal.intake.declaration import Kind
from portal.intake.kinds.columns import choices, code, day, division, money, one_of, refers, text, unit
from portal.registers.projects.assets.models import AssetKind, AssetStatus

KIND = Kind(
    name="assets",
    title="扶贫资产",
    table="assets",
    columns=(
        code("资产编码", "code", example="ZC-2026-001"),
        text("名称", "name", 300, aliases=("资产名称",), required=True),
        refers("项目编码", "projects", "code", "project_id", "项目"),
        one_of("资产类型", "kind", choices(AssetKind)),
        money("原值", "value_fen", aliases=("资产原值",), least=0),
        unit("权属单位", "owner_unit_id"),
        day("确权日期", "confirmed_on"),
        unit("运营单位", "operator_unit_id"),
        text("管护人", "keeper", 80),
        money("年收益", "yearly_income_fen"),
        day("收益分配日期", "distributed_on"),
        one_of("状态", "status", choices(AssetStatus)),
        division(),
    ),
    key=("code",),
    db_key=("code",),
    money="原值",
    chunk_rows=100_000,
)
