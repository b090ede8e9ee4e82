"""Datums: golden points, round trips below a metre, and no comparison across datums without conversion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.geo import Datum, Point, convert, distance_m, out_of_china, parse_datum, point

BEIJING_STATION = point(39.90105, 116.42079, Datum.WGS84)
IN_CHINA = st.builds(
    point, st.floats(18.5, 53.0), st.floats(75.0, 134.0), st.sampled_from([Datum.WGS84, Datum.GCJ02, Datum.BD09])
)


def test_the_published_pair_of_beijing_station_is_met() -> None:
    shifted = convert(BEIJING_STATION, Datum.GCJ02)
    assert shifted.degrees == pytest.approx((39.90245, 116.42703), abs=1e-5)
    unconverted = Point(shifted.lat_e7, shifted.lng_e7, Datum.WGS84)
    assert distance_m(BEIJING_STATION, unconverted) == pytest.approx(556, abs=5)
    assert distance_m(BEIJING_STATION, shifted) < 1


def test_a_point_of_a_baidu_map_is_the_published_one() -> None:
    # 39.915, 116.404 (GCJ-02, Tian'anmen) is drawn at 39.92133993, 116.41036949 on BD-09 maps.
    baidu = convert(point(39.915, 116.404, Datum.GCJ02), Datum.BD09)
    assert baidu.degrees == pytest.approx((39.921340, 116.410369), abs=2e-5)


@given(IN_CHINA, st.sampled_from(list(Datum)))
def test_every_round_trip_returns_within_a_metre(place: Point, datum: Datum) -> None:
    back = convert(convert(place, datum), place.datum)
    assert abs(back.lat_e7 - place.lat_e7) <= 10 and abs(back.lng_e7 - place.lng_e7) <= 10
    assert distance_m(place, convert(place, datum)) < 1


def test_outside_china_nothing_is_shifted() -> None:
    paris = point(48.8584, 2.2945, Datum.WGS84)
    assert out_of_china(*paris.degrees)
    assert convert(paris, Datum.GCJ02).degrees == paris.degrees


def test_cgcs2000_is_kept_as_wgs84_with_a_note() -> None:
    assert parse_datum("CGCS2000") == (Datum.WGS84, "原坐标系 CGCS2000，与 WGS84 相差几厘米，按 WGS84 保存")
    assert parse_datum(" gcj-02 ") == (Datum.GCJ02, None)
    assert parse_datum("bd09") == (Datum.BD09, None)
    with pytest.raises(ValueError, match="datum"):
        parse_datum("北京54")


def test_a_point_off_the_globe_is_refused() -> None:
    with pytest.raises(ValueError, match="globe"):
        point(91, 0, Datum.WGS84)
