"""`units` 单位."""

from __future__ import annotations

from portal.intake.declaration import Kind
from portal.intake.kinds.columns import choices, code, division, one_of, text
from portal.registers.divisions.models import UnitKind

KIND = Kind(
    name="units",
    title="单位",
    table="units",
    columns=(
        code("单位编码", "code", 40, aliases=("单位代码", "统一社会信用代码"), example="LSX-NYNC"),
        text("单位名称", "name", 200, aliases=("名称",), required=True),
        one_of("单位类型", "kind", choices(UnitKind), required=True),
        division(),
    ),
    key=("code",),
    db_key=("code",),
    chunk_rows=200_000,
)
