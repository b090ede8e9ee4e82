"""From typed columns to rows of the register: references resolved, personal columns derived, rows handed to be staged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table

from portal.intake.declaration import Cell, Column, Columns, Kind, Problems
from portal.intake.lookups import Finder, find_all_rows
from portal.intake.personal import personal_columns
from portal.intake.staging import StagingFile
from portal.intake.table_stager import BAD, TableChunk, TableStager
from portal.kernel.database import Base
from portal.kernel.errors import Refused
from portal.kernel.sealing import Keyring
from portal.registers.divisions.rules import village_problem
from portal.trail.batches import RowTreeBuilder

WHOLE_COUNTRY = "000000000000"
MADE_UNIT = "其他"


@dataclass
class Work:
    """What all parts of one import share."""

    engine: Engine
    keyring: Keyring
    file: StagingFile
    tree: RowTreeBuilder
    reserve: Callable[[str, int], int]
    makes_units: bool = False
    fresh: bool = False  # the caller vouches that no key is in the register yet and none comes twice
    currency: str | None = None
    allowed: Callable[[str], bool] | None = None  # is this division within the sender's scopes; None: everywhere

    def table(self, name: str) -> Table:
        """A table by name."""
        return Base.metadata.tables[name]

    def stager(
        self, name: str, key: tuple[str, ...], headers: Mapping[str, str], needed: Collection[str] = ()
    ) -> TableStager:
        """A stager for one table of this import; `needed`: columns that the kind demands of a new row."""
        return TableStager(
            self.table(name), key, self.file, self.tree, self.keyring, self.reserve, headers=headers, fresh=self.fresh,
            needed=needed,
        )  # fmt: skip


class UnitBook:
    """Units by code or unique name; an import with a profile may make those it meets (as 其他)."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._by_code = Finder(work.engine, work.table("units"), ("code",))
        self._stager: TableStager | None = None
        self._known: dict[str, int | None] = {}
        self.ambiguous: set[str] = set()

    def find(self, names: list[Any]) -> dict[str, int | None]:
        """Ids of all units that are named; None for unknown ones."""
        new = [n for n in dict.fromkeys(names) if isinstance(n, str) and n not in self._known]
        if new:
            keys = [(n,) for n in new]
            named = find_all_rows(self._work.engine, self._work.table("units"), ("name",), keys, ["id"])
            for name, by_code in zip(new, self._by_code.find(keys), strict=True):
                same = named.get((name,), [])
                self._known[name] = by_code if by_code is not None else same[0]["id"] if len(same) == 1 else None
                if by_code is None and len(same) > 1:
                    self.ambiguous.add(name)
            unknown = [n for n in new if self._known[n] is None and n not in self.ambiguous]
            if unknown and self._work.makes_units:
                self._make(unknown)
        return self._known

    def _make(self, names: list[str]) -> None:
        if self._stager is None:
            self._stager = self._work.stager("units", ("code",), {"code": "单位编码", "name": "单位名称"})
        codes = ["ZD-" + hashlib.sha256(name.encode()).hexdigest()[:12].upper() for name in names]
        columns: dict[str, list[Any]] = {"code": list(codes), "name": list(names), "kind": [MADE_UNIT] * len(names)}
        chunk = TableChunk(rows=[0] * len(names), columns=columns)
        self._stager.identify(self._work.engine, chunk)
        self._stager.write(chunk, self._stager.check(chunk, Problems(rows=chunk.rows)))
        self._known.update(zip(names, chunk.ids, strict=True))


class Assembler:
    """Takes the typed chunks of one kind; most kinds need nothing more than their declaration."""

    def __init__(self, kind: Kind, work: Work) -> None:
        self.kind = kind
        self.work = work
        self.table = work.table(kind.table)
        self.units = UnitBook(work)
        self.headers = self._headers()
        needed = [c.reference.into if c.reference and c.reference.into else c.field for c in kind.columns if c.required]
        self.stager = work.stager(kind.table, kind.db_key, self.headers, needed)
        self._finders: dict[tuple[str, str], Finder] = {}
        self._own: dict[str, int] = {}  # rows of earlier chunks by the name others use for them

    @property
    def stagers(self) -> list[TableStager]:
        """The stagers whose changes are the user's own (not units made on the way)."""
        return [self.stager]

    def _headers(self) -> dict[str, str]:
        headers = {column.field: column.header for column in self.kind.columns}
        headers |= {c.reference.into: c.header for c in self.kind.columns if c.reference and c.reference.into}
        return headers

    def take(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> list[int]:
        """Judge and stage one chunk; returns BAD, NEW, CHANGED or SAME for each row."""
        for column in self.kind.columns:
            typed.setdefault(column.field, [None] * len(problems.rows))
        if self.kind.settle is not None:
            self.kind.settle(typed, problems)
        self.resolve(typed, problems)
        self.check_scope(typed, problems)
        chunk = self.build(typed, extensions, problems)
        chunk.skip = problems.bad
        self.stager.identify(self.work.engine, chunk)
        outcome = self.stager.check(chunk, problems)
        if self.kind.refers_to_itself:
            self._resolve_own(typed, chunk, outcome, problems)
        self.stager.write(chunk, outcome)
        self.after(typed, chunk, outcome)
        return outcome

    def finish(self) -> None:
        """Called once after the last chunk."""

    @property
    def takes_two(self) -> bool:
        """True when what is staged may enter only with a second person, though it is no money."""
        return self.kind.two_hands and bool(self.stager.row_runs)

    def after(self, typed: Columns, chunk: TableChunk, outcome: list[int]) -> None:
        """Called after each chunk was staged."""

    def resolve(self, typed: Columns, problems: Problems) -> None:
        """Turn references into ids; a row that names an unknown one is refused."""
        for column in self.kind.columns:
            reference = column.reference
            if reference is None or (self.kind.refers_to_itself and reference.table == self.kind.table):
                continue
            values = typed[column.field]
            if column.cell is Cell.UNIT:
                found: Mapping[Any, Any] = self.units.find(values)
            else:
                found = self._find(reference.table, reference.by, values)
            self._put(column, typed, found, problems)

    def check_scope(self, typed: Columns, problems: Problems) -> None:
        """Refuse rows about places, or households, outside the sender's scopes."""
        allowed = self.work.allowed
        if allowed is None:
            return
        for column in self.kind.columns:
            if column.cell is Cell.DIVISION and column.field not in ("parent_code", "successor_code"):
                self._keep_inside(column.header, typed[column.field], typed[column.field], allowed, problems)
            elif column.field == "household_no":
                finder = Finder(self.work.engine, self.work.table("households"), ("no",), "division_code")
                places = finder.find([(no,) if isinstance(no, str) else (None,) for no in typed["household_no"]])
                self._keep_inside(column.header, typed["household_no"], places, allowed, problems)

    @staticmethod
    def _keep_inside(
        header: str, values: list[Any], places: list[Any], allowed: Callable[[str], bool], problems: Problems
    ) -> None:
        outside = {place for place in set(places) if isinstance(place, str) and not allowed(place)}
        for index, place in enumerate(places):
            if place in outside and index not in problems.bad:
                problems.add(index, header, values[index], "不在您的管辖范围", "请管这个地方的单位导入")

    def _find(self, table: str, by: str, values: list[Any]) -> dict[Any, Any]:
        finder = self._finders.setdefault((table, by), Finder(self.work.engine, self.work.table(table), (by,)))
        names = [v for v in dict.fromkeys(values) if isinstance(v, str)]
        return dict(zip(names, finder.find([(n,) for n in names]), strict=True))

    def _put(self, column: Column, typed: Columns, found: Mapping[Any, Any], problems: Problems) -> None:
        assert column.reference is not None
        into, values = column.reference.into, typed[column.field]
        unknown = {v for v, number in found.items() if number is None and v != WHOLE_COUNTRY}
        if unknown:
            for index, value in enumerate(values):
                if isinstance(value, str) and value in unknown:
                    self._refuse(column, index, value, problems)
        if column.village:
            self._refuse_wider(column, values, found.keys() - unknown, problems)
        if into is not None:
            typed[into] = [found.get(v) if isinstance(v, str) else v for v in values]
        self.work.file.add_referred(column.reference.table, {n for n in found.values() if n is not None})

    @staticmethod
    def _refuse_wider(column: Column, values: list[Any], codes: Collection[str], problems: Problems) -> None:
        """Rows that name a township or more where only a village will do."""
        wider: dict[str, Refused] = {}
        for code in codes:
            try:
                village_problem(code)
            except Refused as refusal:
                wider[code] = refusal
        for index, value in enumerate(values) if wider else ():
            if isinstance(value, str) and value in wider:
                problems.add(index, column.header, value, wider[value].what, wider[value].fix)

    def _refuse(self, column: Column, index: int, value: str, problems: Problems) -> None:
        assert column.reference is not None
        what = column.reference.what
        if column.cell is Cell.UNIT and value in self.units.ambiguous:
            problems.add(index, column.header, value, "有几个单位都叫这个名字", "改填单位编码")
            return
        fix = "从模板下拉里选，或先导入行政区划" if column.cell is Cell.DIVISION else f"先登记这个{what}，或改成已有的"
        problems.add(index, column.header, value, f"没有这个{what}", fix)

    def build(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> TableChunk:
        """The columns of the table from the typed columns."""
        there = {c.name for c in self.table.columns}
        columns = {name: values for name, values in typed.items() if name in there}
        secrets: dict[str, list[Any]] = {}
        for column in self.kind.columns:
            if column.sensitive and f"{column.field}_sealed" in there:
                values = typed[column.field]
                secrets[f"{column.field}_sealed"] = values
                beside = personal_columns(self.work.keyring, column.cell, column.field, values)
                columns |= {name: values for name, values in beside.items() if name in there}
        if self.work.currency and "currency" in there:
            columns["currency"] = [self.work.currency] * len(problems.rows)
        chunk = TableChunk(problems.rows, columns, secrets, extensions)
        if "payout_scope_default" in typed:
            chunk.defaults["payout_scope"] = typed["payout_scope_default"]
        chunk.marks += [
            typed[c.field] for c in self.kind.columns if c.reference and c.reference.table == self.kind.table
        ]
        if extensions is not None:
            chunk.marks.append([None if e is None else str(sorted(e.items())) for e in extensions])
        return chunk

    def _resolve_own(self, typed: Columns, chunk: TableChunk, outcome: list[int], problems: Problems) -> None:
        """References of a file to its own rows, in any order; a row falls with the one that it names."""
        columns = [c for c in self.kind.columns if c.reference and c.reference.table == self.kind.table]
        named = columns[0].reference
        assert named is not None
        own: dict[str, int] = {}
        for index, value in enumerate(typed[named.by]):
            if outcome[index] and isinstance(value, str):
                own.setdefault(value, index)
        wanted = [
            v
            for column in columns
            for v in typed[column.field]
            if isinstance(v, str) and v not in own and v not in self._own
        ]
        found = {v: n for v, n in self._find(named.table, named.by, wanted).items() if n is not None}
        self._refuse_circles(typed, columns[0], own, outcome, problems)
        self._fall(typed, columns, own, found, outcome, problems)
        for column in columns:
            if column.reference and column.reference.into:
                ids = {**self._own, **found, **{value: chunk.ids[index] for value, index in own.items()}}
                values = typed[column.field]
                chunk.columns[column.reference.into] = [ids.get(v) if isinstance(v, str) else v for v in values]
        self._own.update((value, chunk.ids[index]) for value, index in own.items() if outcome[index])
        self.work.file.add_referred(named.table, found.values())

    @staticmethod
    def _refuse_circles(
        typed: Columns, column: Column, own: Mapping[str, int], outcome: list[int], problems: Problems
    ) -> None:
        """A line that comes back to itself over its parents has no place from which its money came."""
        above = typed[column.field]
        safe: set[int] = set()
        for start in own.values():
            path: dict[int, None] = {}
            index: int | None = start
            while index is not None and index not in safe and index not in path:
                path[index] = None
                index = own.get(above[index]) if isinstance(above[index], str) else None
            if index is not None and index in path:
                circle = list(path)[list(path).index(index) :]
                for member in circle:
                    if outcome[member]:
                        problems.add(member, column.header, above[member], "上级绕了一圈又回到自己", "核对这几行的上级")
                        outcome[member] = BAD
            safe.update(path)

    def _fall(
        self,
        typed: Columns,
        columns: list[Column],
        own: Mapping[str, int],
        found: Mapping[str, int],
        outcome: list[int],
        problems: Problems,
    ) -> None:
        falling = True
        while falling:
            falling = False
            for column in columns:
                for index, value in enumerate(typed[column.field]):
                    if not outcome[index] or not isinstance(value, str) or value in found or value in self._own:
                        continue
                    if value not in own:
                        self._refuse(column, index, value, problems)
                    elif not outcome[own[value]]:
                        problems.add(index, column.header, value, "它指的那一行被退回了", "先改好那一行")
                    else:
                        continue
                    outcome[index] = BAD
                    falling = True
