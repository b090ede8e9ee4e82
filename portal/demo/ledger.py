"""The chain of money: allocation lines from the treasury down, each child within its parent, taken-back sums upward."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from portal.demo.arrays import Days, DemoTable, Flags, Ints, Words, masked, numbered, table, words
from portal.demo.catalogue import Programme, Rhythm
from portal.demo.places import Places

NO_PARENT: Final = -1
COUNTY_MARKS: Final = {
    "320800": "淮",
    "320803": "淮安",
    "320804": "淮阴",
    "320812": "清江浦",
    "320813": "洪泽",
    "320826": "涟",
    "320830": "盱",
    "320831": "金",
    "320871": "淮开",
}
TIER_DAYS: Final = (45, 35, 20, 8)
"""Days before the first payment on which city, county, township and village lines of yearly money are dated."""
QUARTER_DAYS: Final = (8, 6, 4, 2)


@dataclass
class Block:
    """Lines that were added together."""

    parent: Ints
    programme: int
    origin: Words
    target: Words
    division: Words
    fen: Ints
    day: Days
    purpose: str
    project: Words


@dataclass
class Ledger:
    """All allocation lines, in an order in which parents come first."""

    places: Places
    programmes: list[Programme]
    blocks: list[Block] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        programme: Programme,
        parent: Ints | int,
        units: tuple[list[str] | Words, list[str] | Words],
        division: list[str] | Words,
        fen: Ints,
        day: Days | np.datetime64,
        purpose: str,
        project: Words | None = None,
    ) -> Ints:
        """Append lines of one tier; returns their indices."""
        n = len(fen)
        self.blocks.append(
            Block(
                np.broadcast_to(np.asarray(parent, dtype=np.int64), (n,)),
                programme.index,
                words(list(units[0])),
                words(list(units[1])),
                words(list(division)),
                np.asarray(fen, dtype=np.int64),
                np.broadcast_to(np.asarray(day, dtype="datetime64[D]"), (n,)),
                purpose,
                np.full(n, "") if project is None else project,
            )
        )
        self.count += n
        return np.arange(self.count - n, self.count)

    def to_counties(
        self, programme: Programme, fen: Ints, days: tuple[np.datetime64, np.datetime64], purpose: str
    ) -> Ints:
        """Lines to the counties' departments (0 fen: no line, -1); in a city its own department stands in between."""
        places, letters = self.places, programme.kind.department
        used = np.flatnonzero(fen)
        codes = [places.counties[i] for i in used]
        parent: Ints | int = NO_PARENT
        origin = [places.department(code, "CZ") for code in codes]
        if places.plan.scale.has_city and programme.kind.level != "县":
            city = "320800000000"
            units = [places.department(city, "CZ")], [places.department(city, letters)]
            parent = self.add(programme, NO_PARENT, units, [city], fen.sum(keepdims=True), days[0], purpose)
            origin = units[1] * len(codes)
        units = origin, [places.department(code, letters) for code in codes]
        lines = np.full(len(fen), NO_PARENT, dtype=np.int64)
        lines[used] = self.add(
            programme, np.broadcast_to(parent, (len(used),)), units, codes, fen[used], days[1], purpose
        )
        return lines

    def to_townships(self, programme: Programme, counties: Ints, fen: Ints, day: np.datetime64, purpose: str) -> Ints:
        """Lines from county departments to townships; 0 fen: no line."""
        places, letters = self.places, programme.kind.department
        used = np.flatnonzero(fen)
        county = places.town_county[used]
        units = (
            [places.department(places.counties[c], letters) for c in county],
            [places.town_unit(places.townships[t]) for t in used],
        )
        lines = np.full(len(fen), NO_PARENT, dtype=np.int64)
        division = [places.townships[t] for t in used]
        lines[used] = self.add(programme, counties[county], units, division, fen[used], day, purpose)
        return lines

    def to_villages(self, programme: Programme, towns: Ints, fen: Ints, day: np.datetime64, purpose: str) -> Ints:
        """Lines from townships to the bank that pays out in a village; 0 fen: no line."""
        places = self.places
        used = np.flatnonzero(fen)
        town = places.village_town[used]
        units = (
            [places.town_unit(places.townships[t]) for t in town],
            [places.bank(places.counties[c]) for c in places.town_county[town]],
        )
        lines = np.full(len(fen), NO_PARENT, dtype=np.int64)
        lines[used] = self.add(programme, towns[town], units, places.village_codes[used], fen[used], day, purpose)
        return lines

    def household_chain(
        self,
        programme: Programme,
        first: np.datetime64,
        fen: Ints,
        by_village: bool,
        over: Ints,
        back_on: np.datetime64 | None,
    ) -> Ints:
        """The lines of one instalment of household money; `over` was sent too much and is taken back on `back_on`."""
        places, offsets = self.places, QUARTER_DAYS if programme.kind.rhythm is Rhythm.MONTHLY else TIER_DAYS
        since = len(self.blocks)
        floor = np.datetime64(f"{programme.year}-01-03", "D")
        days = [max(first - np.timedelta64(d, "D"), floor + np.timedelta64(2 * i, "D")) for i, d in enumerate(offsets)]
        towns = len(places.townships)
        gross = fen + over
        town_fen = (
            np.bincount(places.village_town, weights=gross, minlength=towns).astype(np.int64) if by_village else gross
        )
        county_fen = np.bincount(places.town_county, weights=town_fen, minlength=len(places.counties)).astype(np.int64)
        purpose = f"{programme.kind.name}{'（按季下达）' if programme.kind.rhythm is Rhythm.MONTHLY else ''}"
        counties = self.to_counties(programme, county_fen, (days[0], days[1]), purpose)
        lines = self.to_townships(programme, counties, town_fen, days[2], purpose)
        if by_village:
            lines = self.to_villages(programme, lines, gross, days[3], purpose)
        if back_on is not None and over.any():
            self.take_back(programme, lines, over, back_on, since)
        return lines

    def take_back(self, programme: Programme, lines: Ints, over: Ints, day: np.datetime64, since: int) -> None:
        """Negative lines that take `over` back from these lines and on up to the treasury, two days a tier.

        `since` is the number of the block with which this chain began: no line above it lies earlier.
        """
        chain = self.blocks[since:]
        base = self.count - sum(len(b.fen) for b in chain)
        origin, target = np.concatenate([b.origin for b in chain]), np.concatenate([b.target for b in chain])
        division, parent = np.concatenate([b.division for b in chain]), np.concatenate([b.parent for b in chain])
        level, sums = lines[over > 0], over[over > 0]
        while len(level):
            at = level - base
            self.add(programme, level, (target[at], origin[at]), division[at], -sums, day, "收回多下达部分")
            kept = parent[at] != NO_PARENT
            level, inverse = np.unique(parent[at][kept], return_inverse=True)
            sums = np.bincount(inverse, weights=sums[kept], minlength=len(level)).astype(np.int64)
            day = day + np.timedelta64(2, "D")

    def kind_name(self, letters: str) -> str:
        """What lines of a kind of money say as their purpose."""
        return next(p.kind.name for p in self.programmes if p.kind.letters == letters)

    def numbers(self) -> Words:
        """拨付编号 of every line, by its index."""
        year = np.concatenate([np.full(len(b.fen), self.programmes[b.programme].year) for b in self.blocks])
        return np.char.add(numbered("BF", year, 4), numbered("-", np.arange(1, self.count + 1), 6))

    def fen(self) -> Ints:
        """Amount of every line."""
        return np.concatenate([b.fen for b in self.blocks])

    def top_fen(self) -> Ints:
        """Net money handed out of the treasury, by programme."""
        total = np.zeros(len(self.programmes), dtype=np.int64)
        roots: set[int] = set()
        start = 0
        for block in self.blocks:
            index = np.arange(start, start + len(block.fen))
            is_root: Flags = (block.parent == NO_PARENT) | ((block.fen < 0) & np.isin(block.parent, list(roots)))
            roots.update(index[block.parent == NO_PARENT].tolist())
            total[block.programme] += int(block.fen[is_root].sum())
            start += len(block.fen)
        return total

    def tables(self) -> list[DemoTable]:
        """资金拨付, a file a year."""
        numbers = self.numbers()
        start = np.cumsum([0, *[len(b.fen) for b in self.blocks]])
        by_year: dict[int, list[int]] = {}
        for index, block in enumerate(self.blocks):
            by_year.setdefault(self.programmes[block.programme].year, []).append(index)
        return [self._table(year, picked, numbers, start) for year, picked in sorted(by_year.items())]

    def _table(self, year: int, picked: list[int], numbers: Words, start: Ints) -> DemoTable:
        blocks = [self.blocks[i] for i in picked]
        index = np.concatenate([np.arange(start[i], start[i + 1]) for i in picked])
        parent = np.concatenate([b.parent for b in blocks])
        programme = np.concatenate([np.full(len(b.fen), b.programme) for b in blocks])
        day = np.concatenate([b.day for b in blocks])
        division = np.concatenate([b.division for b in blocks])
        marks = words([COUNTY_MARKS[code] for code in COUNTY_MARKS])
        mark = marks[np.searchsorted(sorted(COUNTY_MARKS), division.astype("U6"))]
        document = np.char.add(
            np.char.add(mark, f"财农〔{year}〕"),
            np.char.add((3 + (programme * 7 + day.astype("datetime64[D]").astype(np.int64)) % 290).astype("U8"), "号"),
        )
        return table(
            "allocations",
            f"allocations-{year}",
            {
                "拨付编号": numbers[index],
                "上级拨付编号": masked(numbers[parent], parent == NO_PARENT),
                "资金项目编码": words([p.code for p in self.programmes])[programme],
                "拨出单位": np.concatenate([b.origin for b in blocks]),
                "拨入单位": np.concatenate([b.target for b in blocks]),
                "区划代码": division,
                "金额": np.concatenate([b.fen for b in blocks]),
                "文号": document,
                "拨付日期": day,
                "用途": np.concatenate([np.full(len(b.fen), b.purpose) for b in blocks]),
                "项目编码": np.concatenate([b.project for b in blocks]),
            },
        )
