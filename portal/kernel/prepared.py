"""Statements of the busiest paths, handed to the driver as they were compiled once.

Every upload of every phone runs some forty statements of which each is a row or two: what the database does for one takes
less than what the machinery around it takes to make, watch and unpack it. The values go through the same converters of
their columns' types as everywhere else, errors come as the same exceptions, and where somebody watches the connection's
statements, or none of its transactions has begun, they run the ordinary way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Executable, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Converter = Callable[[Any], Any]
_CURSOR = "prepared_cursor"


@dataclass(frozen=True)
class _Made:
    """A statement for one kind of database."""

    text: str
    fixed: Mapping[str, Any]
    into: tuple[tuple[str, Converter], ...]
    order: tuple[tuple[str, Converter | None], ...] | None  # where the driver takes values by their place
    out: tuple[tuple[int, Converter], ...]
    line: Callable[[Sequence[Any]], Any]

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver takes."""
        if self.order is not None:
            known = {**self.fixed, **given} if self.fixed else given
            return [known[name] if convert is None else convert(known[name]) for name, convert in self.order]
        values = {**self.fixed, **given}
        for name, convert in self.into:
            values[name] = convert(values[name])
        return values

    def row(self, raw: Sequence[Any]) -> Any:
        """A row as named values."""
        if self.out:
            found = list(raw)
            for place, convert in self.out:
                found[place] = convert(found[place])
            return self.line(found)
        return self.line(raw)


class Prepared:
    """One statement without lists of unknown length: its columns' names are the names of the rows' values."""

    def __init__(self, statement: Executable, names: Sequence[str] = ()) -> None:
        """`names`: the columns that an INSERT fills; each row names all of them."""
        self.statement = statement
        self._names = list(names) or None
        self._made: dict[str, _Made] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Run it in the connection's transaction; every row, as a named tuple. Raises DBAPIError."""
        if _is_ordinary(connection):
            return list(connection.execute(self.statement, values))
        made, cursor = self._at(connection)
        try:
            cursor.execute(made.text, made.values(values))
            found = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _told(connection, made.text, error) from error
        return [made.row(raw) for raw in found]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, *rows: Mapping[str, Any]) -> None:
        """Run it for its effect, once for each of some rows. Raises DBAPIError."""
        if _is_ordinary(connection):
            connection.execute(self.statement, list(rows))
            return
        made, cursor = self._at(connection)
        try:
            if len(rows) == 1:
                cursor.execute(made.text, made.values(rows[0]))
            else:
                cursor.executemany(made.text, [made.values(row) for row in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _told(connection, made.text, error) from error

    def _at(self, connection: Connection) -> tuple[_Made, Any]:
        made = self._made.get(connection.dialect.name)
        if made is None:
            made = self._made[connection.dialect.name] = _compiled(self.statement, self._names, connection.dialect)
        info = connection.info  # of the driver's connection: goes with it
        cursor = info.get(_CURSOR)
        if cursor is None:
            cursor = info[_CURSOR] = connection.connection.cursor()
        return made, cursor


class PreparedInsert:
    """One row into one table; made once for each set of columns. Raises DBAPIError."""

    def __init__(self, table: Table) -> None:
        """`table` has a key named `id`."""
        self.table = table
        self._made: dict[tuple[str, ...], Prepared] = {}

    def add(self, connection: Connection, row: Mapping[str, Any]) -> int:
        """The new row's id. The row names every value that has no default in the database itself."""
        names = tuple(row)
        made = self._made.get(names)
        if made is None:
            made = self._made[names] = Prepared(insert(self.table).returning(self.table.c.id), names)
        return int(made.first(connection, row)[0])


def among(column: ColumnElement[Any], size: int) -> ColumnElement[bool]:
    """`column` is one of `size` values, given by `listed`."""
    return column.in_([bindparam(f"listed_{place}", type_=column.type) for place in range(size)])


def size_for(items: Sequence[Any]) -> int:
    """The next power of two: a handful of statements serves lists of all lengths."""
    return 1 << (len(items) - 1).bit_length()


def listed(items: Sequence[Any]) -> dict[str, Any]:
    """The values of a list that is not empty for a statement of `size_for` it; its last one fills the places left over."""
    return {f"listed_{place}": items[min(place, len(items) - 1)] for place in range(size_for(items))}


def _is_ordinary(connection: Connection) -> bool:
    """Somebody watches its statements, or no transaction has begun: then SQLAlchemy itself runs them, and begins one."""
    return bool(connection.dispatch.before_cursor_execute) or not connection.in_transaction()


def _compiled(statement: Any, names: list[str] | None, dialect: Dialect) -> _Made:
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.insert_prefetch, "an INSERT of which every value is named"
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    assert not any(bind.expanding for bind in binds.values()), "no lists"
    into = {name: _way(bind.type, dialect, "bind_processor") for name, bind in binds.items()}
    places = compiled.positiontup if compiled.positional else None
    columns = [(column[0], column[3]) for column in compiled._result_columns]
    out = [_way(kind, dialect, "result_processor", None) for _, kind in columns]
    line: Any = namedtuple("Line", [name for name, _ in columns], rename=True)  # type: ignore[misc]  # named by the statement
    return _Made(
        text=str(compiled),
        fixed={name: bind.effective_value for name, bind in binds.items() if not bind.required},
        into=tuple((name, way) for name, way in into.items() if way is not None),
        order=tuple((name, into[name]) for name in places) if places is not None else None,
        out=tuple((place, way) for place, way in enumerate(out) if way is not None),
        line=line._make if columns else tuple,  # a text says nothing of what it answers
    )


def _way(kind: Any, dialect: Dialect, which: str, *more: Any) -> Converter | None:
    found: Converter | None = getattr(kind.dialect_impl(dialect), which)(dialect, *more)
    return found


def _told(connection: Connection, text: str, error: Any) -> Exception:
    """As SQLAlchemy itself tells it; a connection whose server has gone is used no more."""
    dialect, raw = connection.dialect, connection.connection.dbapi_connection
    gone = dialect.is_disconnect(error, raw, None)
    said: Exception = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone, dialect=dialect
    )  # fmt: skip
    if gone:
        connection.invalidate(error)
    return said
