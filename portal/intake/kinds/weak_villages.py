"""`weak_villages` 经济薄弱村."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.kinds.columns import choices, division, money, one_of, text, unit
from portal.registers.recipients.models import WeakVillageLevel, WeakVillageStatus

KIND = Kind(
    name="weak_villages",
    title="经济薄弱村",
    table="weak_villages",
    columns=(
        division("村区划代码", "village_code", aliases=("区划代码",), required=True, village=True),
        one_of("级别", "level", choices(WeakVillageLevel)),
        Column("认定年度", "recognised_year", Cell.YEAR, ("年度",), True, example="2020"),
        money("村集体年收入", "collective_income_fen", aliases=("村集体经营性收入",), least=0),
        money("达标线", "line_fen", least=0),
        one_of("状态", "status", choices(WeakVillageStatus)),
        unit("帮扶单位", "support_unit_id"),
        text("第一书记", "first_secretary"),
    ),
    key=("village_code", "recognised_year"),
    db_key=("village_code", "recognised_year"),
    chunk_rows=200_000,
)
