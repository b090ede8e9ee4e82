"""How values of a register are written on a page: divisions and units by name, money in yuan, states as tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.intake import queries as imports
from portal.intake.queries import ImportFix, fixes_of_row
from portal.kernel.money import format_yuan
from portal.management.imports import may_see
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Cell, Column, RegisterPage, Row
from portal.registers.corrections import Change, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.history import HIDDEN, Version
from portal.web import access, exports
from portal.web.filters import listing

NONE = "—"


@dataclass(frozen=True)
class Names:
    """Names of the divisions and units that a page mentions."""

    divisions: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)


def names_for(session: Session, values: Iterable[tuple[Kind, Any]]) -> Names:
    """The names behind some values, in two statements."""
    pairs = [(kind, value) for kind, value in values if value is not None]
    codes = {value for kind, value in pairs if kind is Kind.DIVISION}
    ids = {value for kind, value in pairs if kind is Kind.UNIT}
    return Names(divisions.names_of(session, codes), divisions.unit_names(session, ids))


def written(kind: Kind, value: Any, names: Names) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return NONE
    if value == HIDDEN:
        return HIDDEN  # of any kind of field
    if isinstance(value, bool):
        return _text(_("是") if value else _("否"))
    if kind is Kind.MONEY:
        return format_yuan(value)
    if kind is Kind.DIVISION:
        return names.divisions.get(value, str(value))
    if kind is Kind.UNIT:
        return names.units.get(value, str(value))
    if kind is Kind.DEGREES:
        return f"{value / 10**7:.6f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if kind is Kind.WORDS:
        return listing().join(_(word.strip()) for word in str(value).split("、") if word.strip())
    return _text(_(value)) if kind is Kind.CHOICE else _text(value)


def _text(value: object) -> str:
    return str(value)


def table_cells(session: Session, page: RegisterPage, rows: Sequence[Row]) -> list[list[Cell]]:
    """The cells of a list, row by row; the first one links to the record."""
    names = names_for(session, ((c.kind, row.get(c.name)) for row in rows for c in page.columns))
    return [[_cell(page, column, at, row, names) for at, column in enumerate(page.columns)] for row in rows]


def _cell(page: RegisterPage, column: Column, at: int, row: Row, names: Names) -> Cell:
    value = row.get(column.name)
    href = column.href(row) if column.href else f"{page.path}/{row[page.record_name]}" if at == 0 else ""
    tag = column.tags.get(str(value), "") if value is not None else ""
    text = str(column.words[str(value)]) if str(value) in column.words else written(column.kind, value, names)
    return Cell(text, href if value is not None or at == 0 else "", column.kind, tag)


@dataclass(frozen=True)
class Fact:
    """One line of a record: label, what is shown, and the field to reveal (empty: nothing sealed there)."""

    label: Any
    text: str
    reveals: str = ""


def facts(
    session: Session, page: RegisterPage, record: RecordRow, masked: Mapping[str, str], full: bool = True
) -> list[Fact]:
    """The lines of a record. A sealed field shows its masked form and can be revealed where there is a value.

    Without the full right a private field shows its masked form, or that it is hidden.
    """
    names = names_for(session, ((f.kind, record.values.get(f.source)) for f in page.fields))
    if not full:
        hidden = {f.name: HIDDEN for f in page.fields if f.private and record.values.get(f.source) is not None}
        masked = {**hidden, **masked}
    return [_fact(page, f, record, masked, names) for f in page.fields if f.source in record.values]


def _fact(page: RegisterPage, f: Field, record: RecordRow, masked: Mapping[str, str], names: Names) -> Fact:
    value = record.values.get(f.source)
    if f.kind is Kind.SEALED:
        shown = NONE if value is None else masked.get(f.name, HIDDEN)
        return Fact(f.label, shown, f.name if value is not None and page.reveal else "")
    return Fact(f.label, masked[f.name] if f.name in masked else written(f.kind, value, names))


@dataclass(frozen=True)
class Difference:
    """One changed field as a page shows it."""

    label: Any
    before: str
    after: str


def differences(session: Session, page: RegisterPage, changes: Sequence[Change]) -> list[Difference]:
    """Changes in words. Of a sealed field only that it changed."""
    kinds = {f.source: f.kind for f in page.fields}
    both = ((kinds.get(c.field, Kind.TEXT), value) for c in changes for value in (c.before, c.after))
    names = names_for(session, both)
    return [
        Difference(
            page.label_of(c.field), *(written(kinds.get(c.field, Kind.TEXT), v, names) for v in (c.before, c.after))
        )
        for c in changes
    ]


@dataclass(frozen=True)
class Past:
    """One version in a history: the act in words, what it changed, and the row of the sheet it came from."""

    version: Version
    differences: Sequence[Difference]
    sheet_row: int | None = None
    fixes: Sequence[ImportFix] = ()  # cells of that row that were corrected on screen before it entered
    import_no: str = ""  # the import's page, where there is one that the reader may open


def past(session: Session, page: RegisterPage, history: Sequence[Version], full: bool = True) -> list[Past]:
    """A history for the page, newest first; without the full right private values are hidden there too."""
    ids = {v.source.batch_id for v in history if v.source and v.source.batch_id}
    batches = {n: batch for n in ids if (batch := imports.find_batch(session, n)) is not None}
    return [_past(session, page, version, batches, full) for version in history]


def _past(
    session: Session, page: RegisterPage, v: Version, batches: Mapping[int, imports.ImportBatch], full: bool
) -> Past:
    batch = batches.get(v.source.batch_id) if v.source and v.source.batch_id else None
    row = _sheet_row(v, batch)
    return Past(
        v,
        differences(session, page, v.changes if full else _hidden(page, v.changes)),
        row,
        fixes_of_row(session, v.source.batch_id, row) if v.source and v.source.batch_id and row else (),
        batch.no if batch is not None and access.can(Permission.VIEW_IMPORTS) and may_see(batch) else "",
    )


def entered(session: Session, page: RegisterPage, version: Version, full: bool) -> list[Difference]:
    """What a first version registered, field by field in the order of the page; empty fields are left out."""
    order = {f.source: at for at, f in enumerate(page.fields)}
    known = [c for c in version.entered if c.after is not None and c.field.replace("_index", "_sealed") in order]
    known.sort(key=lambda c: order[c.field.replace("_index", "_sealed")])
    return differences(session, page, known if full else _hidden(page, known))


def _sheet_row(version: Version, batch: imports.ImportBatch | None) -> int | None:
    source = version.source
    if source is None or source.batch_id is None or source.row is None:
        return None
    return imports.sheet_row(batch, source.table, source.row) if batch else source.row + 1


def _hidden(page: RegisterPage, changes: Sequence[Change]) -> list[Change]:
    private = {f.source for f in page.fields if f.private} | {"extensions"}
    return [
        Change(c.field, *(HIDDEN if v is not None else None for v in (c.before, c.after))) if c.field in private else c
        for c in changes
    ]


_EXPORTED: Final[Mapping[Kind, exports.Kind]] = {Kind.MONEY: "fen", Kind.DATE: "date", Kind.NUMBER: "number"}


def download_columns(page: RegisterPage) -> list[exports.Column]:
    """Columns of a download: codes and names both, money in fen, dates as dates."""
    found = []
    for c in page.columns:
        found.append(exports.Column(c.name, str(c.label), _EXPORTED.get(c.kind, "text")))
        if c.kind in (Kind.DIVISION, Kind.UNIT):
            found.append(exports.Column(f"{c.name}_name", _("%(what)s名称", what=str(c.label)), "text"))
    return found


def download_rows(session: Session, page: RegisterPage, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of a download, with the names beside the codes."""
    names = names_for(session, ((c.kind, row.get(c.name)) for row in rows for c in page.columns))
    found = []
    for row in rows:
        out = {c.name: c.words.get(str(row.get(c.name)), row.get(c.name)) for c in page.columns}
        for c in page.columns:
            if c.kind in (Kind.DIVISION, Kind.UNIT) and out[c.name] is not None:
                out[f"{c.name}_name"] = written(c.kind, out[c.name], names)
        found.append({k: _downloaded(v) for k, v in out.items()})
    return found


def _downloaded(value: Any) -> Any:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return value if value is None or isinstance(value, str | int | date | datetime) else str(value)
