"""Reads of parameters: the value that holds for a place and a day, with the row it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.divisions.parameters.rules import CATALOGUE, ParameterRow, choose, known_parameter
from portal.registers.divisions.queries import ancestors, codes_within
from portal.registers.divisions.rules import NATION
from portal.registers.history import Version, history_of

_COLUMNS = (
    Parameter.id,
    Parameter.name,
    Parameter.division_code,
    Parameter.purpose,
    Parameter.series,
    Parameter.valid_from,
    Parameter.valid_to,
    Parameter.value,
    Parameter.unit,
    Parameter.basis,
)


@dataclass(frozen=True)
class ParameterValue:
    """A value in force and where it came from; `row` is None when the catalogue's default holds."""

    name: str
    title: str
    text: str
    unit: str
    basis: str
    row: ParameterRow | None

    @property
    def whole(self) -> int:
        """The value as a whole number (days, households, months)."""
        return int(Decimal(self.text))

    @property
    def fen(self) -> int:
        """A value in yuan as fen."""
        return int((Decimal(self.text) * 100).to_integral_exact())

    @property
    def number(self) -> Decimal:
        """The value as an exact decimal (shares in per cent, multiples)."""
        return Decimal(self.text)

    @property
    def yes(self) -> bool:
        """是 or yes."""
        return self.text in ("是", "yes")


def find_value(
    session: Session, name: str, division: str, on: date, purpose: str = "", series: str = ""
) -> ParameterValue | None:
    """The value that holds in a division on a day, from the nearest ancestor, else the default; None when unset."""
    return values_for(session, [name], division, on, purpose, series).get(name)


def value_for(
    session: Session, name: str, division: str, on: date, purpose: str = "", series: str = ""
) -> ParameterValue:
    """As `find_value`; raises NotFound when neither a row nor a default exists: the operator must enter one."""
    found = find_value(session, name, division, on, purpose, series)
    if found is None:
        known = known_parameter(name)
        title = known.title if known else name
        raise NotFound(
            f"还没有规定“{title}”",
            why="这个参数没有默认值",
            fix="在“动态参数”里按区划和日期录入",
            code="parameter_unset",
        )
    return found


def values_for(
    session: Session, names: Collection[str], division: str, on: date, purpose: str = "", series: str = ""
) -> dict[str, ParameterValue]:
    """Several values of one place and day in two statements; names that are unset are left out."""
    chain = [place.code for place in ancestors(session, [division]).get(division, [])] or [division]
    rows: dict[str, list[ParameterRow]] = {}
    for row in _rows(
        session, Parameter.name.in_(names), Parameter.division_code.in_([*chain, NATION]), Parameter.series == series
    ):
        rows.setdefault(row.name, []).append(row)
    found = {name: _value(name, choose(rows.get(name, ()), chain, on, purpose)) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _value(name: str, row: ParameterRow | None) -> ParameterValue | None:
    known = known_parameter(name)
    if row is not None:
        title, unit = (known.title, known.unit) if known else (name, "")
        return ParameterValue(name, title, row.value, row.unit or unit, row.basis or "", row)
    if known is None or known.default is None:
        return None
    return ParameterValue(name, known.title, known.default, known.unit, known.basis, None)


def _rows(session: Session, *where: ColumnElement[bool]) -> Iterator[ParameterRow]:
    return (ParameterRow(**row._mapping) for row in session.execute(select(*_COLUMNS).where(*where)))


def list_rows_of(session: Session, name: str) -> list[ParameterRow]:
    """Every current row of one name, for a run that decides by many divisions and days (one statement)."""
    return sorted(
        _rows(session, Parameter.name == name), key=lambda r: (r.division_code, r.purpose, r.series, r.valid_from)
    )


def list_parameters(
    session: Session,
    within: Collection[str],
    *,
    name: str = "",
    division: str = "",
    on: date | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Rows for the console, by name and id; those of divisions above are shown too, since they hold here."""
    upper = {p.code for chain in ancestors(session, within).values() for p in chain} | {NATION}
    place = or_(Parameter.division_code.in_(codes_within(within)), Parameter.division_code.in_(upper))
    query = select(*_COLUMNS).where(place)
    if name:
        titles = [k.name for k in CATALOGUE.values() if name in k.title]
        query = query.where(or_(Parameter.name.startswith(name, autoescape=True), Parameter.name.in_(titles)))
    if division:
        query = query.where(Parameter.division_code == division)
    if on is not None:
        query = query.where(Parameter.valid_from <= on, or_(Parameter.valid_to.is_(None), Parameter.valid_to >= on))
    if after is not None:
        key = (Parameter.name, Parameter.id)
        query = query.where(or_(key[0] > after[0], (key[0] == after[0]) & (key[1] > after[1])))
    names = [column.key for column in _COLUMNS]
    return [
        dict(zip(names, row, strict=True))
        for row in session.execute(query.order_by(Parameter.name, Parameter.id).limit(limit))
    ]


def parameter_row(session: Session, row_id: int) -> RecordRow:
    """One row by its stable id; raises NotFound."""
    return record_row(session, Parameter, row_id)


def parameter_history(session: Session, row_id: int) -> list[Version]:
    """Versions of a row, newest first."""
    return history_of(session, Parameter, row_id)
