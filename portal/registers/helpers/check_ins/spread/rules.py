"""The middle of points of different datums, weighted."""

from __future__ import annotations

from collections.abc import Sequence

from portal.kernel.geo import Datum, Point, convert


def mean_point(points: Sequence[tuple[Point, int]]) -> Point:
    """The weighted middle in WGS-84; each point is converted from its own datum first."""
    places = [(convert(place, Datum.WGS84), weight) for place, weight in points]
    total = sum(weight for _, weight in places)
    lat = sum(place.lat_e7 * weight for place, weight in places)
    lng = sum(place.lng_e7 * weight for place, weight in places)
    return Point(round(lat / total), round(lng / total), Datum.WGS84)
