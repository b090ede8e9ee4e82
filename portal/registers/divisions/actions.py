"""What somebody does to divisions and units: add, correct, let one end and name its successor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import Act, Change, add_record, correct_record, get_current, refuse_unknown_fields
from portal.registers.divisions.models import Division, Unit, UnitKind
from portal.registers.divisions.queries import find_division
from portal.registers.divisions.rules import division_problem, level_of, pad_code, parent_of, township_of

DIVISION_FIELDS = frozenset(
    {
        "name",
        "parent_code",
        "lat_e7",
        "lng_e7",
        "datum",
        "urban_class",
        "valid_from",
        "valid_to",
        "successor_code",
        "extensions",
    }
)
UNIT_FIELDS = frozenset({"name", "kind", "division_code", "extensions"})


def add_division(session: Session, values: Mapping[str, Any], act: Act) -> Division:
    """Register a division or a further period of one; `values`: `code`, `valid_from`, `name`, any DIVISION_FIELDS."""
    refuse_unknown_fields(values, DIVISION_FIELDS | {"code"})
    code = pad_code(values["code"])
    row = Division(**{**values, "code": code, "level": level_of(code)})
    row.parent_code = values.get("parent_code") or parent_of(code)
    _check_division(session, row)
    same = select(Division.id).where(Division.code == code, Division.valid_from == row.valid_from)
    if session.scalar(same) is not None:
        raise Refused("这个区划代码和有效期自已经登记过", fix="更正原来的一条，或改有效期自", code="duplicate")
    add_record(session, row, act, kind="division.added", subjects=[("division", code)], unit=township_of(code))
    return row


def correct_division(
    session: Session, division_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a division; a merger is told by `valid_to` and `successor_code`."""
    refuse_unknown_fields(values, DIVISION_FIELDS)
    row = get_current(session, Division, division_id)
    merged = {**{f: getattr(row, f) for f in DIVISION_FIELDS}, **values}
    _check_division(session, Division(code=row.code, level=row.level, **merged))
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="division.corrected",
        subjects=[("division", row.code)],
        unit=township_of(row.code),
    )


def _check_division(session: Session, row: Division) -> None:
    division_problem(row.code, row.parent_code, row.valid_from, row.valid_to, row.successor_code)
    for label, code in (("上级代码", row.parent_code), ("后继代码", row.successor_code)):
        if code is not None and find_division(session, code) is None:
            raise Refused(f"{label}在区划里找不到", fix="先登记那个区划，或核对 12 位代码")


def add_unit(session: Session, values: Mapping[str, Any], act: Act) -> Unit:
    """Register a unit 单位. `values`: `code`, `name` and any UNIT_FIELDS."""
    refuse_unknown_fields(values, UNIT_FIELDS | {"code"})
    row = Unit(**values)
    _check_unit(session, row)
    if session.scalar(select(Unit.id).where(Unit.code == row.code)) is not None:
        raise Refused("这个单位编码已经登记过", fix="更正原来的一条，或换一个编码", code="duplicate")
    add_record(session, row, act, kind="unit.added", subjects=[("unit", row.code)], unit=_place_of(row))
    return row


def correct_unit(
    session: Session, unit_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a unit's name, kind or division; its code stays."""
    refuse_unknown_fields(values, UNIT_FIELDS)
    row = get_current(session, Unit, unit_id)
    _check_unit(session, Unit(code=row.code, **{**{f: getattr(row, f) for f in UNIT_FIELDS}, **values}))
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="unit.corrected",
        subjects=[("unit", row.code)],
        unit=_place_of(row),
    )


def _check_unit(session: Session, row: Unit) -> None:
    if not (row.code or "").strip() or not (row.name or "").strip():
        raise Refused("单位要有编码和名称", fix="补上空着的一项")
    if row.kind not in set(UnitKind):
        raise Refused("没有这个单位类型", fix="从列出的类型里选一个")
    if row.division_code is not None and find_division(session, row.division_code) is None:
        raise Refused("区划代码在区划里找不到", fix="先登记那个区划，或核对 12 位代码")


def _place_of(row: Unit) -> str | None:
    return township_of(row.division_code) if row.division_code else None
