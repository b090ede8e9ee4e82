"""From a file to a staged import: read in the jail, columns recognised, totals taken out, rows judged, report written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from portal.intake.declaration import Kind, Problems
from portal.intake.headers import HeaderPlan, plan_header
from portal.intake.normalising import Normaliser
from portal.intake.overlay import Overlay
from portal.intake.profiles import Profile
from portal.intake.stage import BAD, Staged, Stager
from portal.intake.totals import CheckedTotal, TotalsBook, Unbalanced, check_balance
from portal.kernel.characters import tidy
from portal.kernel.errors import BadInput
from portal.kernel.sealing import Keyring
from portal.kernel.sheets.reading import Batch, Table, file_digest, read_table

EXAMPLE = "示例"
KEPT_REFUSED = 20_000


@dataclass
class FileFindings:
    """What a file says about itself, beside its rows."""

    name: str
    sha256: str
    bytes: int
    sheet: str
    columns: tuple[str, ...]
    banner: list[list[str | None]]
    extensions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    places: dict[str, int] = field(default_factory=dict)  # header of the dictionary → place in the sheet
    totals: list[CheckedTotal] = field(default_factory=list)
    unbalanced: list[tuple[Unbalanced, str]] = field(default_factory=list)  # with the key of the row
    tidied: dict[str, Any] = field(default_factory=dict)
    left_out: int = 0  # rows that `where` leaves out
    refused_kept: int = 0


@dataclass
class Sources:
    """Where an import works: the database, the keys and two folders."""

    engine: Engine
    keyring: Keyring
    staging_dir: Path


def stage_file(
    sources: Sources,
    kind: Kind,
    path: Path,
    *,
    profile: Profile | None = None,
    name: str | None = None,
    dry_run: bool = False,
    allowed: Callable[[str], bool] | None = None,
    wait_s: float = 0,
    overlay: Overlay | None = None,
) -> tuple[Staged, FileFindings]:
    """Read and stage one file. Raises FileRefused or BadInput for a file as a whole; a bad row is in the report."""
    sheet, header_row, encoding = (profile.sheet, profile.header_row, profile.encoding) if profile else (1, 1, None)
    sources.staging_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with read_table(path, sheet=sheet, header_row=header_row, encoding=encoding, scratch=sources.staging_dir) as table:
        plan = plan_header(kind, table.names, profile)
        findings = FileFindings(
            name=name or path.name, sha256=file_digest(path), bytes=path.stat().st_size, sheet=table.sheet_name,
            columns=tuple(table.names), banner=table.banner, extensions=tuple(plan.extensions), missing=plan.missing,
            places=plan.places,
        )  # fmt: skip
        currency = profile.currency if profile else None
        with Stager(
            sources.engine, sources.keyring, sources.staging_dir, kind,
            makes_units=profile is not None, currency=currency, dry_run=dry_run,
            allowed=allowed,
            wait_s=wait_s,
        ) as stager:  # fmt: skip
            reader = _FileReader(kind, plan, profile, stager, findings, table)
            reader.overlay = overlay or Overlay({})
            reader.run()
            staged = stager.finish()
    return staged, findings


class _FileReader:
    """Hands the batches of one table to the stager."""

    def __init__(
        self,
        kind: Kind,
        plan: HeaderPlan,
        profile: Profile | None,
        stager: Stager,
        findings: FileFindings,
        table: Table,
    ) -> None:
        self._kind = kind
        self._plan = plan
        self._profile = profile
        self._stager = stager
        self._findings = findings
        self._table = table
        self._normaliser = Normaliser(kind, profile)
        self._made = 0
        self.overlay = Overlay({})
        totals = profile.totals if profile else None
        self._book = TotalsBook(totals, profile.unit, profile.currency, profile.none) if profile and totals else None
        self._names = {name: place for place, name in enumerate(table.names)}
        self._check_names()

    def _check_names(self) -> None:
        profile = self._profile
        if profile is None:
            return
        used = [*profile.where, *(b.whole for b in profile.balances), *(p for b in profile.balances for p in b.parts)]
        lacking = [name for name in used if name not in self._names]
        if lacking:
            raise BadInput(f"表里没有导入方案要的列：{'、'.join(lacking)}", fix=f"表头是：{'、'.join(self._names)}")

    def run(self) -> None:
        """All batches, in order."""
        for batch in self._chunks():
            self._take(batch)
        self._findings.tidied = self._normaliser.tidying.as_report()
        if self._book:
            self._findings.totals = self._book.check()

    def _chunks(self) -> Iterator[Batch]:
        """Batches as read, joined where a kind's rows may name each other."""
        if not self._kind.refers_to_itself:
            yield from self._table.batches()
            return
        rows: list[int] = []
        columns: list[list[str | None]] = [[] for _ in self._table.names]
        for batch in self._table.batches():
            rows += batch.rows
            for column, more in zip(columns, batch.columns, strict=True):
                column += more
            if len(rows) >= self._kind.chunk_rows:
                yield Batch(rows, columns)
                rows, columns = [], [[] for _ in self._table.names]
        if rows:
            yield Batch(rows, columns)

    def _take(self, batch: Batch) -> None:
        batch = self._select(self.overlay.on_sheet(batch, self._plan.places))
        if not batch.rows:
            return
        raw: dict[str, Sequence[str | None]] = {h: batch.columns[place] for h, place in self._plan.places.items()}
        profile = self._profile
        if profile:
            raw |= {header: [value] * len(batch) for header, value in profile.constants.items()}
            for header, pattern in profile.make.items():
                raw[header] = [pattern.format(row=self._made + i) for i in range(1, len(batch) + 1)]
            self._made += len(batch)
        self.overlay.on_columns(raw, batch.rows, self._plan.places)
        problems = Problems(rows=batch.rows)
        typed = self._normaliser.read(raw, problems)
        extensions = self._extensions(batch)
        if profile and self._kind.money_field:
            typed["amount_printed"] = list(raw.get(self._kind.money or "", []))
        extensions = self._keep_notes(typed, extensions, len(batch))
        outcome = self._stager.take(typed, problems, extensions)
        if profile and profile.balances:
            self._balances(batch, typed, outcome)
        self._keep_refused(batch, outcome)

    def _select(self, batch: Batch) -> Batch:
        """Without the rows that are none: the template's example, rows that `where` leaves out, printed totals."""
        first = batch.columns[0] if batch.columns else []
        examples = {i for i, cell in enumerate(first) if cell and cell.startswith(EXAMPLE)}
        if not (examples or self._book or (self._profile and self._profile.where)):
            return batch
        kept = [i for i in range(len(batch)) if i not in examples and self._keeps(batch, i)]
        if len(kept) == len(batch):
            return batch
        return Batch([batch.rows[i] for i in kept], [[column[i] for i in kept] for column in batch.columns])

    def _keeps(self, batch: Batch, index: int) -> bool:
        cells = [column[index] for column in batch.columns]
        for name, values in self._profile.where.items() if self._profile else ():
            if tidy(cells[self._names[name]] or "") not in values:
                self._findings.left_out += 1
                return False
        if self._book is None:
            return True
        amount = cells[self._amount_place()]
        level = self._book.level_of(cells)
        if level is not None:
            self._book.add_total(batch.rows[index], level, amount)
            return False
        self._book.add_row(cells, amount)
        return True

    def _amount_place(self) -> int:
        assert self._book is not None
        column = self._book.totals.column
        place = self._plan.places.get(column, self._names.get(column))
        if place is None:
            raise BadInput(f"导入方案的 totals 写了“{column}”，表里没有这一列", fix=f"表头是：{'、'.join(self._names)}")
        return place

    def _extensions(self, batch: Batch) -> list[dict[str, str] | None] | None:
        columns = [(name, batch.columns[place]) for name, place in self._plan.extensions.items()]
        columns = [(name, values) for name, values in columns if any(values)]
        if not columns:
            return None
        found: list[dict[str, str] | None] = []
        for index in range(len(batch)):
            row = {name: text for name, values in columns if (value := values[index]) and (text := tidy(value))}
            found.append(row or None)
        return found

    def _keep_notes(
        self, typed: dict[str, list[Any]], extensions: list[dict[str, str] | None] | None, count: int
    ) -> list[dict[str, str] | None] | None:
        """Remarks beside an amount: in `amount_printed` where the table has it, else among the extensions."""
        for name, printed in self._normaliser.printed.items():
            if name == self._kind.money_field and self._kind.table == "allocations":
                column = typed.setdefault("amount_printed", [None] * count)
                for index, text in printed.items():
                    column[index] = text
                continue
            extensions = extensions or [None] * count
            header = next(c.header for c in self._kind.columns if c.field == name)
            for index, text in printed.items():
                extensions[index] = {**(extensions[index] or {}), f"{header}（原文）": text}
        return extensions

    def _balances(self, batch: Batch, typed: dict[str, list[Any]], outcome: list[int]) -> None:
        assert self._profile is not None
        for index, what in enumerate(outcome):
            if what == BAD:
                continue
            cells = {name: batch.columns[place][index] for name, place in self._names.items()}
            for balance in self._profile.balances:
                found = check_balance(batch.rows[index], balance, cells, self._profile)
                if found:
                    key = " · ".join(str(typed[field][index]) for field in self._kind.key)
                    self._findings.unbalanced.append((found, key))

    def _keep_refused(self, batch: Batch, outcome: list[int]) -> None:
        room = KEPT_REFUSED - self._findings.refused_kept
        bad = [index for index, what in enumerate(outcome) if what == BAD][: max(0, room)]
        if bad:
            rows = ((batch.rows[i], [column[i] for column in batch.columns]) for i in bad)
            self._stager.file.add_refused(self._stager.work.keyring, rows)
            self._findings.refused_kept += len(bad)
