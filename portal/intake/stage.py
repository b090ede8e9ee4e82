"""Stage an import: chunks of typed columns (or the batches of a file) become a finished staging file and a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from portal.intake.assembling import Work
from portal.intake.declaration import Columns, Kind, Problems
from portal.intake.kinds import find_kind
from portal.intake.patience import patiently
from portal.intake.special import assembler_for
from portal.intake.staging import StagingFile
from portal.intake.table_stager import BAD, CHANGED, NEW, SAME, ChangedCell
from portal.kernel.database import WRITING, reserve_ids
from portal.kernel.errors import CellProblem
from portal.kernel.sealing import Keyring
from portal.trail.batches import RowTree, RowTreeBuilder

KEPT_ERRORS = 5_000
_FLOAT = re.compile(r"[0-9]+(?:\.[0-9]+)?[Ee]\+[0-9]{1,2}")


@dataclass
class Staged:
    """What was staged: the file, the tree, and what the report needs."""

    kind: Kind
    path: Path | None
    sha256: str
    counts: Counter[int]
    amount_fen: int | None
    errors: list[CellProblem]
    errors_total: int
    changed: list[ChangedCell]
    takes_two: bool
    row_runs: dict[str, list[list[int]]]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Data rows of the file."""
        return self.counts.total()

    @property
    def writes_nothing(self) -> bool:
        """True when no row is new or changed."""
        return not (self.counts[NEW] or self.counts[CHANGED])


class Stager:
    """Takes chunks, then finishes. Use as a context manager: an error removes the staging file."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        directory: Path,
        kind: Kind,
        *,
        makes_units: bool = False,
        fresh: bool = False,
        currency: str | None = None,
        dry_run: bool = False,
        allowed: Callable[[str], bool] | None = None,
        wait_s: float = 60,
    ) -> None:
        self.kind = kind
        self.file = StagingFile.create(directory)
        self._tree = RowTreeBuilder()
        reserve = _counting() if dry_run else _reserving(engine, wait_s)
        self.work = Work(engine, keyring, self.file, self._tree, reserve, makes_units, fresh, currency, allowed)
        self.assembler = assembler_for(kind, self.work)
        self.counts: Counter[int] = Counter()
        self.errors: list[CellProblem] = []
        self.errors_total = 0
        self.amount_fen: int | None = 0 if kind.money else None
        self.done = False

    def __enter__(self) -> Stager:
        return self

    def __exit__(self, *error: object) -> None:
        if not self.done:
            self.file.discard()

    def take(
        self, typed: Columns, problems: Problems, extensions: list[dict[str, str] | None] | None = None
    ) -> list[int]:
        """Judge and stage one chunk of typed columns."""
        outcome = self.assembler.take(typed, extensions, problems)
        self.counts.update(outcome)
        self._keep(problems)
        money = self.kind.money_field
        if money and self.amount_fen is not None:
            repeated = self.assembler.stager.repeated
            entering = zip(typed[money], outcome, range(len(outcome)), strict=True)
            self.amount_fen += sum(v for v, what, i in entering if what and isinstance(v, int) and i not in repeated)
        return outcome

    def _keep(self, problems: Problems) -> None:
        hidden = {column.header for column in self.kind.columns if column.sensitive}
        self.errors_total += len(problems.found)
        problems.found.sort(key=lambda problem: problem.row)
        shown = [_masked(problem) if problem.column in hidden else problem for problem in problems.found]
        self.file.add_errors(shown)
        self.errors += shown[: max(0, KEPT_ERRORS - len(self.errors))]

    def finish(self, facts: Mapping[str, Any] | None = None) -> Staged:
        """Close the file; what is staged can be merged by another process."""
        self.assembler.finish()
        tree: RowTree = self._tree.finish()
        try:
            digest = self.file.finish(tree, facts or {})
        finally:
            tree.close()
        self.done = True
        stagers = self.assembler.stagers
        changed = [cell for stager in stagers for cell in stager.changed_cells]
        self._recount_households()
        return Staged(
            self.kind, self.file.path, digest, self.counts, self.amount_fen, self.errors, self.errors_total, changed,
            self.assembler.takes_two,
            {stager.table.name: stager.row_runs for stager in stagers}, dict(facts or {}),
        )  # fmt: skip

    def _recount_households(self) -> None:
        """A row whose person is the same but whose household changed is a changed row."""
        households = getattr(self.assembler, "outcome", None)
        if households and households[CHANGED]:
            moved = min(households[CHANGED], self.counts[SAME])
            self.counts[SAME] -= moved
            self.counts[CHANGED] += moved


def _masked(problem: CellProblem) -> CellProblem:
    if not any(c.isdigit() for c in problem.value):
        return problem
    return CellProblem(problem.row, problem.column, mask_value(problem.value), problem.why, problem.fix)


def mask_value(value: str) -> str:
    """A sensitive value in a stored report: its ends only, enough to find the cell again."""
    if _FLOAT.fullmatch(value):
        return f"{float(value):.5E}"  # what the spreadsheet shows of it; more would be most of the number
    return value if len(value) < 8 else f"{value[:3]}…{value[-2:]}"


def _reserving(engine: Engine, wait_s: float) -> Callable[[str, int], int]:
    writing = engine.execution_options(**{WRITING: True})

    def take(table: str, n: int) -> int:
        with writing.begin() as connection:
            return reserve_ids(connection, table, n)

    return lambda table, n: patiently(lambda: take(table, n), wait_s)


def _counting() -> Callable[[str, int], int]:
    """Ids of a dry run: nothing is written, not even the counter."""
    following: Counter[str] = Counter()

    def reserve(table: str, n: int) -> int:
        first = following[table] + 10**15
        following[table] += n
        return first

    return reserve


def stage_rows(
    engine: Engine,
    keyring: Keyring,
    directory: Path,
    kind: str,
    chunks: Iterable[Mapping[str, Sequence[Any]]],
    *,
    fresh: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> Staged:
    """Stage rows that are typed already, without a file: columns by field name, as the kind declares them.

    Amounts in fen, dates as `date` or ISO text, ids, accounts and telephones normalised in the clear (they are sealed
    here), references by the keys of the trade (`allocation_no`, `household_no`, `programme_code`, unit codes or names).
    A field that is left out is unknown. `fresh`: the caller vouches that no key is in the register yet and none comes
    twice. Chunks of 20,000 to 100,000 rows keep memory small. Merge with `actions.commit_rows`.
    """
    with Stager(engine, keyring, directory, find_kind(kind), fresh=fresh) as stager:
        done = 0
        for chunk in chunks:
            typed = {name: _plain_dates(values) for name, values in chunk.items()}
            count = len(next(iter(typed.values())))
            problems = Problems(rows=list(range(done + 1, done + count + 1)))
            stager.take(typed, problems)
            done += count
        return stager.finish(facts)


def _plain_dates(values: Sequence[Any]) -> list[Any]:
    column = values.tolist() if hasattr(values, "tolist") else list(values)
    if any(isinstance(value, date) for value in column[:50]) or any(isinstance(value, date) for value in column):
        return [value.isoformat() if isinstance(value, date) else value for value in column]
    return column


__all__ = ["BAD", "Staged", "Stager", "mask_value", "stage_rows"]
