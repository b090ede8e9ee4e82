"""Q03 and Q09: what a number says of a person, and where a household is said to be."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.kernel.geo import E7, Datum, Point, convert
from portal.registers.recipients.models import Person
from tests.checks.comparison.conftest import Finder
from tests.factories.divisions import VILLAGE
from tests.factories.incomes import put_household, put_parameter

AT = Point(337_800_000, 1_192_600_000, Datum.WGS84)
NORTH_E7_PER_KM = E7 / 111.195


def test_sex_and_birth_date_are_held_against_the_number_where_both_are_filled(place: Session, find: Finder) -> None:
    household = put_household(place, members=0)
    number = {"id_sex": "男", "id_born_on": date(1965, 3, 12), "lives_together": True, "household_id": household.id}
    people = {
        "same": Person(name="a", sex="男", born_on=date(1965, 3, 12), **number),
        "sex": Person(name="b", sex="女", **number),
        "born": Person(name="c", born_on=date(1965, 3, 11), **number),
        "blank": Person(name="d", **number),
        "nothing": Person(
            name="e", sex="女", born_on=date(1965, 3, 11), household_id=household.id, lives_together=True
        ),
    }
    place.add_all(people.values())
    place.flush()
    found = find("Q03")
    assert set(found) == {f"P{people['sex'].id}", f"P{people['born'].id}"}
    assert (found[f"P{people['sex'].id}"]["sex_differs"], found[f"P{people['sex'].id}"]["born_differs"]) == (1, 0)
    household.status, household.exited_on = "已退出", date(2026, 6, 30)
    assert find("Q03") == {}
    assert len(find("Q03", date(2026, 6, 29))) == 2


def put_at(
    session: Session, no: str, lat_e7: int | None, lng_e7: int | None, datum: str = "WGS84", **more: object
) -> None:
    put_household(session, no, lat_e7=lat_e7, lng_e7=lng_e7, datum=datum, **more)


def test_a_point_beyond_ten_kilometres_is_found_and_one_just_inside_is_not(place: Session, find: Finder) -> None:
    put_at(place, "NEAR", AT.lat_e7 + 1000, AT.lng_e7)
    put_at(place, "INSIDE", AT.lat_e7 + round(9.99 * NORTH_E7_PER_KM), AT.lng_e7)
    put_at(place, "BEYOND", AT.lat_e7 + round(10.02 * NORTH_E7_PER_KM), AT.lng_e7)
    put_at(place, "NO-POINT", None, None)
    found = find("Q09")
    assert set(found) == {"BEYOND"}
    assert found["BEYOND"]["kind"] == "far"
    assert found["BEYOND"]["distance_m"] == pytest.approx(10_020, abs=20)


def test_points_of_other_maps_are_converted_before_they_are_measured(place: Session, find: Finder) -> None:
    put_parameter(place, "Q09.km", "0.1", VILLAGE)
    for datum in (Datum.GCJ02, Datum.BD09):
        there = convert(AT, datum)
        put_at(place, datum.value, there.lat_e7, there.lng_e7, datum.value)
        put_at(place, f"{datum.value}-raw", there.lat_e7, there.lng_e7)
    assert set(find("Q09")) == {"GCJ02-raw", "BD09-raw"}


def test_exchanged_and_empty_points_are_found_once_each(place: Session, find: Finder) -> None:
    put_at(place, "SWAPPED", AT.lng_e7, AT.lat_e7)
    put_at(place, "ZERO", 0, 0)
    put_at(place, "WEST", 800_000_000, 400_000_000, division_code="320826104202")  # 40° N 80° E, exchanged
    put_at(place, "OUT", AT.lng_e7, AT.lat_e7, status="已退出", exited_on=date(2026, 1, 1))
    assert {no: e["kind"] for no, e in find("Q09").items()} == {"SWAPPED": "swapped", "ZERO": "zero", "WEST": "swapped"}


def test_a_village_without_a_point_says_nothing_about_distance(place: Session, find: Finder) -> None:
    put_at(place, "FAR", 200_000_000, 1_100_000_000, division_code="320826104202")
    assert find("Q09") == {}
