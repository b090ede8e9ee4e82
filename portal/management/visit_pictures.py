"""Pictures of visits drawn here: the days of a year as a calendar, villages and squares as an outline. No script needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from portal.management.outlines import Ring
from portal.management.visit_tiles import Bounds, Tile, TileSource, tiles_under
from portal.registers.helpers.check_ins.spread.queries import Square, Tally

STEPS = 4
CELL = 15
MAP_WIDTH, MARGIN = 720, 28
MOST_NAMES = 60
NOTHING = Tally(0, 0)


def step_of(count: int, most: int) -> int:
    """0 for none, else 1 to 4 by the root of the share of the greatest, so that one busy day does not pale the others."""
    return 0 if count <= 0 or most <= 0 else max(1, math.ceil(math.sqrt(count / most) * STEPS))


@dataclass(frozen=True)
class Day:
    """One day of the calendar: its visits, how dark it is, and where it stands in the picture."""

    on: date
    tally: Tally
    step: int
    x: int
    y: int


@dataclass(frozen=True)
class Calendar:
    """Months as rows of days for the table, the same days as squares for the picture."""

    months: Sequence[tuple[str, Sequence[Day]]]
    total: Tally
    most: int
    labels: Sequence[tuple[int, str]] = field(default=())

    @property
    def days(self) -> list[Day]:
        """Every day in order."""
        return [day for _month, days in self.months for day in days]

    @property
    def width(self) -> int:
        """Of the picture."""
        return max((day.x for day in self.days), default=0) + CELL + 2

    @property
    def busiest(self) -> Day | None:
        """The day with the most visits, the first of several."""
        return max(self.days, key=lambda day: day.tally.total, default=None) if self.most else None


def months_back(last: date, count: int) -> tuple[date, date]:
    """The first day of the first of `count` months, and the last day of the month of `last`."""
    number = last.year * 12 + last.month - 1
    first, after = number - count + 1, number + 1
    return date(first // 12, first % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def calendar_of(tallies: Mapping[date, Tally], since: date, until: date) -> Calendar:
    """Every day from one to another, whether anybody went or not."""
    most = max((tally.total for tally in tallies.values()), default=0)
    monday = since - timedelta(days=since.weekday())
    months: dict[str, list[Day]] = {}
    labels: list[tuple[int, str]] = []
    for number in range((until - since).days + 1):
        on = since + timedelta(days=number)
        tally, x = tallies.get(on, NOTHING), (on - monday).days // 7 * CELL + 1
        name = f"{on:%Y-%m}"
        if name not in months:
            labels.append((x, name))
        months.setdefault(name, []).append(Day(on, tally, step_of(tally.total, most), x, on.weekday() * CELL + 18))
    total = Tally(sum(t.done for t in tallies.values()), sum(t.not_possible for t in tallies.values()))
    return Calendar(list(months.items()), total, most, labels)


@dataclass(frozen=True)
class VillageMark:
    """One village on the outline and in the table; x None: its households have no coordinates."""

    code: str
    name: str
    tally: Tally
    x: float | None
    y: float | None
    radius: float
    line: int = 0  # how many villages stand at the same place before it: their names go below each other


@dataclass(frozen=True)
class SquareMark:
    """One square kilometre with visits, its south-western corner in the picture."""

    place: str
    visits: int
    step: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Outline:
    """The drawing: villages, squares, the border where there is one, a bar of so many kilometres."""

    height: int
    villages: Sequence[VillageMark]
    squares: Sequence[SquareMark]
    border: Sequence[str]
    bar_px: float
    bar_km: int
    named: bool
    tiles: Sequence[Tile] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether anything has a place."""
        return bool(self.squares) or any(v.x is not None for v in self.villages)


@dataclass(frozen=True)
class _Frame:
    """Degrees to pixels: longitudes shrunk by the latitude, so that a square kilometre looks square."""

    west: float
    north: float
    px_per_lat: float
    shrink: float

    def at(self, lng: float, lat: float) -> tuple[float, float]:
        x = MARGIN + (lng - self.west) * self.shrink * self.px_per_lat
        return round(x, 1), round(MARGIN + (self.north - lat) * self.px_per_lat, 1)

    def bounds(self, height: int) -> Bounds:
        """What a picture of this height shows, its margin with it."""
        wide, tall = self.shrink * self.px_per_lat, self.px_per_lat
        west, north = self.west - MARGIN / wide, self.north + MARGIN / tall
        return Bounds(west, north - height / tall, west + MAP_WIDTH / wide, north)


def outline_with(
    names: Mapping[str, str],
    tallies: Mapping[str, Tally],
    points: Mapping[str, tuple[int, int]],
    squares: Sequence[Square],
    border: Sequence[Ring],
    source: TileSource | None = None,
) -> Outline:
    """Draw what has a place; every village stands in the table whether it has one or not. `source`: of a map below."""
    places = [(lng / 1e7, lat / 1e7) for lat, lng in points.values()]
    places += [(s.lng_e7 / 1e7, s.lat_e7 / 1e7) for s in squares]
    frame, height = _frame([*places, *(spot for ring in border for spot in ring)])
    most = max((tally.total for tally in tallies.values()), default=0)
    villages = [
        _village(frame, code, name, tallies.get(code, NOTHING), points.get(code), most) for code, name in names.items()
    ]
    bar_km = _bar_km(frame)
    return Outline(
        height=height,
        villages=_lined(sorted(villages, key=lambda v: v.code)),
        squares=_squares(frame, squares),
        border=[" ".join(f"{x},{y}" for x, y in (frame.at(*spot) for spot in ring)) for ring in border],
        bar_px=round(frame.px_per_lat * bar_km / 111.2, 1),
        bar_km=bar_km,
        named=len(villages) <= MOST_NAMES,
        tiles=tiles_under(source, frame.bounds(height), frame.shrink * frame.px_per_lat, frame.at)
        if source is not None and places
        else (),
    )


def _frame(places: Sequence[tuple[float, float]]) -> tuple[_Frame, int]:
    lngs, lats = [p[0] for p in places] or [0.0], [p[1] for p in places] or [0.0]
    middle = (min(lats) + max(lats)) / 2
    shrink = max(0.1, math.cos(math.radians(middle)))
    wide, tall = max((max(lngs) - min(lngs)) * shrink, 0.02), max(max(lats) - min(lats), 0.02)
    px = min((MAP_WIDTH - 2 * MARGIN) / wide, 520 / tall)
    return _Frame(min(lngs), max(lats), px, shrink), round(tall * px) + 2 * MARGIN + 20


def _bar_km(frame: _Frame) -> int:
    wanted = 120 / frame.px_per_lat * 111.2
    return next((km for km in (50, 20, 10, 5, 2) if km <= wanted), 1)


def _village(
    frame: _Frame, code: str, name: str, tally: Tally, point: tuple[int, int] | None, most: int
) -> VillageMark:
    x, y = frame.at(point[1] / 1e7, point[0] / 1e7) if point else (None, None)
    return VillageMark(code, name, tally, x, y, round(4 + 12 * math.sqrt(tally.total / most), 1) if most else 4)


def _lined(villages: Sequence[VillageMark]) -> list[VillageMark]:
    taken: dict[tuple[float | None, float | None], int] = {}
    found = []
    for village in villages:
        line = taken.get((village.x, village.y), 0)
        taken[village.x, village.y] = line + 1
        found.append(replace(village, line=line))
    return found


def _squares(frame: _Frame, squares: Iterable[Square]) -> list[SquareMark]:
    listed = list(squares)
    most = max((s.visits for s in listed), default=0)
    found = []
    for s in listed:
        x, y = frame.at(s.lng_e7 / 1e7 - 0.005, s.lat_e7 / 1e7 + 0.005)
        width = round(0.01 * frame.shrink * frame.px_per_lat, 1)
        place = f"{s.lat_e7 / 1e7:.2f}, {s.lng_e7 / 1e7:.2f}"
        found.append(
            SquareMark(place, s.visits, step_of(s.visits, most), x, y, width, round(0.01 * frame.px_per_lat, 1))
        )
    return found
