"""How counts of complaints may be told so that no subtraction, of cells or of two publications, finds a case. Pure.

Whoever reads them may have written some of them himself. Therefore zero is told like any other number below the smallest
cell; a place stands alone only if it reaches that cell, and what does not is one line that reaches it as well; a part is
told only if it and what is left of the whole reach it: nothing left is little left too, for it tells of each one in the
whole. A quarter with too few waits and is told with the next one, so that what was published once is never told again in
other pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final

from portal.kernel.errors import Refused


@dataclass(frozen=True, order=True)
class Quarter:
    """季度."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


@dataclass(frozen=True)
class Tally:
    """What happened in a quarter: 收到, 答复, 未超期答复, 信访答复, 予以支持, 申诉复查, 评价, 满意."""

    received: int
    answered: int
    in_time: int
    petitions: int
    granted: int
    appealed: int
    rated: int
    satisfied: int

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in FIGURES))


FIGURES: Final = tuple(f.name for f in fields(Tally))
NOTHING: Final = Tally(*(0 for _name in FIGURES))
#: Of which figure each is a part; what is left of the whole must not be small either. Reports of wrongdoing are answered
#: too and never granted: what was granted is a part of what was answered to petitions, else one refusal would show.
PART_OF: Final[Mapping[str, str]] = {
    "in_time": "answered", "petitions": "answered", "granted": "petitions", "satisfied": "rated",
}  # fmt: skip
CITY_WIDE: Final = ""


@dataclass(frozen=True)
class PublicRow:
    """One line: a county (blank: all the others together) and its figures; None where one is too small to be told."""

    county: str
    figures: Mapping[str, int | None]


@dataclass(frozen=True)
class PublicPeriod:
    """One or several closed quarters that are told together."""

    first: Quarter
    last: Quarter
    rows: Sequence[PublicRow]


def closed_until(today: date) -> date:
    """The last day of the last quarter that is over."""
    return Quarter.of(today).first_day - timedelta(days=1)


def public_periods(
    quarters: Mapping[Quarter, Mapping[str, Tally]],
    counties: Collection[str],
    until: date,
    smallest: int,
    since: Quarter | None = None,
) -> list[PublicPeriod]:
    """Every closed period that may be told, the latest first. Only quarters that end on `until` or before are looked at.

    `since`: the quarter after the last one that was told; what lies before it is not told again.
    """
    known = sorted(quarter for quarter in quarters if quarter.last_day <= until and (since is None or quarter >= since))
    told: list[PublicPeriod] = []
    if not known:
        return told
    waiting: dict[str, Tally] = {}
    first = quarter = since or Quarter(known[0].year, 1)  # not the quarter of the very first one
    while quarter.last_day <= until:
        for county, tally in quarters.get(quarter, {}).items():
            waiting[county] = waiting.get(county, NOTHING).plus(tally)
        if sum(tally.received for tally in waiting.values()) >= smallest:
            told.append(PublicPeriod(first, quarter, _rows(waiting, counties, smallest)))
            waiting, first = {}, quarter.next
        quarter = quarter.next
    return told[::-1]


def _rows(found: Mapping[str, Tally], counties: Collection[str], smallest: int) -> list[PublicRow]:
    alone = [code for code in sorted(counties) if code in found and found[code].received >= smallest]
    others = (set(counties) | set(found)) - set(alone)

    def rest() -> Tally:
        whole = NOTHING
        for code in others:
            whole = whole.plus(found.get(code, NOTHING))
        return whole

    while others and alone and rest().received < smallest:
        drawn_in = min(alone, key=lambda code: (found[code].received, code))
        alone.remove(drawn_in)
        others.add(drawn_in)
    rows = [PublicRow(code, _told(found[code], smallest)) for code in alone]
    return [*rows, PublicRow(CITY_WIDE, _told(rest(), smallest))] if others else rows


def _told(tally: Tally, smallest: int) -> dict[str, int | None]:
    told: dict[str, int | None] = {}
    for name in FIGURES:
        number, whole = getattr(tally, name), PART_OF.get(name)
        left = getattr(tally, whole) - number if whole else smallest
        told[name] = number if min(number, left) >= smallest else None
    return told


def counted_again(
    counties: Sequence[str], quarters: Mapping[Quarter, Mapping[str, Tally]], first: date, last: date, smallest: int
) -> list[PublicRow]:
    """The lines of a period that was told, counted again: the same places stand alone, whatever they are now."""
    found = dict.fromkeys(counties, NOTHING)
    for quarter, tallied in quarters.items():
        if first <= quarter.first_day <= last:
            for county, tally in tallied.items():
                line = county if county in found else CITY_WIDE
                found[line] = found.get(line, NOTHING).plus(tally)
    return [PublicRow(county, _told(found[county], smallest)) for county in counties]


def correction_problem(before: Sequence[PublicRow], after: Sequence[PublicRow], smallest: int) -> None:
    """Refuse a correction that corrects nothing, and one whose difference would show fewer than the smallest cell."""
    pairs = [
        (old.figures.get(name), new.figures.get(name))
        for old, new in zip(before, after, strict=True)
        for name in FIGURES
    ]
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    if not changed:
        raise Refused("没有任何改动", why="重新统计的结果和公布的一样", code="unchanged")
    if any(_least_apart(old, new, smallest) < smallest for old, new in changed):
        raise Refused(
            "差得太少，不能更正", why=f"有一处只差不到 {smallest} 件，前后一减就认得出是哪一件",
            fix="公布的数不动；以后的季度照实公布", code="small_difference",
        )  # fmt: skip


def _least_apart(old: int | None, new: int | None, smallest: int) -> int:
    """By how much two told figures may differ at the least; what is not told is anything below the smallest cell."""
    if old is not None and new is not None:
        return abs(old - new)
    return max(old or 0, new or 0) - (smallest - 1)
