"""A map under the outline of visits, where the operator has set a source of tiles. Off unless he has.

Only the square tiles of the area that is looked at are asked for, by whoever looks; no household is named by it. A source that
draws in GCJ-02 is moved to WGS-84 tile by tile, as everything else on the picture is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portal.kernel.geo import Datum, convert, point
from portal.settings import Settings

SIDE: Final = 256
ZOOMS: Final = (3, 17)
MOST_TILES: Final = 64
_SOURCE: Final = re.compile(r"(https://[a-z0-9.-]+(?::[0-9]{1,5})?)/[^\s\"'<>;,]*")


@dataclass(frozen=True)
class TileSource:
    """Where tiles come from: an address with {z} {x} {y}, the datum they are drawn in, and whom to name."""

    address: str
    datum: Datum
    credit: str

    @property
    def origin(self) -> str:
        """Scheme and host, for the content policy of the one page that shows tiles."""
        found = _SOURCE.fullmatch(self.address)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Tile:
    """One tile in the picture."""

    href: str
    x: float
    y: float
    width: float
    height: float


def source_of(settings: Settings) -> TileSource | None:
    """The source that the operator has set; None where there is none, or where its setting cannot be one."""
    address, datum = settings.map_tiles, settings.map_tiles_datum
    is_address = _SOURCE.fullmatch(address) and all(part in address for part in ("{z}", "{x}", "{y}"))
    if not is_address or datum not in (Datum.WGS84, Datum.GCJ02):
        return None
    return TileSource(address, Datum(datum), settings.map_tiles_credit)


@dataclass(frozen=True)
class Bounds:
    """What the picture shows, in degrees (WGS-84)."""

    west: float
    south: float
    east: float
    north: float


def tiles_under(
    source: TileSource, bounds: Bounds, px_per_lng: float, at: Callable[[float, float], tuple[float, float]]
) -> list[Tile]:
    """The tiles that cover the bounds, at the zoom nearest to the picture's own; `at` places (lng, lat) in it."""
    zoom = round(math.log2(max(px_per_lng, 0.1) * 360 / SIDE))
    zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
    west, north = _drawn(source, bounds.west, bounds.north)
    east, south = _drawn(source, bounds.east, bounds.south)
    columns = range(_column(west, zoom), _column(east, zoom) + 1)
    lines = range(_line(north, zoom), _line(south, zoom) + 1)
    if len(columns) * len(lines) > MOST_TILES:
        return []
    return [_tile(source, zoom, x, y, at) for y in lines for x in columns]


def _drawn(source: TileSource, lng: float, lat: float) -> tuple[float, float]:
    """Where the source draws a point."""
    lat, lng = convert(point(lat, lng, Datum.WGS84), source.datum).degrees
    return lng, lat


def _tile(source: TileSource, zoom: int, x: int, y: int, at: Callable[[float, float], tuple[float, float]]) -> Tile:
    left, top = at(*_true(source, _lng(x, zoom), _lat(y, zoom)))
    right, bottom = at(*_true(source, _lng(x + 1, zoom), _lat(y + 1, zoom)))
    href = source.address.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
    return Tile(href, left, top, round(right - left, 1), round(bottom - top, 1))


def _true(source: TileSource, lng: float, lat: float) -> tuple[float, float]:
    """Which point lies where the source draws this one."""
    lat, lng = convert(point(lat, lng, source.datum), Datum.WGS84).degrees
    return lng, lat


def _column(lng: float, zoom: int) -> int:
    return math.floor((lng + 180) / 360 * (1 << zoom))


def _line(lat: float, zoom: int) -> int:
    return math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * (1 << zoom))


def _lng(column: int, zoom: int) -> float:
    return float(column / (1 << zoom) * 360 - 180)


def _lat(line: int, zoom: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * line / (1 << zoom)))))
