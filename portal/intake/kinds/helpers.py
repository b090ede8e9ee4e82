"""`helpers` 帮扶力量."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.kinds.columns import choices, code, identity, one_of, text, unit
from portal.registers.helpers.models import HelperKind

KIND = Kind(
    name="helpers",
    title="帮扶力量",
    table="helpers",
    columns=(
        code("帮扶人编号", "no", 40, example="BF0001"),
        text("姓名", "name", 80, required=True),
        identity(),
        Column("手机号", "phone", Cell.PHONE, ("手机号码", "联系电话", "电话"), example="13800000000"),
        unit("帮扶单位", "unit_id", aliases=("单位",)),
        text("职务", "duty", 80),
        one_of("类型", "kind", choices(HelperKind)),
    ),
    key=("no",),
    db_key=("no",),
    chunk_rows=50_000,
)
