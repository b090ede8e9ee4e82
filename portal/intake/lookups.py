"""Bulk look-ups by key in the current rows of a register, in short read transactions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, and_, select

CHUNK = 800
PREFILTER = 2000


def stored(value: Any) -> Any:
    """A value of a row as staging keeps it: dates as ISO text, blobs as bytes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return value


def _chunks(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def find_rows(
    engine: Engine,
    table: Table,
    key: Sequence[str],
    keys: Iterable[tuple[Any, ...]],
    wanted: Sequence[str] | None = None,
) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """Current rows of a table by key tuple (values as staging keeps them). Keys with a None in them find nothing.

    `wanted` limits the columns; all of them by default.
    """
    return {found: rows[-1] for found, rows in find_all_rows(engine, table, key, keys, wanted).items()}


def find_all_rows(
    engine: Engine,
    table: Table,
    key: Sequence[str],
    keys: Iterable[tuple[Any, ...]],
    wanted: Sequence[str] | None = None,
) -> dict[tuple[Any, ...], list[Mapping[str, Any]]]:
    """The same where several rows may have one key."""
    asked = _ordered({k for k in keys if None not in k})
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    if not asked:
        return found
    columns = [table.c[name] for name in key]
    shown = list(table.c) if wanted is None else [table.c[name] for name in dict.fromkeys([*key, *wanted])]
    names = [c.name for c in shown]
    at = [names.index(name) for name in key]
    with engine.connect() as connection:
        asked = _leading_exists(connection, table, columns[0], asked) if len(asked) > PREFILTER else asked
        for chunk in _chunks(asked):
            typed = [
                tuple(_typed(column, value) for column, value in zip(columns, values, strict=True)) for values in chunk
            ]
            statement = select(*shown).where(table.c.superseded_at.is_(None), _near(columns, typed))
            mine = set(chunk)
            for row in connection.execute(statement).all():
                values = [stored(value) for value in row]
                found_key = tuple(values[i] for i in at)
                if found_key in mine:
                    found.setdefault(found_key, []).append(dict(zip(names, values, strict=True)))
        connection.rollback()
    return found


def _ordered(keys: set[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    try:
        return sorted(keys)
    except TypeError:  # values of two kinds in one column: the order only makes the ranges tight
        return list(keys)


def _near(columns: Sequence[Column[Any]], typed: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """A condition that the index serves and that lets hardly anything else through.

    Not a row-value IN: SQLite answers that by scanning the whole index, so that a file of bank returns took the longer
    the more payments there were.
    """
    condition: ColumnElement[bool] = columns[0].in_(list(dict.fromkeys(t[0] for t in typed)))
    if len(columns) > 1 and all(type(t[1]) is int for t in typed):
        second = [t[1] for t in typed]
        condition = and_(condition, columns[1].between(min(second), max(second)))
    return condition


def _leading_exists(
    connection: Connection, table: Table, leading: Column[Any], asked: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Ask only for keys whose first part is there at all: a new payment batch then costs one look."""
    there: set[Hashable] = set()
    for chunk in _chunks(list(dict.fromkeys(k[0] for k in asked))):
        values = [_typed(leading, value) for value in chunk]
        statement = select(leading).distinct().where(table.c.superseded_at.is_(None), leading.in_(values))
        there.update(stored(value) for value in connection.execute(statement).scalars())
    return [k for k in asked if k[0] in there]


def _typed(column: Column[Any], value: Any) -> Any:
    if isinstance(value, str) and column.type.python_type is date:
        return date.fromisoformat(value)
    return value


class Finder:
    """Finds ids by key and remembers them between chunks; what is not there is remembered too."""

    def __init__(self, engine: Engine, table: Table, key: Sequence[str], wanted: str = "id") -> None:
        self._engine = engine
        self._table = table
        self._key = tuple(key)
        self._wanted = wanted
        self._known: dict[tuple[Any, ...], Any] = {}

    def find(self, keys: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The wanted column for each key, None where there is no such row (or the key is not complete)."""
        known = self._known
        missing = {k for k in keys if k not in known}
        if missing:
            rows = find_rows(self._engine, self._table, self._key, missing, [self._wanted])
            for k in missing:
                row = rows.get(k)
                known[k] = None if row is None else row[self._wanted]
        return [known[k] for k in keys]

    def learn(self, key: tuple[Any, ...], value: Any) -> None:
        """Add what this file itself brings."""
        self._known[key] = value
