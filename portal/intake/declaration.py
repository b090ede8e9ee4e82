"""How a kind of file is declared: its columns, their types, what they refer to, and the tables they end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from portal.kernel.cells import CLEAR, CellKind
from portal.kernel.errors import CellProblem

__all__ = ["CLEAR", "READ_AS", "SENSITIVE", "Cell", "Column", "Columns", "Kind", "Problems", "Reference", "Settle"]

Columns = dict[str, list[Any]]
"""Typed values by field name, all of the same length. None: the file does not say. CLEAR (清空): the file empties it."""


class Cell(Enum):
    """What a cell holds (types of the data dictionary)."""

    TEXT = auto()
    CODE = auto()  # a key of the trade: text without blanks
    DIVISION = auto()  # 统计用区划代码, padded to 12 digits
    ID = auto()  # resident ID
    PAYEE_ID = auto()  # resident ID or unified social credit code
    UNIT = auto()  # code or unique name of a unit
    MONEY = auto()
    DATE = auto()
    MONTH = auto()
    YES_NO = auto()
    CHOICE = auto()
    INTEGER = auto()
    YEAR = auto()
    PERCENT = auto()  # kept as hundredths of a per cent
    LATITUDE = auto()  # kept as degrees × 10^7
    LONGITUDE = auto()
    ACCOUNT = auto()
    PHONE = auto()


READ_AS: Final = {
    Cell.TEXT: CellKind.TEXT,
    Cell.CODE: CellKind.TEXT,
    Cell.DIVISION: CellKind.CODE12,
    Cell.ID: CellKind.ID,
    Cell.PAYEE_ID: CellKind.ID,
    Cell.UNIT: CellKind.TEXT,
    Cell.MONEY: CellKind.MONEY,
    Cell.DATE: CellKind.DATE,
    Cell.MONTH: CellKind.MONTH,
    Cell.YES_NO: CellKind.YN,
    Cell.CHOICE: CellKind.CHOICE,
    Cell.INTEGER: CellKind.INTEGER,
    Cell.YEAR: CellKind.YEAR,
    Cell.PERCENT: CellKind.PERCENT,
    Cell.LATITUDE: CellKind.DEGREES,
    Cell.LONGITUDE: CellKind.DEGREES,
    Cell.ACCOUNT: CellKind.ACCOUNT,
    Cell.PHONE: CellKind.PHONE,
}
"""How the kernel reads each."""

SENSITIVE: Final = frozenset({Cell.ID, Cell.PAYEE_ID, Cell.ACCOUNT, Cell.PHONE})


@dataclass(frozen=True)
class Reference:
    """Where a column's value must be found, and the field that takes what is found there."""

    table: str
    by: str
    into: str | None = None  # None: the value itself is kept (division codes, project codes of pairings)
    what: str = ""  # in words: 资金项目


@dataclass(frozen=True)
class Column:
    """One column of the data dictionary."""

    header: str
    field: str
    cell: Cell = Cell.TEXT
    aliases: tuple[str, ...] = ()
    required: bool = False  # for a new record; key columns always
    choices: tuple[str, ...] = ()
    default: Any = None
    reference: Reference | None = None
    length: int | None = None
    example: str = ""
    least: int | None = None  # of an amount, in fen
    village: bool = False  # of a division code: a township or a wider place will not do

    @property
    def sensitive(self) -> bool:
        """True where the value must never be stored or logged in clear."""
        return self.cell in SENSITIVE


@dataclass
class Problems:
    """Wrong cells of one chunk, by index of the row within the chunk."""

    rows: list[int]  # row numbers as the sheet shows them
    found: list[CellProblem] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)

    def add(self, index: int, header: str, value: object, why: str, fix: str) -> None:
        """Refuse row `index` of the chunk because of this cell."""
        shown = "（空）" if value is None else CLEAR.value if value is CLEAR else str(value)
        self.found.append(CellProblem(self.rows[index], header, shown[:200], why, fix))
        self.bad.add(index)


Settle = Callable[[Columns, Problems], None]
"""A rule over several columns of a chunk: may add fields and refuse rows."""


@dataclass(frozen=True)
class Kind:
    """One kind of file (表): what the CLI takes and what the wizard offers."""

    name: str
    title: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # fields that name a row for the user
    db_key: tuple[str, ...]  # columns of the table that are unique among current rows
    money: str | None = None  # header of the column that is summed
    settle: Settle | None = None
    chunk_rows: int = 20_000
    refers_to_itself: bool = False
    two_hands: bool = False  # whatever a file of this kind writes waits for a second person in the console

    def column(self, header: str) -> Column:
        """The column with this header; KeyError when the kind has none."""
        for column in self.columns:
            if column.header == header:
                return column
        raise KeyError(header)

    @property
    def money_field(self) -> str | None:
        """Field of the summed money column."""
        return self.column(self.money).field if self.money else None
