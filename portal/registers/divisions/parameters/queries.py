"""Reads of parameters: the value that holds for a place and a day, with the row it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.divisions.parameters.rules import CATALOGUE, ParameterRow, choose, is_family, known_parameter
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


# Made once: most that is decided depends on parameters.
_HOLDING = select(*_COLUMNS).where(
    Parameter.name.in_(bindparam("names", expanding=True)),
    Parameter.division_code.in_(bindparam("divisions", expanding=True)),
    Parameter.series == bindparam("series"),
)


@cache
def _dated(family: str) -> Select[*tuple[Any, ...]]:
    """Rows of some names and of a family in some divisions, whenever they hold."""
    in_places = Parameter.division_code.in_(bindparam("divisions", expanding=True))
    return select(*_COLUMNS).where(in_places, _under(bindparam("names", expanding=True), family))


@dataclass(frozen=True)
class LaidDown:
    """Every dated row of some names that may hold in a place, in hand: one statement for questions of many days."""

    names: frozenset[str]
    family: str
    chain: Sequence[str]
    rows: Mapping[str, Sequence[ParameterRow]]

    def covers(self, name: str) -> bool:
        """Whether the rows of a name were read."""
        return name in self.names or bool(self.family and name.startswith(self.family))

    def find(self, name: str, on: date, purpose: str = "", series: str = "") -> ParameterValue | None:
        """As `find_value`; only for a name that was read."""
        return value_among(self.rows.get(name, ()), name, self.chain, on, purpose, series)

    def values(self, names: Iterable[str], on: date, purpose: str = "") -> dict[str, ParameterValue]:
        """As `values_for`, of the names that were read."""
        found = {name: self.find(name, on, purpose) for name in names if self.covers(name)}
        return {name: value for name, value in found.items() if value is not None}


def laid_down(session: Session, names: Iterable[str], division: str, *, family: str = "") -> LaidDown:
    """What a place and those above it lay down under some names, whenever and for whatever purpose.

    `family`: with every name that begins so.
    """
    read = frozenset(names)
    chain = _chain(session, division)
    rows: dict[str, list[ParameterRow]] = {}
    for row in session.execute(_dated(family), {"names": sorted(read), "divisions": [*chain, NATION]}):
        rows.setdefault(row.name, []).append(ParameterRow(**row._mapping))
    return LaidDown(read, family, chain, rows)


def _chain(session: Session, division: str) -> list[str]:
    return [place.code for place in ancestors(session, [division]).get(division, [])] or [division]


def values_for(
    session: Session, names: Collection[str], division: str, on: date, purpose: str = "", series: str = ""
) -> dict[str, ParameterValue]:
    """Several values of one place and day in two statements; names that are unset are left out."""
    chain = _chain(session, division)
    rows: dict[str, list[ParameterRow]] = {}
    asked = {"names": list(names), "divisions": [*chain, NATION], "series": series}
    for row in session.execute(_HOLDING, asked):
        rows.setdefault(row.name, []).append(ParameterRow(**row._mapping))
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


def _under(names: Any, family: str) -> ColumnElement[bool]:
    """Rows of some names, and of every name that begins as a family's does."""
    named = Parameter.name.in_(names)
    return or_(named, Parameter.name.startswith(family, autoescape=True)) if family else named


def _rows(session: Session, *where: ColumnElement[bool]) -> Iterator[ParameterRow]:
    return (ParameterRow(**row._mapping) for row in session.execute(select(*_COLUMNS).where(*where)))


def list_rows_of(session: Session, name: str) -> list[ParameterRow]:
    """Every current row of one name, for a run that decides by many divisions and days (one statement).

    A name that ends with a dot is a family's: the rows of every name that begins so.
    """
    asked = _under((), name) if is_family(name) else Parameter.name == name
    return sorted(_rows(session, asked), key=lambda r: (r.name, r.division_code, r.purpose, r.series, r.valid_from))


def list_rows_named(session: Session, names: Collection[str], *, family: str = "") -> dict[str, list[ParameterRow]]:
    """Every current row of several names, for work on all places at once (one statement); absent where there is none.

    `family`: with every name that begins so.
    """
    found: dict[str, list[ParameterRow]] = {}
    for row in _rows(session, _under(names, family)):
        found.setdefault(row.name, []).append(row)
    return found


def value_among(
    rows: Iterable[ParameterRow], name: str, chain: Sequence[str], on: date, purpose: str = "", series: str = ""
) -> ParameterValue | None:
    """As `find_value`, of rows in hand; `chain` is the place's codes upward, itself first."""
    return _value(name, choose([row for row in rows if row.series == series], chain, on, purpose))


def list_parameters(
    session: Session,
    within: Collection[str],
    *,
    name: str = "",
    division: str = "",
    on: date | None = None,
    after: Start | None = None,
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
    names = [column.key for column in _COLUMNS]
    rows = rows_beside(session, query, (Parameter.name, Parameter.id), after, limit)
    return [dict(zip(names, row, strict=True)) for row in rows]


def parameter_row(session: Session, row_id: int) -> RecordRow:
    """One row by its stable id; raises NotFound."""
    return record_row(session, Parameter, row_id)


def parameter_history(session: Session, row_id: int) -> list[Version]:
    """Versions of a row, newest first."""
    return history_of(session, Parameter, row_id)
