"""Kinds that need more than their declaration: households and their persons, incomes, bank returns, pairings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from portal.intake.assembling import Assembler, Work
from portal.intake.declaration import CLEAR, Columns, Kind, Problems
from portal.intake.kinds.households import HEAD, HOUSEHOLD_FIELDS
from portal.intake.lookups import Finder, find_all_rows, find_rows
from portal.intake.table_stager import TableChunk, TableStager


class PersonStager(TableStager):
    """Persons are told apart by ID within a household, those without an ID by name; an ID that comes later is filled in."""

    def find_existing(
        self, engine: Any, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any]]:
        """Current persons by (household, blind index or None, name)."""
        numbered = {(k[0], k[1]) for k in keys if k[1] is not None}
        by_index = find_rows(engine, self.table, ("household_id", "id_index"), numbered)
        by_name = find_all_rows(engine, self.table, ("household_id", "name"), {(k[0], k[2]) for k in keys})
        found = {}
        for key in keys:
            row = by_index.get((key[0], key[1])) if key[1] is not None else None
            row = row or self._by_name(by_name.get((key[0], key[2]), []), has_id=key[1] is not None)
            if row is not None:
                found[key] = row
        return found

    @staticmethod
    def _by_name(rows: Sequence[Mapping[str, Any]], *, has_id: bool) -> Mapping[str, Any] | None:
        """The one without an ID; a row that leaves the ID blank also means the only person of that name."""
        nameless = [row for row in rows if row["id_index"] is None]
        if nameless:
            return nameless[0]
        return rows[0] if len(rows) == 1 and not has_id else None


class HouseholdAssembler(Assembler):
    """One row per person. What the rows say about a household is gathered, the head's row first, and staged at the end."""

    def __init__(self, kind: Kind, work: Work) -> None:
        super().__init__(kind, work)
        headers = {**self.headers, "no": "户编号"}
        self.households = work.stager("households", ("no",), headers)
        self.stager = PersonStager(
            work.table("persons"), ("household_id", "id_index", "name"), work.file, work.tree, work.keyring, work.reserve,
            headers={**headers, "id_index": "证件号码"}, fresh=work.fresh,
        )  # fmt: skip
        self._ids: dict[str, int] = {}
        self._old: set[str] = set()
        self._gathered: dict[str, dict[str, Any]] = {}
        self._rows: dict[str, int] = {}
        self.outcome: Counter[int] = Counter()

    @property
    def stagers(self) -> list[TableStager]:
        """Households and persons."""
        return [self.households, self.stager]

    def take(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> list[int]:
        """Households of the chunk get their ids first; a new one must say where it lies."""
        for column in self.kind.columns:
            typed.setdefault(column.field, [None] * len(problems.rows))
        assert self.kind.settle is not None
        self.kind.settle(typed, problems)
        self.resolve(typed, problems)
        self.check_scope(typed, problems)
        numbers = self._name_households(typed, problems)
        person = {name: values for name, values in typed.items() if name not in HOUSEHOLD_FIELDS}
        person["household_id"] = [self._ids.get(no) if isinstance(no, str) else None for no in numbers]
        chunk = self.build(person, extensions, problems)
        # A row may repeat the person and differ in what it says of the household.
        chunk.marks += [typed[name] for name in HOUSEHOLD_FIELDS]
        chunk.skip = problems.bad
        self.stager.identify(self.work.engine, chunk)
        outcome = self.stager.check(chunk, problems)
        self.stager.write(chunk, outcome)
        self._gather(typed, numbers, problems.rows, outcome)
        return outcome

    def _name_households(self, typed: Columns, problems: Problems) -> list[Any]:
        numbers = typed["household_no"]
        new = [n for n in dict.fromkeys(numbers) if isinstance(n, str) and n not in self._ids]
        for index, no in enumerate(numbers):
            if no is None or no is CLEAR:
                problems.add(index, "户编号", None, "必填", "补上这一户的编号")
        if not new:
            return numbers
        found = (
            {}
            if self.work.fresh
            else find_rows(self.work.engine, self.households.table, ("no",), [(n,) for n in new], ["id"])
        )
        self._old.update(k[0] for k in found)
        self._ids.update((k[0], row["id"]) for k, row in found.items())
        missing = [n for n in new if n not in self._ids]
        placed = {
            no
            for index, no in enumerate(numbers)
            if index not in problems.bad and typed["division_code"][index] is not None
        }
        homeless = {n for n in missing if n not in placed}
        for index, no in enumerate(numbers):
            if no in homeless and index not in problems.bad:
                problems.add(index, "区划代码", None, "这一户是新的，没有写在哪个村", "在户主那一行补上村的区划代码")
        fresh = [n for n in missing if n not in homeless]
        if fresh:
            first = self.work.reserve("households", len(fresh))
            self._ids.update(zip(fresh, range(first, first + len(fresh)), strict=True))
        return numbers

    def _gather(self, typed: Columns, numbers: list[Any], rows: list[int], outcome: list[int]) -> None:
        for index, no in enumerate(numbers):
            if not outcome[index]:
                continue
            values = self._gathered.setdefault(no, {})
            self._rows.setdefault(no, rows[index])
            head = typed["relation"][index] == HEAD
            for name in HOUSEHOLD_FIELDS:
                value = typed[name][index]
                if value is not None and (head or name not in values):
                    values[name] = value

    def finish(self) -> None:
        """Stage the households."""
        names = list(self._gathered)
        for start in range(0, len(names), 20_000):
            self._stage_households(names[start : start + 20_000])

    def _stage_households(self, names: list[str]) -> None:
        columns: dict[str, list[Any]] = {
            name: [self._gathered[no].get(name) for no in names] for name in HOUSEHOLD_FIELDS
        }
        columns["no"] = list(names)
        chunk = TableChunk([self._rows[no] for no in names], columns)
        chunk.keys = [(no,) for no in names]
        asked = [(no,) for no in names if no in self._old]
        chunk.existing = find_rows(self.work.engine, self.households.table, ("no",), asked)
        chunk.ids = [self._ids[no] for no in names]
        problems = Problems(rows=chunk.rows)
        outcome = self.households.check(chunk, problems)
        self.households.write(chunk, outcome)
        self.outcome.update(outcome)


class IncomeAssembler(Assembler):
    """No key of the trade: all columns together are the key, counted within one file."""

    def __init__(self, kind: Kind, work: Work) -> None:
        super().__init__(kind, work)
        self._persons = Finder(work.engine, work.table("persons"), ("household_id", "id_index"))
        self._count: Counter[bytes] = Counter()

    def resolve(self, typed: Columns, problems: Problems) -> None:
        """The person must belong to the household."""
        super().resolve(typed, problems)
        indexes = self.work.keyring.blind_index_many(typed["id"])
        keys = [(household, index) for household, index in zip(typed["household_id"], indexes, strict=True)]
        complete = [k for k in dict.fromkeys(keys) if None not in k]
        found = dict(zip(complete, self._persons.find(complete), strict=True))
        typed["person_id"] = [found.get(k) for k in keys]
        for position, (key, person) in enumerate(zip(keys, typed["person_id"], strict=True)):
            if key[1] is not None and key[0] is not None and person is None:
                problems.add(
                    position, "证件号码", "（已隐去）", "这一户没有这个人", "核对户编号和证件号码；记到全户的留空"
                )
        self.work.file.add_referred("persons", {n for n in found.values() if n is not None})

    def build(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> TableChunk:
        """Add the key: SHA-256 over all columns, and which of the equal rows of the file this is."""
        chunk = super().build(typed, extensions, problems)
        names = sorted(chunk.columns)
        rows = zip(*(chunk.columns[name] for name in names), extensions or [None] * len(problems.rows), strict=True)
        keys: list[str] = []
        for index, row in enumerate(rows):
            digest = hashlib.sha256(orjson.dumps([row, ""] if index in problems.bad else [row])).digest()
            number = self._count[digest[:16]] = self._count[digest[:16]] + 1
            keys.append(f"{digest.hex()}-{number}")
        chunk.columns["content_key"] = keys
        return chunk


class BankReturnAssembler(Assembler):
    """A bank return names its payment by batch number and line."""

    def __init__(self, kind: Kind, work: Work) -> None:
        super().__init__(kind, work)
        self._payments = Finder(work.engine, work.table("payments"), ("batch_no", "seq"))

    def resolve(self, typed: Columns, problems: Problems) -> None:
        """The payment must be known."""
        keys = list(zip(typed["batch_no"], typed["seq"], strict=True))
        numbers = self._payments.find(keys)
        typed["payment_id"] = numbers
        for index, (key, number) in enumerate(zip(keys, numbers, strict=True)):
            if number is None and index not in problems.bad:
                missing = next((h for h, part in zip(("批次号", "序号"), key, strict=True) if part is None), None)
                if missing:
                    problems.add(index, missing, None, "必填", "补上这一格")
                else:
                    problems.add(
                        index, "批次号", f"{key[0]} · {key[1]}", "没有这一笔发放", "先导入资金发放，或核对批次号和序号"
                    )
        self.work.file.add_referred("payments", {n for n in numbers if n is not None})


class PairingAssembler(Assembler):
    """The key holds the one target that is filled."""

    def resolve(self, typed: Columns, problems: Problems) -> None:
        """`household:<id>`, `village:<code>` or `project:<code>`."""
        super().resolve(typed, problems)
        rows = zip(typed["household_id"], typed["village_code"], typed["project_code"], strict=True)
        typed["target"] = [
            f"household:{h}"
            if h is not None
            else f"village:{v}"
            if v is not None
            else f"project:{p}"
            if p is not None
            else None
            for h, v, p in rows
        ]


ASSEMBLERS: dict[str, type[Assembler]] = {
    "households": HouseholdAssembler,
    "incomes": IncomeAssembler,
    "bank_returns": BankReturnAssembler,
    "pairings": PairingAssembler,
}


def assembler_for(kind: Kind, work: Work) -> Assembler:
    """The assembler of a kind."""
    return ASSEMBLERS.get(kind.name, Assembler)(kind, work)
