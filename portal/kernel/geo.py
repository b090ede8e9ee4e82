"""Coordinates with their datum, stored as integers × 10^7; conversion happens only at the edge.

Maps made in China draw points shifted by some hundred metres (GCJ-02) and again (BD-09). Comparing two points without
converting makes every honest visit look false, so a point never travels without its datum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from geopy.distance import great_circle

E7: Final = 10**7
_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
_X_PI: Final = math.pi * 3000.0 / 180.0
_CLOSE: Final = 1e-7


class Datum(StrEnum):
    """坐标系."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees × 10^7 with its datum."""

    lat_e7: int
    lng_e7: int
    datum: Datum

    @property
    def degrees(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return self.lat_e7 / E7, self.lng_e7 / E7


def point(lat: float, lng: float, datum: Datum) -> Point:
    """A point from degrees; raises ValueError off the globe."""
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise ValueError("latitude or longitude off the globe")
    return Point(round(lat * E7), round(lng * E7), datum)


def parse_datum(text: str) -> tuple[Datum, str | None]:
    """A datum by any of its names, with the note to keep; CGCS2000 is WGS-84 to a few centimetres. Raises ValueError."""
    name = text.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
    names = {
        "WGS84": Datum.WGS84,
        "GPS": Datum.WGS84,
        "GCJ02": Datum.GCJ02,
        "火星坐标": Datum.GCJ02,
        "高德": Datum.GCJ02,
    }
    names |= {"BD09": Datum.BD09, "BD09LL": Datum.BD09, "百度": Datum.BD09, "EPSG:4326": Datum.WGS84}
    if name in names:
        return names[name], None
    if name in ("CGCS2000", "国家2000", "2000国家大地坐标系"):
        return Datum.WGS84, "原坐标系 CGCS2000，与 WGS84 相差几厘米，按 WGS84 保存"
    raise ValueError(f"unknown datum {text!r}")


def out_of_china(lat: float, lng: float) -> bool:
    """The rectangle outside which the Chinese shift is not applied."""
    return not (72.004 <= lng <= 137.8347 and 0.8293 <= lat <= 55.8271)


def convert(place: Point, datum: Datum) -> Point:
    """The same place in another datum (error below a metre)."""
    if place.datum is datum:
        return place
    lat, lng = place.degrees
    if place.datum is Datum.BD09:
        lat, lng = _bd_to_gcj(lat, lng)
    wgs = (lat, lng) if place.datum is Datum.WGS84 else None
    if datum is Datum.WGS84:
        return point(*_gcj_to_wgs(lat, lng), datum)
    gcj = _wgs_to_gcj(*wgs) if wgs else (lat, lng)
    return point(*(_gcj_to_bd(*gcj) if datum is Datum.BD09 else gcj), datum)


def distance_m(one: Point, other: Point) -> float:
    """Metres between two places, each converted to WGS-84 first."""
    a, b = convert(one, Datum.WGS84), convert(other, Datum.WGS84)
    return float(great_circle(a.degrees, b.degrees).meters)


def _wgs_to_gcj(lat: float, lng: float) -> tuple[float, float]:
    if out_of_china(lat, lng):
        return lat, lng
    d_lat, d_lng = _shift_lat(lng - 105.0, lat - 35.0), _shift_lng(lng - 105.0, lat - 35.0)
    radians = lat / 180.0 * math.pi
    magic = 1 - _EE * math.sin(radians) ** 2
    root = math.sqrt(magic)
    d_lat = d_lat * 180.0 / (_A * (1 - _EE) / (magic * root) * math.pi)
    d_lng = d_lng * 180.0 / (_A / root * math.cos(radians) * math.pi)
    return lat + d_lat, lng + d_lng


def _waves(value: float, *terms: tuple[float, float]) -> float:
    """Sum of amplitude × sin(value × π / period), times 2/3."""
    return sum(amplitude * math.sin(value * math.pi / period) for amplitude, period in terms) * 2.0 / 3.0


def _shift_lat(x: float, y: float) -> float:
    shift = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    shift += _waves(x, (20.0, 1 / 6), (20.0, 1 / 2))
    return shift + _waves(y, (20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))


def _shift_lng(x: float, y: float) -> float:
    shift = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    shift += _waves(x, (20.0, 1 / 6), (20.0, 1 / 2))
    return shift + _waves(x, (20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))


def _gcj_to_wgs(lat: float, lng: float) -> tuple[float, float]:
    """Inverse by iteration: the shift changes so slowly that a few rounds settle it."""
    if out_of_china(lat, lng):
        return lat, lng
    wgs_lat, wgs_lng = lat, lng
    for _ in range(20):
        there_lat, there_lng = _wgs_to_gcj(wgs_lat, wgs_lng)
        d_lat, d_lng = there_lat - lat, there_lng - lng
        wgs_lat, wgs_lng = wgs_lat - d_lat, wgs_lng - d_lng
        if abs(d_lat) < _CLOSE / 10 and abs(d_lng) < _CLOSE / 10:
            break
    return wgs_lat, wgs_lng


def _gcj_to_bd(lat: float, lng: float) -> tuple[float, float]:
    radius = math.hypot(lng, lat) + 0.00002 * math.sin(lat * _X_PI)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _X_PI)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _bd_to_gcj(lat: float, lng: float) -> tuple[float, float]:
    """Inverse of `_gcj_to_bd` by iteration: the usual closed form is off by up to half a metre."""
    gcj_lat, gcj_lng = lat - 0.006, lng - 0.0065
    for _ in range(20):
        there_lat, there_lng = _gcj_to_bd(gcj_lat, gcj_lng)
        gcj_lat, gcj_lng = gcj_lat - (there_lat - lat), gcj_lng - (there_lng - lng)
        if abs(there_lat - lat) < _CLOSE / 10 and abs(there_lng - lng) < _CLOSE / 10:
            break
    return gcj_lat, gcj_lng
