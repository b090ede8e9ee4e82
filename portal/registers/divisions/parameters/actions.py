"""What somebody does to dated parameters: enter one, correct it, take it out of force. Each with its legal basis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.divisions.parameters.rules import known_parameter, parameter_problem
from portal.registers.divisions.queries import find_division
from portal.registers.divisions.rules import NATION, pad_code, township_of

KEY_FIELDS = frozenset({"name", "division_code", "purpose", "series", "valid_from"})
FIELDS = frozenset({"valid_to", "value", "unit", "basis", "extensions"})


def check_added(session: Session, values: Mapping[str, Any]) -> Parameter:
    """The row that these values would make, not yet in the register; refused where nobody could use it."""
    refuse_unknown_fields(values, KEY_FIELDS | FIELDS)
    row = Parameter(**{"purpose": "", "series": "", **values, "division_code": pad_code(values["division_code"])})
    _check(row)
    if row.division_code != NATION and find_division(session, row.division_code) is None:
        raise Refused("区划代码在区划里找不到", fix="先登记那个区划，或核对 12 位代码")
    same = select(Parameter.id).where(*(getattr(Parameter, f) == getattr(row, f) for f in sorted(KEY_FIELDS)))
    if session.scalar(same) is not None:
        raise Refused("同一天起的这个参数已经录入过", fix="更正原来的一条，或改有效期自", code="duplicate")
    return row


def add_parameter(session: Session, values: Mapping[str, Any], act: Act) -> Parameter:
    """Enter a value for a name, division, purpose and series, valid from a day on; a basis is demanded.

    In the console nobody does this alone: `proposals` asks a second person first.
    """
    row = check_added(session, values)
    add_record(session, row, act, kind="parameter.added", subjects=_subjects(row), unit=township_of(row.division_code))
    return row


def correct_parameter(
    session: Session, parameter_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct value, unit, basis or last day. Name, place and first day are the key: a new rule is a new row."""
    row = get_current(session, Parameter, parameter_id)
    check_corrected(row, values)
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="parameter.corrected",
        subjects=_subjects(row),
        unit=township_of(row.division_code),
    )


def check_corrected(row: Parameter, values: Mapping[str, Any]) -> None:
    """Refuse values that the row could not take."""
    refuse_unknown_fields(values, FIELDS)
    _check(Parameter(**{**{f: getattr(row, f) for f in KEY_FIELDS | FIELDS}, **values}))


def withdraw_parameter(session: Session, parameter_id: int, act: Act, version: str | None) -> None:
    """Take a row out of force that should never have been entered; it stays in the history."""
    row = get_current(session, Parameter, parameter_id)
    withdraw_record(session, row, act, version=version, kind="parameter.withdrawn", subjects=_subjects(row))


def _check(row: Parameter) -> None:
    known = known_parameter(row.name or "")
    parameter_problem(row.name or "", row.value or "", row.valid_from, row.valid_to, known.kind if known else None)
    if not (row.basis or "").strip():
        raise Refused("参数没有依据", why="每个数都要说得出来自哪份文件", fix="填写文号或文件名")


def _subjects(row: Parameter) -> list[tuple[str, str]]:
    return [("parameter", f"{row.name}@{row.division_code}"), ("division", row.division_code)]
