"""The outline of a place, where the operator has put one: `maps/<code>.geojson` in the home, WGS-84. Never a map tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

MOST_BYTES = 4 << 20
MOST_POINTS = 20_000
Ring = list[tuple[float, float]]


def outline_of(folder: Path, codes: Sequence[str]) -> list[Ring]:
    """The rings (longitude, latitude in degrees) of the first of some places that has a file; empty when none has.

    `codes` must be division codes in hand: they become file names. A file that cannot be read draws nothing.
    """
    for code in codes:
        path = folder / f"{code}.geojson"
        if code.isdigit() and path.is_file() and path.stat().st_size <= MOST_BYTES:
            rings = list(_rings(_read(path)))
            if rings and sum(map(len, rings)) <= MOST_POINTS:
                return rings
    return []


def _read(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _rings(shape: Any) -> Iterator[Ring]:
    if not isinstance(shape, dict):
        return
    for part in (*_list(shape.get("features")), *_list(shape.get("geometries")), shape.get("geometry")):
        yield from _rings(part)
    coordinates = _list(shape.get("coordinates"))
    for polygon in coordinates if shape.get("type") == "MultiPolygon" else [coordinates]:
        if shape.get("type") in ("Polygon", "MultiPolygon"):
            yield from (ring for line in _list(polygon) if len(ring := _ring(line)) > 2)


def _ring(line: Any) -> Ring:
    pairs = [pair for pair in _list(line) if isinstance(pair, list) and len(pair) >= 2]
    return [(float(x), float(y)) for x, y, *_more in pairs if isinstance(x, int | float) and isinstance(y, int | float)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
