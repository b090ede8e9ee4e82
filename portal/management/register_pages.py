"""What a register page is: columns, filters, fields and the functions of the register that it calls.

Declare a `RegisterPage` and hand it to `register_views.blueprint_of`: that gives the search-first list (keyset paging,
filters in the address, downloads), the record with its history, the forms to add and correct with reason and the
difference before saving, the withdrawal, and the reveal of one sealed field. Addresses: `/console/<slug>`,
`/console/<slug>.csv`, `/console/<slug>/new`, `/console/<slug>/<record>`, `…/correct`, `…/withdraw`, `…/reveal`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import BadInput
from portal.kernel.keyset import Start
from portal.management.register_fields import Choices, Field, Kind, options, read_division
from portal.registers.corrections import Act, RecordRow
from portal.registers.history import Version
from portal.registers.reveals import Revealed
from portal.web.language import clauses

Row = Mapping[str, Any]
Wanted = Mapping[str, str]
"""Filters as they stand in the address, checked: choices are of the list, divisions are 12-digit codes."""
ListRows = Callable[[Session, Collection[str], Wanted, Start | None, int], Sequence[Row]]
"""(session, scope codes, filters, where the page starts, limit) → rows. Core rows, constant SQL."""


@dataclass(frozen=True)
class Column:
    """One column of a list and of its downloads. `href` makes a link from a row (without language prefix)."""

    name: str
    label: Any
    kind: Kind = Kind.TEXT
    href: Callable[[Row], str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)  # value → ok, warn, bad, info: shown as a state
    words: Mapping[str, Any] = field(default_factory=dict)  # value → how people say it, where it is kept as a code


@dataclass(frozen=True)
class Filter:
    """One filter of a list: free words, a choice, a number, a date or a division."""

    name: str
    label: Any
    kind: Kind = Kind.TEXT
    choices: Choices = ()
    hint: Any = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a section's table."""

    text: Any
    href: str = ""
    kind: Kind = Kind.TEXT
    tag: str = ""


@dataclass(frozen=True)
class Section:
    """A table below a record: members, incomes, pairings, payments."""

    title: Any
    headers: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    empty: Any
    links: Sequence[tuple[str, Any]] = ()
    note: Any = ""


def _no_sections(_session: Session, _record: RecordRow, _full: bool) -> Sequence[Section]:
    return ()


def _as_it_is(row: Row, _full: bool) -> Row:
    return row


def _nothing_hidden(_session: Session, _record: RecordRow, _full: bool) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class RegisterPage:
    """The declaration of one register in the console.

    `read` and `write` are asked for the role by the route and for the record's place by the view: what lies outside is
    answered with 404. `place` gives a record's division (None: of nobody in particular). `full` is the permission that
    shows names unmasked. `rows` None: no list of its own (persons are reached from their household).
    """

    slug: str
    title: Any
    one: Any
    read: Permission
    write: Permission
    fields: Sequence[Field]
    find: Callable[[Session, str], RecordRow]
    place: Callable[[Session, RecordRow], str | None]
    heading: Callable[[RecordRow], str]
    history: Callable[[Session, int], Sequence[Version]]
    columns: Sequence[Column] = ()
    key: Sequence[str] = ("id",)
    rows: ListRows | None = None
    filters: Sequence[Filter] = ()
    record_name: str = "id"  # the value of a list row that addresses the record
    full: Permission = Permission.REVEAL_SEALED
    add: Callable[[Session, dict[str, Any], Act], str] | None = None  # → the new record's name in the address
    correct: Callable[[Session, int, dict[str, Any], Act, str | None], object] | None = None
    withdraw: Callable[[Session, int, Act, str | None], object] | None = None
    reveal: Callable[[Session, int, str, Act], Revealed] | None = None
    witnessed: Callable[[RecordRow], tuple[str, Sequence[tuple[str, str]]]] | None = None  # that it was looked at
    sections: Callable[[Session, RecordRow, bool], Sequence[Section]] = _no_sections
    shape: Callable[[Row, bool], Row] = _as_it_is  # disclosure of a list row
    masked: Callable[[Session, RecordRow, bool], Mapping[str, str]] = _nothing_hidden  # field → what is shown of it
    parent: Callable[[Session, RecordRow], tuple[str, Any]] | None = None  # (address, label) of what it belongs to
    links: Sequence[tuple[str, Any, Permission]] = ()  # (end of the address, label, permission): further acts
    finds_in_scope: bool = False  # `find` itself answers only inside the reader's scope
    searches_ids: bool = False  # a form of its own posts an ID number: it never stands in an address
    note: Any = ""
    shows: bool = True  # False: a list only; what a row leads to has views of its own, or is in another register
    boards: Sequence[tuple[str, Any]] = ()  # (address, label): other ways to look at the same list
    empty: Any = ""  # what an empty list means here
    proposed: str = ""  # address below which what is typed waits for a second person; `add` … give its name there

    @property
    def path(self) -> str:
        """Address of the list."""
        return f"/console/{self.slug}"

    @property
    def is_personal(self) -> bool:
        """True when rows of the list name people: whole names leave only with a second person's approval."""
        return self.shape is not _as_it_is

    def field_named(self, name: str) -> Field:
        """A field by its name."""
        return next(f for f in self.fields if f.name == name)

    def label_of(self, column: str) -> Any:
        """The label of a column in a history: an index stands for its number."""
        sealed = column.replace("_index", "_sealed")
        return next((f.label for f in self.fields if f.source in (column, sealed)), column)


def read_filters(session: Session, page: RegisterPage, args: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The filters of an address that can be read, and what is said about the others."""
    wanted: dict[str, str] = {}
    problems: list[str] = []
    for f in page.filters:
        typed = args.get(f.name, "").strip()
        if not typed:
            continue
        try:
            wanted[f.name] = _read_filter(session, f, typed)
        except BadInput as error:
            problems.append(clauses(error.what, error.fix))
    return wanted, problems


def _read_filter(session: Session, f: Filter, typed: str) -> str:
    if f.kind is Kind.CHOICE and typed not in {str(value) for value, _label in options(f.choices)}:
        raise BadInput("筛选里没有这一项", fix="从列出的各项里选")
    if f.kind is Kind.DIVISION:
        return read_division(session, typed)
    if f.kind is Kind.NUMBER and not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise BadInput("这个筛选要填数字", fix="只填数字")
    if f.kind is Kind.DATE and not _is_date(typed):
        raise BadInput("这个筛选要填日期", fix="例如 2026-09-02")
    if f.kind is Kind.TEXT and looks_like_number(typed):
        raise BadInput("证件号码不在这里查", fix="用页面上的“按证件号码查”，号码不会留在地址里")
    return typed


def _is_date(typed: str) -> bool:
    return len(typed) == 10 and typed[4] == typed[7] == "-" and typed.replace("-", "").isdigit()


def looks_like_number(typed: str) -> bool:
    """Fifteen digits or more: an ID number or an account, which must not stand in an address."""
    digits = sum(1 for char in typed if char.isdigit())
    return digits >= 15 and len(typed) - digits <= 3


def key_of(page: RegisterPage, row: Row) -> tuple[str | int | None, ...]:
    """The sort key of a row as a cursor carries it; dates as text."""
    return tuple(v if isinstance(v, str | int | None) else str(v) for v in (row[name] for name in page.key))
