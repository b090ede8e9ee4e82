"""Kinds that need more than their declaration: households and their persons, incomes, bank returns, pairings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from portal.intake.assembling import Assembler, Work
from portal.intake.declaration import CLEAR, Columns, Kind, Problems
from portal.intake.kinds.households import DECIDED_FIELDS, HEAD, HOUSEHOLD_FIELDS, STATUS_FIELDS
from portal.intake.limits import LoadLimits
from portal.intake.lookups import Finder, find_all_rows, find_rows
from portal.intake.table_stager import BAD, NEW, TableChunk, TableStager


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

    def identities(self, chunk: TableChunk) -> Sequence[tuple[Any, ...]]:
        """The person a row means: the one on the register, else the ID alone; the name only where there is no ID."""
        return [
            ("#", chunk.existing[key]["id"]) if key in chunk.existing else key if key[1] is None else key[:2]
            for key in chunk.keys
        ]

    @staticmethod
    def _by_name(rows: Sequence[Mapping[str, Any]], *, has_id: bool) -> Mapping[str, Any] | None:
        """The one without an ID; a row that leaves the ID blank also means the only person of that name."""
        nameless = [row for row in rows if row["id_index"] is None]
        if nameless:
            return nameless[0]
        return rows[0] if len(rows) == 1 and not has_id else None


class HouseholdAssembler(Assembler):
    """One row per person. What the rows say about a household is gathered and staged at the end; they must agree."""

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
        self._later: dict[tuple[str, str], int] = {}  # the row that said a field, where it was not the first one
        self._decided: set[str] = set()  # households whose 户主 row says the 状态
        self._heads: dict[str, tuple[tuple[Any, Any], int]] = {}  # 户主 of this file (ID, name) and the row
        self.outcome: Counter[int] = Counter()
        self._decides = False  # puts a household on the list, or somebody into a known one

    @property
    def stagers(self) -> list[TableStager]:
        """Households and persons."""
        return [self.households, self.stager]

    @property
    def takes_two(self) -> bool:
        """Nobody alone puts a household on the list or takes it off, or changes how many live in a known one."""
        changed = self.households.changed_fields | self.stager.changed_fields
        return self._decides or bool(changed & DECIDED_FIELDS)

    def take(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> list[int]:
        """Households of the chunk get their ids first; a new one must say where it lies."""
        for column in self.kind.columns:
            typed.setdefault(column.field, [None] * len(problems.rows))
        assert self.kind.settle is not None
        self.kind.settle(typed, problems)
        self.resolve(typed, problems)
        self.check_scope(typed, problems)
        numbers = self._name_households(typed, problems)
        self._check_heads(typed, problems)
        person = {name: values for name, values in typed.items() if name not in HOUSEHOLD_FIELDS}
        person["household_id"] = [self._ids.get(no) if isinstance(no, str) else None for no in numbers]
        chunk = self.build(person, extensions, problems)
        # A row may repeat the person and differ in what it says of the household.
        chunk.marks += [typed[name] for name in HOUSEHOLD_FIELDS]
        chunk.skip = problems.bad
        self.stager.identify(self.work.engine, chunk)
        outcome = self.stager.check(chunk, problems)
        self._gather(typed, outcome, problems)
        self._refuse_homeless(numbers, outcome, problems)
        self.stager.write(chunk, outcome)
        self._decides |= any(what == NEW and no in self._old for what, no in zip(outcome, numbers, strict=True))
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
                self._refuse_placeless(index, problems)
        fresh = [n for n in missing if n not in homeless]
        if fresh:
            first = self.work.reserve("households", len(fresh))
            self._ids.update(zip(fresh, range(first, first + len(fresh)), strict=True))
        return numbers

    def _check_heads(self, typed: Columns, problems: Problems) -> None:
        """A household has one 户主: a second one in the file is refused."""
        for index, relation in enumerate(typed["relation"]):
            no = typed["household_no"][index]
            if relation != HEAD or index in problems.bad or not isinstance(no, str):
                continue
            who = (typed["id"][index], typed["name"][index])
            first, row = self._heads.setdefault(no, (who, problems.rows[index]))
            if (first[0] != who[0]) if first[0] and who[0] else (first[1] != who[1]):
                problems.add(
                    index, "与户主关系", HEAD, f"第 {row} 行已是这一户的户主", "一户一个户主，另一位填与户主的关系"
                )

    def _gather(self, typed: Columns, outcome: list[int], problems: Problems) -> None:
        """Keep what each row says of its household; a row that says something else than an earlier one is refused."""
        numbers, relations = typed["household_no"], typed["relation"]
        for index, (no, relation, status) in enumerate(zip(numbers, relations, typed["status"], strict=True)):
            if outcome[index] and relation == HEAD and status is not None:
                self._decided.add(no)
        for index, no in enumerate(numbers):
            if not outcome[index]:
                continue
            said = {name: typed[name][index] for name in HOUSEHOLD_FIELDS if typed[name][index] is not None}
            if no in self._decided:
                self._let_head_decide(no, said, head=relations[index] == HEAD)
            known = self._gathered.get(no, {})
            wrong = [name for name, value in said.items() if known.get(name, value) != value]
            for name in wrong:
                self._refuse_other(index, no, name, said[name], problems)
            if wrong:
                outcome[index] = BAD
                continue
            self._gathered.setdefault(no, {})
            first = self._rows.setdefault(no, problems.rows[index])
            for name in said.keys() - known.keys():
                if first != problems.rows[index]:
                    self._later[no, name] = problems.rows[index]
            self._gathered[no].update(said)

    def _let_head_decide(self, no: str, said: dict[str, Any], *, head: bool) -> None:
        """状态 of a household, and the day it ended, are those of its 户主 row."""
        other = self._gathered.get(no, {}) if head else said
        for name in STATUS_FIELDS:
            other.pop(name, None)

    def _refuse_other(self, index: int, no: str, name: str, value: Any, problems: Problems) -> None:
        row = self._later.get((no, name), self._rows[no])
        header, shown, before = self.headers[name], _shown(name, value), _shown(name, self._gathered[no][name])
        problems.add(index, header, shown, f"第 {row} 行给同一户填的是 {before}", "改成一样，或只在户主那一行填")

    @staticmethod
    def _refuse_placeless(index: int, problems: Problems) -> None:
        problems.add(index, "区划代码", None, "这一户是新的，没有写在哪个村", "在户主那一行补上村的区划代码")

    def _refuse_homeless(self, numbers: list[Any], outcome: list[int], problems: Problems) -> None:
        """A new household whose only row with a village was refused does not enter without one."""
        for index, no in enumerate(numbers):
            if not outcome[index] or no in self._old or "division_code" in self._gathered[no]:
                continue
            self._refuse_placeless(index, problems)
            outcome[index] = BAD
        for no in {no for no in numbers if no in self._gathered and no not in self._old}:
            if "division_code" not in self._gathered[no]:
                del self._gathered[no]

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
        said = zip(outcome, columns["status"], strict=True)
        self._decides |= any(what == NEW and status not in (None, CLEAR) for what, status in said)
        self.outcome.update(outcome)


def _shown(name: str, value: Any) -> str:
    if value is CLEAR:
        return str(CLEAR.value)
    return f"{Decimal(value).scaleb(-7):f}" if name.endswith("_e7") else str(value)


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
    """The key holds the one target that is filled; nobody gets more households than the place allows without a reason."""

    def __init__(self, kind: Kind, work: Work) -> None:
        super().__init__(kind, work)
        self._limits = None if work.fresh else LoadLimits(work.engine)
        self._places = Finder(work.engine, work.table("households"), ("no",), "division_code")

    def build(self, typed: Columns, extensions: list[dict[str, str] | None] | None, problems: Problems) -> TableChunk:
        """The rows that are right in themselves are held to the limits of their places."""
        if self._limits is not None:
            numbers = [(no,) if isinstance(no, str) else (None,) for no in typed["household_no"]]
            self._limits.hold(typed, self._places.find(numbers), extensions, problems)
        return super().build(typed, extensions, problems)

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
