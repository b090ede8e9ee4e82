"""One table's part of an import: match rows with current ones, tell new, changed and same apart, seal, digest, stage."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import LargeBinary, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from portal.intake.declaration import CLEAR, Problems
from portal.intake.lookups import find_rows
from portal.intake.staging import StagingFile, data_columns
from portal.kernel.money import format_yuan
from portal.kernel.sealing import Keyring
from portal.registers.sealed import seal_name
from portal.trail.batches import RowTreeBuilder
from portal.trail.encoding import row_digest, row_values

BAD, NEW, CHANGED, SAME = 0, 1, 2, 3
LONGEST_INDEXED = 18
MAX_RUNS = 50_000
KEPT_CHANGES = 200
Reserve = Callable[[str, int], int]
_DUMPS = orjson.dumps


@dataclass
class TableChunk:
    """Rows of one table in columns; `secrets` holds the plain text of columns that end sealed."""

    rows: list[int]  # row numbers of the sheet
    columns: dict[str, list[Any]]
    secrets: dict[str, list[Any]] = field(default_factory=dict)
    extensions: list[dict[str, str] | None] | None = None
    defaults: dict[str, list[Any]] = field(default_factory=dict)  # for new rows only
    skip: set[int] = field(default_factory=set)
    marks: list[list[Any]] = field(default_factory=list)  # further values by which two rows with one key differ
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    existing: Mapping[tuple[Any, ...], Mapping[str, Any]] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ChangedCell:
    """One value that an import changes: before and after, already masked where sensitive."""

    row: int
    column: str
    before: Any
    after: Any


class TableStager:
    """Stages the rows of one table; remembers the keys of the file, since the first of two equal keys enters."""

    def __init__(
        self,
        table: Table,
        key: tuple[str, ...],
        file: StagingFile,
        tree: RowTreeBuilder,
        keyring: Keyring,
        reserve: Reserve,
        *,
        headers: Mapping[str, str],
        fresh: bool = False,
        needed: Collection[str] = (),
    ) -> None:
        self.table = table
        self.key = key
        self.names = data_columns(table)
        self.changed_cells: list[ChangedCell] = []
        self.changed_fields: set[str] = set()
        self.row_runs: list[list[int]] = []
        self._file = file
        self._tree = tree
        self._keyring = keyring
        self._reserve = reserve
        self._headers = headers
        self._fresh = fresh
        self._seen: dict[int, int] = {}
        self._prints: list[tuple[int, int]] = []  # (content, row of the sheet) of every row that entered, by order
        self._blobs = {c.name for c in table.columns if isinstance(c.type, LargeBinary)}
        self._fallback = {
            c.name: c.default.arg for c in table.columns if isinstance(c.default, ScalarElementColumnDefault)
        }
        self._required = [n for n in self.names if n in needed or (not table.c[n].nullable and n not in self._fallback)]
        self.repeated: set[int] = set()  # rows of the last chunk that only repeat an earlier row of the file
        file.prepare(table)

    def identify(self, engine: Any, chunk: TableChunk) -> None:
        """Find the current rows that the chunk's keys name, and give every other row its future id."""
        chunk.keys = list(zip(*(chunk.columns[name] for name in self.key), strict=True))
        if not self._fresh:
            wanted = chunk.keys if not chunk.skip else [k for i, k in enumerate(chunk.keys) if i not in chunk.skip]
            chunk.existing = self.find_existing(engine, wanted)
        self._number(chunk)

    def find_existing(
        self, engine: Any, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any]]:
        """Current rows by key."""
        return find_rows(engine, self.table, self.key, keys)

    def identities(self, chunk: TableChunk) -> Sequence[tuple[Any, ...]]:
        """What two rows of a file must share to be about one record: their keys."""
        return chunk.keys

    def _number(self, chunk: TableChunk) -> None:
        total = len(chunk.rows)
        if not chunk.existing:
            first = self._reserve(self.table.name, total)
            chunk.ids = list(range(first, first + total))
            return
        missing = total - sum(key in chunk.existing for key in chunk.keys)
        first = self._reserve(self.table.name, missing) if missing else 0
        fresh = iter(range(first, first + missing))
        chunk.ids = [chunk.existing[k]["id"] if k in chunk.existing else next(fresh) for k in chunk.keys]

    def check(self, chunk: TableChunk, problems: Problems) -> list[int]:
        """Judge every row of the chunk: BAD, NEW, CHANGED (perhaps, until `write` has compared it) or SAME."""
        total = len(chunk.rows)
        outcome = [NEW] * total
        for index in chunk.skip:
            outcome[index] = BAD
        for index, key in enumerate(chunk.keys):
            if outcome[index] and key in chunk.existing:
                outcome[index] = CHANGED
        self._check_required(chunk, outcome, problems)
        if not self._fresh:
            self._check_repeats(chunk, outcome, problems)
        return outcome

    def write(self, chunk: TableChunk, outcome: list[int]) -> None:
        """Stage the rows that may enter; a row that differs in nothing from the current one becomes SAME."""
        new = [index for index, what in enumerate(outcome) if what == NEW]
        if new:
            self._stage_new(chunk, new)
        old = [index for index, what in enumerate(outcome) if what == CHANGED]
        if old:
            self._stage_changed(chunk, old, outcome)

    def _check_required(self, chunk: TableChunk, outcome: list[int], problems: Problems) -> None:
        for name in self._required:
            values = chunk.columns.get(name)
            if values is None:
                values = chunk.secrets.get(name) or [None] * len(outcome)
            if None not in values and CLEAR not in values:
                continue
            for index, value in enumerate(values):
                if outcome[index] and (value is CLEAR or (value is None and outcome[index] == NEW)):
                    why = "必填，不能清空" if value is CLEAR else "必填"
                    problems.add(
                        index, self._headers.get(name, name), "清空" if value is CLEAR else None, why, "补上这一格"
                    )
                    outcome[index] = BAD

    def _check_repeats(self, chunk: TableChunk, outcome: list[int], problems: Problems) -> None:
        self.repeated = set()
        hashes = list(map(hash, self.identities(chunk)))
        columns = [*chunk.columns.values(), *chunk.secrets.values(), *chunk.marks]
        prints = list(map(hash, zip(*columns, strict=True)))
        start = len(self._prints)
        clean = BAD not in outcome and len(set(hashes)) == len(hashes) and self._seen.keys().isdisjoint(hashes)
        self._prints.extend(zip(prints, chunk.rows, strict=True))
        if clean:
            self._seen.update(zip(hashes, range(start, start + len(hashes)), strict=True))
            return
        for index, mark in enumerate(hashes):
            if not outcome[index]:
                continue
            first = self._seen.setdefault(mark, start + index)
            if first == start + index:
                continue
            content, row = self._prints[first]
            if content == prints[index]:
                outcome[index] = SAME
                self.repeated.add(index)
                continue
            outcome[index] = BAD
            shown = " · ".join(self._shown_key(chunk, index))
            problems.add(index, self._key_header(), shown, f"和第 {row} 行重复，内容不同", "留一行，另一行改编号或删掉")

    def _key_header(self) -> str:
        named = [self._headers[name] for name in self.key if name in self._headers]
        return named[0] if named else self.key[0]

    def _shown_key(self, chunk: TableChunk, index: int) -> list[str]:
        return [
            str(chunk.columns[name][index]) for name in self.key if name in self._headers and name not in self._blobs
        ]

    def _stage_new(self, chunk: TableChunk, new: list[int]) -> None:
        whole = len(new) == len(chunk.rows)
        columns = [self._new_column(chunk, name, None if whole else new) for name in self.names]
        ids = chunk.ids if whole else [chunk.ids[i] for i in new]
        digests = self._digests(columns, len(new))
        first = self._tree.add_many(self.table.name, ids, ["insert"] * len(ids), [None] * len(ids), digests)
        stored = [
            self._text(column) if name == "extensions" else column
            for name, column in zip(self.names, columns, strict=True)
        ]
        raw = map(bytes.fromhex, digests)
        self._note_runs(first, chunk.rows if whole else [chunk.rows[i] for i in new])
        self._file.add_new(self.table, zip(range(first, first + len(ids)), ids, raw, *stored, strict=True))

    def _note_runs(self, first: int, rows: Sequence[int]) -> None:
        """Which row of the sheet each row of the batch came from, as runs [batch row, sheet row, how many]."""
        if rows[-1] - rows[0] == len(rows) - 1:
            self._extend_run(first, rows[0], len(rows))
            return
        for offset, row in enumerate(rows):
            self._extend_run(first + offset, row, 1)

    def _extend_run(self, batch_row: int, sheet_row: int, count: int) -> None:
        last = self.row_runs[-1] if self.row_runs else None
        if last and last[0] + last[2] == batch_row and last[1] + last[2] == sheet_row:
            last[2] += count
        elif len(self.row_runs) < MAX_RUNS:
            self.row_runs.append([batch_row, sheet_row, count])

    def _new_column(self, chunk: TableChunk, name: str, picked: list[int] | None) -> list[Any]:
        secret = chunk.secrets.get(name)
        if secret is not None:
            values = secret if picked is None else [secret[i] for i in picked]
            values = [None if value is CLEAR else value for value in values] if CLEAR in values else values
            return list(self._keyring.seal_many(values, seal_name(self.table.name, name)))
        count = len(chunk.rows) if picked is None else len(picked)
        source = chunk.extensions if name == "extensions" else chunk.columns.get(name)
        values = [None] * count if source is None else (source if picked is None else [source[i] for i in picked])
        if CLEAR in values:
            values = [None if value is CLEAR else value for value in values]
        if name in chunk.defaults:
            given = chunk.defaults[name] if picked is None else [chunk.defaults[name][i] for i in picked]
            values = [other if value is None else value for value, other in zip(values, given, strict=True)]
        if name in self._fallback and None in values:
            values = [self._fallback[name] if value is None else value for value in values]
        return values

    def _digests(self, columns: Sequence[Sequence[Any]], count: int) -> list[str]:
        """Digests of many rows: the same bytes as `trail.encoding.row_digest`, since the names are sorted."""
        shown = [
            [None if v is None else b64encode(v).decode() for v in column] if name in self._blobs else column
            for name, column in zip(self.names, columns, strict=True)
        ]
        nested = self.names.index("extensions")
        sha256, names = hashlib.sha256, self.names
        if all(value is None for value in columns[nested]):
            return [sha256(_DUMPS(dict(zip(names, row, strict=False)))).hexdigest() for row in zip(*shown, strict=True)]
        return [row_digest(dict(zip(names, row, strict=True))) for row in zip(*shown, strict=True)]

    @staticmethod
    def _text(column: Iterable[Any]) -> list[str | None]:
        return [None if value is None else _DUMPS(value).decode() for value in column]

    def _stage_changed(self, chunk: TableChunk, old: list[int], outcome: list[int]) -> None:
        kept: list[tuple[int, dict[str, Any], str]] = []
        for index in old:
            current = chunk.existing[chunk.keys[index]]
            values, touched = self._overlay(chunk, index, current)
            if not touched:
                outcome[index] = SAME
                continue
            kept.append((index, values, row_digest(row_values(self.table, current))))
            self._sample(chunk.rows[index], touched)
        if not kept:
            return
        ids = [chunk.ids[index] for index, _, _ in kept]
        digests = [row_digest(row_values(self.table, values)) for _, values, _ in kept]
        befores = [before for _, _, before in kept]
        row = self._tree.add_many(self.table.name, ids, ["update"] * len(ids), befores, digests)
        self._note_runs(row, [chunk.rows[index] for index, _, _ in kept])
        copy = self._reserve(self.table.name, len(ids))
        copies = list(range(copy, copy + len(ids)))
        copy_row = self._tree.add_many(self.table.name, copies, ["insert"] * len(ids), [None] * len(ids), befores)
        self._file.add_changed(
            self.table,
            (
                (
                    row + i,
                    ids[i],
                    bytes.fromhex(digests[i]),
                    bytes.fromhex(befores[i]),
                    copies[i],
                    copy_row + i,
                    *self._stored(values),
                )
                for i, (_, values, _) in enumerate(kept)
            ),
        )

    def _stored(self, values: Mapping[str, Any]) -> Iterable[Any]:
        for name in self.names:
            value = values[name]
            yield _DUMPS(value).decode() if name == "extensions" and value is not None else value

    def _overlay(
        self, chunk: TableChunk, index: int, current: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
        """The row after the import, and what differs: blank leaves a value, 清空 empties it."""
        values = {name: current[name] for name in self.names}
        touched: dict[str, tuple[Any, Any]] = {}
        for name, column in chunk.columns.items():
            given = column[index]
            if given is None or name not in values:
                continue
            after = None if given is CLEAR else given
            if after != values[name]:
                touched[name] = (values[name], after)
                values[name] = after
        for name, column in chunk.secrets.items():
            self._overlay_secret(name, column[index], values, touched)
        given = chunk.extensions[index] if chunk.extensions else None
        if given:
            merged = {**(current["extensions"] or {}), **given}
            if merged != (current["extensions"] or {}):
                touched["extensions"] = (current["extensions"], merged)
                values["extensions"] = merged
        return values, touched

    def _overlay_secret(
        self, name: str, given: Any, values: dict[str, Any], touched: dict[str, tuple[Any, Any]]
    ) -> None:
        if given is None:
            return
        sealed = values[name]
        if given is CLEAR:
            if sealed is not None:
                touched[name], values[name] = (sealed, None), None
            return
        same = sealed is not None and name.replace("_sealed", "_index") not in touched
        if same and (len(given) > LONGEST_INDEXED or name == "id_sealed"):
            same = self._keyring.open_(sealed, seal_name(self.table.name, name)) == given
        if not same:
            values[name] = self._keyring.seal(given, seal_name(self.table.name, name))
            touched[name] = (sealed, values[name])

    def _sample(self, row: int, touched: Mapping[str, tuple[Any, Any]]) -> None:
        self.changed_fields.update(touched)
        for name, values in touched.items():
            header = self._headers.get(name) or self._headers.get(name.removesuffix("_sealed"))
            if header is None and name == "extensions":
                header = "其他列"
            if header is None or name.endswith("_index") or len(self.changed_cells) >= KEPT_CHANGES:
                continue
            before, after = (self._shown(name, value) for value in values)
            self.changed_cells.append(ChangedCell(row, header, before, after))

    def _shown(self, name: str, value: Any) -> Any:
        """A value as the preview shows it: money in yuan, sealed values and other records only as having changed."""
        if value is None or isinstance(value, bool):
            return value
        if name in self._blobs:
            return "＊＊＊＊"
        if name.endswith("_id"):
            return f"#{value}"
        if name.endswith("_fen"):
            return format_yuan(value)
        if name.endswith("_e7"):
            return f"{Decimal(value).scaleb(-7):f}"
        if name == "progress":
            return f"{Decimal(value).scaleb(-2):f}%"
        if isinstance(value, dict):
            return "；".join(f"{key}：{text}" for key, text in value.items())[:200]
        return value
