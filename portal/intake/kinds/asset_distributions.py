"""`asset_distributions` 资产收益分配."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.kinds.columns import day, money, number, refers, text

KIND = Kind(
    name="asset_distributions",
    title="资产收益分配",
    table="asset_distributions",
    columns=(
        refers("资产编码", "assets", "code", "asset_id", "资产", required=True),
        Column("年度", "year", Cell.YEAR, example="2026"),
        day("分配日期", "distributed_on", required=True),
        money("金额", "amount_fen", aliases=("分配金额",), required=True, least=1),
        number("受益户数", "households"),
        text("方案公示号", "notice_no", 60),
    ),
    key=("asset_code", "distributed_on"),
    db_key=("asset_id", "distributed_on"),
    money="金额",
    chunk_rows=100_000,
)
