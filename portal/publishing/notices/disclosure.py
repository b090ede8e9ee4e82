"""What everybody reads of a notice. The only place of notices that masks: by the kind of a field, never by its look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from portal.kernel.masking import mask_address, mask_name
from portal.kernel.money import format_yuan
from portal.publishing.notice_gate import GatedField
from portal.publishing.notices.patterns.rules import Of, Pattern, get_pattern
from portal.trail.encoding import canonical

Cell = str | int
SMALL_CELL: Final = 5


@dataclass(frozen=True)
class SourceRow:
    """A line as it was written: whole name, household, and the facts of the registers that it tells (kind, number)."""

    cells: Mapping[str, Cell]
    household_no: str | None = None
    facts: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Source:
    """全文 before masking: what stands above the list, and the list."""

    lead: str = ""
    board_place: str = ""
    contact: str = ""
    details: Mapping[str, Cell] = field(default_factory=dict)
    rows: Sequence[SourceRow] = ()
    declared: Mapping[str, int] = field(default_factory=dict)  # what the table's own sum line says, by column

    def as_json(self) -> dict[str, Any]:
        """For sealing."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Source:
        """Back from the sealed text."""
        rows = [SourceRow(r["cells"], r["household_no"], r["facts"]) for r in values["rows"]]
        return cls(**{**values, "rows": rows})


@dataclass(frozen=True)
class PublicNotice:
    """What everybody reads, and what is printed: nothing else of a notice leaves."""

    no: str
    kind: str
    pattern: str
    title: str
    issuer: str
    division_code: str
    place: str
    lead: str
    board_place: str
    contact: str
    hotlines: str
    basis: str
    days: int | None
    day_unit: str | None
    replaces_no: str | None
    details: Sequence[tuple[str, Cell, str]]  # label, value, what it is
    columns: Sequence[tuple[str, str, str]]  # code, label, what it is
    rows: Sequence[Mapping[str, Cell]]
    totals: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Canonical values, for sealing and for the digest."""
        return {**asdict(self), "details": [list(d) for d in self.details], "columns": [list(c) for c in self.columns]}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> PublicNotice:
        """Back from the sealed text."""
        details, columns = ([tuple(one) for one in values[name]] for name in ("details", "columns"))
        return cls(**{**values, "details": details, "columns": columns})

    @property
    def sha256(self) -> str:
        """The digest of what was published: SHA-256 over its canonical JSON."""
        return hashlib.sha256(canonical(self.as_json())).hexdigest()

    @property
    def sums(self) -> list[tuple[str, int, str]]:
        """Label, sum and kind of each column that has one."""
        return [(label, self.totals[code], of) for code, label, of in self.columns if code in self.totals]

    @property
    def bare(self) -> PublicNotice:
        """The same without anything that somebody wrote: what the site itself says around a notice."""
        return replace(
            self, title="", lead="", board_place="", contact="", details=(), rows=(), totals={}, issuer="", place=""
        )


def public_notice(
    facts: Mapping[str, Any], source: Source, place: str, hotlines: str, smallest: int = SMALL_CELL
) -> PublicNotice:
    """Mask a notice for everybody. `facts`: no, kind, pattern, title, issuer, division_code, days, day_unit, replaces_no."""
    pattern = get_pattern(facts["pattern"])
    return PublicNotice(
        **facts,
        place=place,
        lead=source.lead or pattern.lead,
        board_place=source.board_place,
        contact=source.contact,
        hotlines=hotlines,
        basis=pattern.basis,
        details=[(d.label, source.details[d.code], d.of) for d in pattern.details if source.details.get(d.code)],
        columns=[(c.code, c.label, c.of) for c in used_columns(pattern, source.rows)],
        rows=[masked_row(pattern, row) for row in source.rows],
        totals=totals_of(pattern, source.rows, smallest) | dict(source.declared),
    )


def used_columns(pattern: Pattern, rows: Sequence[SourceRow]) -> list[Any]:
    """The columns in which any line has something."""
    return [c for c in pattern.columns if any(row.cells.get(c.code) not in (None, "") for row in rows)]


def masked_row(pattern: Pattern, row: SourceRow) -> dict[str, Cell]:
    """One line for everybody: names masked, places up to the group."""
    shown: dict[str, Cell] = {}
    for column in pattern.columns:
        value = row.cells.get(column.code)
        if value is None or value == "":
            continue
        if column.of is Of.NAME:
            value = mask_name(str(value))
        elif column.of is Of.GROUP:
            value = mask_address(str(value))
        shown[column.code] = value
    return shown


def totals_of(pattern: Pattern, rows: Sequence[SourceRow], smallest: int) -> dict[str, int]:
    """What stays when the list is gone: how many lines and the sums; of fewer than `smallest` people nothing."""
    if not rows or (pattern.lists_people and len(rows) < smallest):
        return {}
    sums = {c.code: sum(int(r.cells.get(c.code) or 0) for r in rows) for c in pattern.sums}
    return {"rows": len(rows), **{code: total for code, total in sums.items() if total}}


def gated_fields(notice: PublicNotice) -> Iterator[GatedField]:
    """Every field of a notice as it will stand, for the gate."""
    above = (
        ("标题", notice.title), ("发布单位", notice.issuer), ("正文", notice.lead), ("张贴地点", notice.board_place),
        ("联系电话", notice.contact),
    )  # fmt: skip
    for label, text in above:
        yield GatedField(label, None, Of.WORDS, text)
    for label, value, of in notice.details:
        yield GatedField(label, None, of, cell_text(value, of))
    for number, row in enumerate(notice.rows, 1):
        for code, label, of in notice.columns:
            if code in row:
                yield GatedField(label, number, of, cell_text(row[code], of))


def typed_fields(notice: PublicNotice, source: Source) -> Iterator[GatedField]:
    """The cells that will stand masked, as they were typed: what must not be in them at all, masked or not."""
    for number, row in enumerate(source.rows, 1):
        for code, label, of in notice.columns:
            if of in (Of.NAME, Of.GROUP) and row.cells.get(code):
                yield GatedField(label, number, of, str(row.cells[code]))


def gated_totals(notice: PublicNotice) -> list[GatedField]:
    """Sums that could be taken apart."""
    return [GatedField(label, None, of, str(total)) for label, total, of in notice.sums if of == Of.HOUSEHOLDS]


def cell_text(value: Cell, of: str) -> str:
    """A cell as a sheet of paper shows it."""
    return f"{format_yuan(int(value))} 元" if of == Of.MONEY else str(value)
