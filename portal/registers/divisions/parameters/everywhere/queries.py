"""A dated parameter as part of a statement: the nearest division decides, then the purpose, then the latest first day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, literal, true

from portal.registers.divisions.parameters.rules import ParameterRow
from portal.registers.divisions.queries import codes_within
from portal.registers.divisions.rules import NATION, level_of


def holding(
    rows: Iterable[ParameterRow],
    division: Any,
    on: Any,
    value: Callable[[ParameterRow], Any],
    otherwise: Any,
    *,
    purpose: str = "",
    series: ColumnElement[str] | str = "",
) -> ColumnElement[Any]:
    """The value of the row that holds in the division of each row on the day of each row, else `otherwise`.

    `division`, `on` and `series` may be columns; `on` may be a date. `value` makes what stands in the statement of a row.
    """
    fitting = [row for row in rows if row.purpose in ("", purpose)]
    if isinstance(series, str):
        fitting = [row for row in fitting if row.series == series]
    named = [
        (_of_series(row, series), _holds(row, division, on), value(row)) for row in nearest_first(fitting, purpose)
    ]
    conditions = [(and_(right, holds), said) for right, holds, said in named]
    default = otherwise if isinstance(otherwise, ColumnElement) else literal(otherwise)
    return case(*conditions, else_=default) if conditions else default


def nearest_first(rows: Sequence[ParameterRow], purpose: str = "") -> list[ParameterRow]:
    """The order in which rows are asked: the first that holds decides."""
    return sorted(
        rows, key=lambda r: (-level_of(r.division_code), r.purpose != purpose, -r.valid_from.toordinal(), r.id)
    )


def fen_of(row: ParameterRow) -> int:
    """A value in yuan as fen."""
    return int((Decimal(row.value) * 100).to_integral_exact())


def _of_series(row: ParameterRow, series: ColumnElement[str] | str) -> ColumnElement[bool]:
    return true() if isinstance(series, str) else series == row.series


def _holds(row: ParameterRow, division: Any, on: Any) -> ColumnElement[bool]:
    if isinstance(on, date):
        if row.valid_from > on or (row.valid_to is not None and row.valid_to < on):
            return false()
        timely: ColumnElement[bool] = literal(1) == 1
    else:
        timely = and_(on >= row.valid_from, on <= row.valid_to) if row.valid_to is not None else on >= row.valid_from
    if row.division_code == NATION:
        return timely
    return and_(division.in_(codes_within([row.division_code])), timely)
