"""A dated parameter as part of a rule's statement: the value that holds at each row's own place and day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String, cast, literal, null

from portal.checks.registry import Looking, ParameterRead
from portal.registers.divisions.parameters.everywhere.queries import fen_of, holding
from portal.registers.divisions.parameters.rules import ParameterRow


def threshold(looking: Looking, read: ParameterRead, division: Any, on: Any) -> ColumnElement[int]:
    """The whole number that holds in the division of each row on the day of each row.

    The nearest division decides, then the latest first day, then the rule's default. `division` and `on` are columns; `on`
    may be a date.
    """
    default = cast(literal(int(Decimal(read.default)), Integer), Integer)
    return holding(looking.rows.get(read.name, ()), division, on, _whole, default)


def hundredths(looking: Looking, read: ParameterRead, division: Any, on: Any) -> ColumnElement[int]:
    """As `threshold`, of a number with at most two decimals: a sum in yuan as fen, 1.5 times as 150."""
    default = cast(literal(int(Decimal(read.default) * 100), BigInteger), BigInteger)
    return holding(looking.rows.get(read.name, ()), division, on, fen_of, default)


def line_fen(looking: Looking, name: str, division: Any, on: Any, purpose: str = "") -> ColumnElement[int]:
    """A yearly line in fen, of the series that the place uses (`line_series`); NULL where none has been laid down."""
    chosen = looking.rows.get("line_series", ())
    series: ColumnElement[str] | str = ""
    if chosen:
        series = holding(chosen, division, on, lambda row: row.value, cast(literal(""), String), purpose=purpose)
    unset = cast(null(), BigInteger)
    return holding(looking.rows.get(name, ()), division, on, fen_of, unset, purpose=purpose, series=series)


def _whole(row: ParameterRow) -> int:
    return int(Decimal(row.value))
