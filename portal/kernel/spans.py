"""Spans of time and the hour of day inside a statement, alike on both databases: whole days, whole seconds, hours in China."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):  # written like a function of the database
    """`days_between(later, earlier)`: whole days from one date to another, negative the other way round."""

    type = Integer()
    inherit_cache = True


class seconds_between(FunctionElement[int]):
    """`seconds_between(later, earlier)`: whole seconds between two moments."""

    type = Integer()
    inherit_cache = True


class china_hour(FunctionElement[int]):
    """The hour (0–23) that clocks in China show at a moment."""

    type = Integer()
    inherit_cache = True


def _parts(element: FunctionElement[int], compiler: SQLCompiler, kwargs: dict[str, Any]) -> list[str]:
    return [compiler.process(part, **kwargs) for part in element.clauses]


@compiles(days_between)
def _days(element: days_between, compiler: SQLCompiler, **kwargs: Any) -> str:
    later, earlier = _parts(element, compiler, kwargs)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_postgresql(element: days_between, compiler: SQLCompiler, **kwargs: Any) -> str:
    later, earlier = _parts(element, compiler, kwargs)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


@compiles(seconds_between)
def _seconds(element: seconds_between, compiler: SQLCompiler, **kwargs: Any) -> str:
    later, earlier = _parts(element, compiler, kwargs)
    return f"(CAST(strftime('%s', {later}) AS INTEGER) - CAST(strftime('%s', {earlier}) AS INTEGER))"


@compiles(seconds_between, "postgresql")
def _seconds_postgresql(element: seconds_between, compiler: SQLCompiler, **kwargs: Any) -> str:
    later, earlier = _parts(element, compiler, kwargs)
    return f"CAST(floor(extract(epoch FROM {later})) - floor(extract(epoch FROM {earlier})) AS BIGINT)"


@compiles(china_hour)
def _hour(element: china_hour, compiler: SQLCompiler, **kwargs: Any) -> str:
    (moment,) = _parts(element, compiler, kwargs)
    return f"CAST(strftime('%H', {moment}, '+8 hours') AS INTEGER)"


@compiles(china_hour, "postgresql")
def _hour_postgresql(element: china_hour, compiler: SQLCompiler, **kwargs: Any) -> str:
    # UTC and eight hours: the named zone had summer time in the eighties.
    (moment,) = _parts(element, compiler, kwargs)
    return f"CAST(extract(hour FROM ({moment} AT TIME ZONE 'UTC') + interval '8 hours') AS INTEGER)"
