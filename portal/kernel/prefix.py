"""Searching by the beginning of a text so that an ordinary index answers, on both databases.

`LIKE 'x%'` reads the whole table here: SQLite's ignores case, which no plain index can serve, and PostgreSQL's wants an
index of its own kind and a pattern known when the statement is planned. A range over the bytes has neither trouble.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Index, literal, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_LAST = "\U0010ffff"  # no text that begins so comes after this


class begins(FunctionElement[bool]):  # written like a function of the database
    """True where the column's text begins with `words`, sign by sign (upper and lower case differ)."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, words: str) -> None:
        super().__init__(column, literal(words), literal(words + _LAST))

    def self_group(self, against: Any = None) -> Any:
        """Stands as it is: `(…) = 1`, which SQLite is otherwise asked about a truth, would use no index."""
        return self


@compiles(begins)
def _range(element: begins, compiler: SQLCompiler, **kwargs: Any) -> str:
    return _between(element, compiler, (">=", "<"), kwargs)


@compiles(begins, "postgresql")
def _byte_range(element: begins, compiler: SQLCompiler, **kwargs: Any) -> str:
    # Sign by sign like the index of `prefix_index`, whatever the database's language sorts first.
    return _between(element, compiler, ("~>=~", "~<~"), kwargs)


def _between(element: begins, compiler: SQLCompiler, signs: tuple[str, str], kwargs: dict[str, Any]) -> str:
    column, first, last = (compiler.process(part, **kwargs) for part in element.clauses)
    return f"({column} {signs[0]} {first} AND {column} {signs[1]} {last})"


def prefix_index(name: str, column: str, *more: str) -> Index:
    """The index of a register table that answers `begins(column, …)` among current rows; `more` columns ride along."""
    current = text("superseded_at IS NULL")
    classes = {column: "varchar_pattern_ops"}
    return Index(name, column, *more, postgresql_ops=classes, sqlite_where=current, postgresql_where=current)
