"""What is seen of a visit: each signal with its innocent neighbours, and what of it is asked at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from portal.kernel.geo import Datum, convert, point
from portal.registers.helpers.check_ins.queries import get_check_in
from portal.registers.helpers.check_ins.signals.rules import Sighting, cluster, is_night, speed_kmh
from portal.registers.helpers.check_ins.statements.rules import Fix
from portal.settings import Settings
from tests.factories.divisions import COUNTY, make_parameter
from tests.factories.visits import HOME, NOON, Walker, make_walk, picture

LAT, LNG = HOME["lat_e7"] / 10**7, HOME["lng_e7"] / 10**7
METRE = 1 / 111_195  # of latitude, in degrees


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, [f"HH-{n}" for n in range(1, 6)])


def at(metres: float, accuracy: float = 10, datum: str = "WGS84") -> dict[str, Any]:
    """A location this far north of the first household, written in a datum."""
    place = convert(point(LAT + metres * METRE, LNG, Datum.WGS84), Datum(datum))
    lat, lng = place.degrees
    return {"lat": lat, "lng": lng, "accuracy_m": accuracy, "datum": datum}


def rules_of(answer: Any) -> list[str]:
    return [question.rule for question in answer.questions]


def signals(session: Session, answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = get_check_in(session, answer.id).values["signals"]
    return found


FAR: list[tuple[dict[str, Any], int, list[str]]] = [
    (at(500), 440, []),
    (at(560), 500, []),
    (at(562), 502, ["H02"]),
    (at(2000, accuracy=1600), 350, []),
    (at(2000, accuracy=10, datum="GCJ02"), 1940, ["H02"]),
    (at(100, datum="BD09"), 40, []),
    (at(100, datum="GCJ02"), 40, []),
]


def test_distance_is_less_both_accuracies_and_only_beyond_the_limit_is_asked(session: Session, walk: Walker) -> None:
    for hours, (location, beyond, asked) in enumerate(FAR):
        answer = walk.visit(session, location=location, captured_at=NOON + timedelta(hours=hours), offline=True)
        assert [rule for rule in rules_of(answer) if rule == "H02"] == asked
        assert abs(get_check_in(session, answer.id).values["beyond_m"] - beyond) <= 1


def test_a_place_may_set_its_own_limit(session: Session, walk: Walker) -> None:
    make_parameter(session, "visit_distance_m", "1000", COUNTY)
    assert rules_of(walk.visit(session, location=at(900))) == []


@pytest.mark.parametrize(
    ("home", "unknown"), [({"datum": None}, "datum"), ({"lat_e7": None, "lng_e7": None}, "no_point")]
)
def test_a_household_s_point_without_datum_is_never_compared(
    session: Session, settings: Settings, home: dict[str, Any], unknown: str
) -> None:
    walk = make_walk(session, settings.files_dir, ["HH-1"], **home)
    answer = walk.visit(session, location=at(90_000))
    assert rules_of(answer) == []
    assert signals(session, answer)["R1"] == {"unknown": unknown}
    assert get_check_in(session, answer.id).values["distance_m"] is None


def test_poor_frozen_and_zero_fixes_are_signals_only(session: Session, walk: Walker) -> None:
    fix = {"lat": LAT, "lng": LNG, "accuracy_m": 8}
    still = walk.visit(session, fixes=[fix] * 5)
    moving = walk.visit(session, fixes=[{**fix, "lat": LAT + n * METRE} for n in range(5)])
    zero = walk.visit(session, location=at(0, accuracy=0))
    poor = walk.visit(session, location=at(0, accuracy=130))
    assert [rules_of(a) for a in (still, moving, zero, poor)] == [[], [], [], []]
    assert signals(session, still)["R3"] == {"fixes": 5, "zero": False}
    assert "R3" not in signals(session, moving)
    assert signals(session, zero)["R3"]["zero"] is True
    assert signals(session, poor)["R2"] == {"accuracy_m": 130, "fixes": 0}


def test_the_same_accuracy_a_dozen_times_is_a_signal(session: Session, walk: Walker) -> None:
    answers = [walk.visit(session, captured_at=NOON + timedelta(hours=n), offline=True) for n in range(12)]
    assert "R3" not in signals(session, answers[10])
    assert signals(session, answers[11])["R3"] == {"same_accuracy": 12}


def sighting(metres: float, minutes: float, household: int = 1, accuracy: float = 10) -> Sighting:
    place = point(LAT + metres * METRE, LNG, Datum.WGS84)
    return Sighting(f"{metres}/{minutes}", household, NOON + timedelta(minutes=minutes), place, accuracy)


@pytest.mark.parametrize(
    ("one", "other", "kmh"),
    [
        (sighting(0, 0), sighting(150, 0), 0),  # next door in the same second
        (sighting(0, 0), sighting(220, 0), 0),  # within both radii of a short way
        (sighting(0, 0), sighting(1020, 0), 60),  # the same second counts as a minute
        (sighting(0, 0), sighting(10_020, 4), 150),
        (sighting(0, 0), sighting(10_100, 4), 151),
        (sighting(0, 4), sighting(10_100, 0), 151),
        (sighting(0, 0), sighting(3000, 1, accuracy=2900), 0),
        (sighting(0, 0), sighting(5_000_000, 1), 9999),
    ],
)
def test_speed_is_what_accuracy_cannot_explain(one: Sighting, other: Sighting, kmh: int) -> None:
    assert abs(speed_kmh(one, other) - kmh) <= (1 if 0 < kmh < 9999 else 0)
    assert speed_kmh(one, other) == speed_kmh(other, one)


def test_an_impossible_way_is_asked_whichever_of_the_two_arrives_first(session: Session, walk: Walker) -> None:
    early = walk.claim("HH-1", captured_at=NOON, offline=True)
    late = walk.claim("HH-2", captured_at=NOON + timedelta(minutes=10), location=at(60_000), offline=True)
    assert rules_of(walk.send(session, late)) == ["H02"]
    second = walk.send(session, early)
    assert rules_of(second) == ["H04"]
    row = get_check_in(session, second.id).values
    assert row["travel_kmh"] == pytest.approx(360, abs=2)
    assert row["signals"]["R4"] == {"kmh": row["travel_kmh"], "with": late[0]}


def test_a_visit_without_location_between_two_hides_no_journey(session: Session, walk: Walker) -> None:
    walk.visit(session, captured_at=NOON, offline=True)
    walk.visit(session, "HH-2", captured_at=NOON + timedelta(minutes=5), location=None, no_location_reason="其他")
    far = walk.visit(session, "HH-3", captured_at=NOON + timedelta(minutes=10), location=at(60_000))
    assert "H04" in rules_of(far)


def test_five_households_at_one_spot_within_half_an_hour_are_asked(session: Session, walk: Walker) -> None:
    answers = [
        walk.visit(session, f"HH-{n}", captured_at=NOON + timedelta(minutes=7 * (n - 1)), location=at(0))
        for n in range(1, 6)
    ]
    assert [rules_of(a) for a in answers] == [[], [], [], [], ["H05"]]
    assert signals(session, answers[4])["R5"] == {"households": 5}


@pytest.mark.parametrize(
    ("step_m", "step_min", "homes"), [(0, 8, 5), (60, 5, 5), (0, 5, 4)], ids=["too slow", "too wide", "too few"]
)
def test_a_settlement_visited_at_leisure_is_no_cluster(
    session: Session, walk: Walker, step_m: int, step_min: int, homes: int
) -> None:
    for n in range(5):
        last = walk.visit(
            session,
            f"HH-{n % homes + 1}",
            captured_at=NOON + timedelta(minutes=step_min * n),
            location=at(step_m * n),
        )
        assert "H05" not in rules_of(last)


def test_a_cluster_needs_time_and_place_together() -> None:
    here = [sighting(0, 0, 1), sighting(20, 10, 2), sighting(40, 20, 3), sighting(45, 29, 4)]
    assert cluster(sighting(10, 30, 5), here, 30, 50) == 5
    assert cluster(sighting(10, 31, 5), here, 30, 50) == 4
    assert cluster(sighting(110, 30, 5), here, 30, 50) <= 2
    assert cluster(sighting(10, 30, 1), here, 30, 50) == 4


def test_night_is_from_ten_to_five_in_china(session: Session, walk: Walker) -> None:
    hours = {"21:59": False, "22:00": True, "00:30": True, "04:59": True, "05:00": False}
    for day, (hour, night) in enumerate(hours.items(), start=10):
        answer = walk.visit(session, captured_at=f"2026-11-{day}T{hour}:00+08:00", offline=True)
        assert rules_of(answer) == (["H07"] if night else [])
    utc = walk.visit(session, captured_at="2026-11-19T15:00:00Z", offline=True)
    assert is_night(get_check_in(session, utc.id).values["captured_at"])


def test_a_late_receipt_is_asked_only_without_the_offline_mark(session: Session, walk: Walker) -> None:
    for hours, offline, asked in ((72, False, []), (73, False, ["H07"]), (500, True, []), (-73, False, ["H07"])):
        answer = walk.visit(session, captured_at=NOON - timedelta(hours=hours), at=NOON, offline=offline)
        assert rules_of(answer) == asked


def test_a_clock_that_runs_ahead_is_a_signal(session: Session, walk: Walker) -> None:
    ahead = walk.visit(session, captured_at=NOON + timedelta(minutes=10), at=NOON)
    exact = walk.visit(session, captured_at=NOON - timedelta(minutes=4), at=NOON)
    assert signals(session, ahead)["R9"] == {"after_receipt_s": 600}
    assert "R9" not in signals(session, exact)


def test_most_of_a_month_in_one_day_is_a_signal_only(session: Session, walk: Walker) -> None:
    answers = [
        walk.visit(session, f"HH-{n % 5 + 1}", captured_at=NOON + timedelta(minutes=2 * n), location=at(300 * n))
        for n in range(6)
    ]
    assert all("R11" not in signals(session, a) or "of_day" not in signals(session, a)["R11"] for a in answers[:4])
    assert signals(session, answers[5])["R11"] == {"of_month": 6, "of_day": 6, "seconds_apart": 120}


def test_the_same_photo_in_another_visit_is_asked_and_in_the_same_one_not(session: Session, walk: Walker) -> None:
    photo, other = walk.upload(session, picture(1)), walk.upload(session, picture(2))
    first = walk.claim(photos=[photo])
    assert rules_of(walk.send(session, first)) == rules_of(walk.send(session, first)) == []
    again = walk.visit(session, "HH-2", photos=[other, photo], captured_at=NOON + timedelta(hours=1))
    assert rules_of(again) == ["H03"]
    assert signals(session, again)["R6"] == {"photos": 1, "with": [first[0]]}


def test_what_the_exif_says_against_the_claim_is_a_signal(session: Session, walk: Walker) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Snapseed 2.0"
    details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    details[0x9003] = "2026:10:01 09:00:00"
    place[1], place[2], place[3], place[4] = "N", (31.0, 0.0, 0.0), "E", (119.0, 0.0, 0.0)
    loud = walk.upload(session, picture(1, exif=exif.tobytes()))
    silent = walk.upload(session, picture(2))
    answer, other = walk.visit(session, photos=[loud]), walk.visit(session, photos=[silent])
    assert signals(session, answer)["R8"] == ["editor", "place", "time"]
    assert "R8" not in signals(session, other)
    assert rules_of(answer) == []


def test_no_signal_holds_a_place(session: Session, walk: Walker) -> None:
    walk.visit(session, captured_at=NOON - timedelta(minutes=3), location=at(0))
    loud = walk.visit(session, "HH-2", location=at(70_000, accuracy=0), counter=2, previous_sha256="ee" * 32)
    said = str(signals(session, loud))
    for written in (f"{LAT:.3f}", f"{LNG:.3f}", str(HOME["lat_e7"])[:5], str(HOME["lng_e7"])[:6]):
        assert written not in said
    assert Fix(point(LAT, LNG, Datum.WGS84), 1.0).place.lat_e7 == HOME["lat_e7"]
