"""H02–H05, H07–H09 at the edges of their limits, from really signed claims."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from portal.jobs.photos import hash_windows
from portal.kernel.geo import Datum, convert, point
from portal.oversight.leads.queries import Severity
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.claims.actions import keep_refused_claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.settings import Settings
from tests.checks.warnings.helping.conftest import FRIDAY, Hits
from tests.factories.visits import HOME, NOON, Walker, picture

DEGREE_M = 111_195.0  # of latitude on the sphere that distances are measured on


def north(metres: float, accuracy: float = 0.0, datum: str = "WGS84") -> dict[str, Any]:
    """A place so many metres north of HH-1."""
    lat = HOME["lat_e7"] / 10**7 + metres / DEGREE_M
    return {"lat": lat, "lng": HOME["lng_e7"] / 10**7, "accuracy_m": accuracy, "datum": datum}


@pytest.mark.parametrize(
    ("metres", "accuracy", "seen"),
    [(0, 5, 0), (549, 0, 0), (550.5, 0, 0), (552, 0, 1), (900, 360, 0), (900, 340, 1), (5000, 20, 1)],
)
def test_a_visit_is_far_only_beyond_both_accuracies_and_the_limit(
    session: Session, walk: Walker, hits: Hits, metres: float, accuracy: float, seen: int
) -> None:
    walk.visit(session, location=north(metres, accuracy))
    found = hits("H02")
    assert len(found) == seen
    assert all(hit.evidence["limit_m"] == 500 and hit.evidence["beyond_m"] > 500 for hit in found)
    assert all("lat" not in str(hit.evidence) and "337" not in str(hit.evidence) for hit in found)


def test_a_place_s_own_limit_of_the_visit_s_own_day_holds(session: Session, walk: Walker, hits: Hits) -> None:
    session.add(
        Parameter(name="visit_distance_m", division_code="320826000000", value="2000", valid_from=date(2026, 11, 20))
    )
    session.flush()
    walk.visit(session, location=north(1500), captured_at=NOON - timedelta(days=1))
    walk.visit(session, location=north(1500))
    walk.visit(session, location=north(2200))
    assert [(hit.evidence["limit_m"], hit.evidence["visited_on"]) for hit in hits("H02")] == [
        (500, "2026-11-19"),
        (2000, "2026-11-20"),
    ]


def test_a_point_of_another_datum_is_converted_before_it_is_measured(
    session: Session, walk: Walker, hits: Hits
) -> None:
    there = convert(point(HOME["lat_e7"] / 10**7 + 460 / DEGREE_M, HOME["lng_e7"] / 10**7, Datum.WGS84), Datum.GCJ02)
    lat, lng = there.degrees
    walk.visit(session, location={"lat": lat, "lng": lng, "accuracy_m": 5, "datum": "GCJ02"})
    wrong = walk.visit(session, location={"lat": lat, "lng": lng, "accuracy_m": 5, "datum": "WGS84"}).id
    assert [hit.subject_no for hit in hits("H02")] == [wrong]


def test_who_could_not_visit_is_not_far_away(session: Session, walk: Walker, hits: Hits) -> None:
    walk.visit(session, location=north(9000), visit="not_possible", not_possible_reason="道路不通", activities=[])
    walk.visit(session, location=None, no_location_reason="没有卫星信号")
    assert hits("H02") == []


@pytest.mark.parametrize(("minutes", "seen"), [(60, 0), (41, 0), (39, 1), (1, 1)])
def test_nobody_travels_faster_than_the_limit(
    session: Session, walk: Walker, hits: Hits, minutes: int, seen: int
) -> None:
    walk.visit(session, location=north(0))
    walk.visit(session, "HH-2", location=north(100_000), captured_at=NOON + timedelta(minutes=minutes))
    found = hits("H04")
    assert [hit.subject_no for hit in found] == [walk.sent[1][0]] * seen
    assert all(hit.evidence["other_check_in"] == walk.sent[0][0] for hit in found)


def crowd(session: Session, walk: Walker, households: int, minutes: float, metres: float = 0.0) -> None:
    for n in range(households):
        moment = NOON + timedelta(minutes=minutes * n / max(households - 1, 1))
        walk.visit(session, f"HH-{n + 1}", captured_at=moment, at=NOON + timedelta(hours=3), location=north(metres * n))


@pytest.mark.parametrize(
    ("households", "minutes", "metres", "seen"),
    [(5, 30, 0, 1), (5, 30.1, 0, 0), (4, 10, 0, 0), (6, 10, 10, 1), (5, 10, 24, 1), (5, 10, 60, 0), (6, 200, 0, 0)],
)
def test_five_households_on_one_spot_in_half_an_hour_are_one_lead(
    session: Session, walk: Walker, hits: Hits, households: int, minutes: float, metres: float, seen: int
) -> None:
    crowd(session, walk, households, minutes, metres)
    found = hits("H05")
    assert [(hit.subject_kind, hit.subject_no) for hit in found] == [("helper_day", "B-1/2026-11-20")] * seen
    for hit in found:
        assert hit.evidence["households"] == households
        assert hit.evidence["household_nos"] == [f"HH-{n + 1}" for n in range(households)]


def test_five_visits_to_one_household_are_no_crowd(session: Session, walk: Walker, hits: Hits) -> None:
    for n in range(6):
        walk.visit(session, captured_at=NOON + timedelta(minutes=n))
    assert hits("H05") == []


def recompressed(data: bytes, box: tuple[float, float, float, float] | None = None, *, mirror: bool = False) -> bytes:
    image = Image.open(io.BytesIO(data))
    if box is not None:
        width, height = image.size
        image = image.crop((int(box[0] * width), int(box[1] * height), int(box[2] * width), int(box[3] * height)))
    image = ImageOps.mirror(image) if mirror else image
    out = io.BytesIO()
    image.save(out, "JPEG", quality=55)
    return out.getvalue()


def test_the_same_bytes_for_two_visits_are_serious(session: Session, walk: Walker, hits: Hits) -> None:
    photo = walk.upload(session, picture(1))
    first = walk.visit(session, photos=[photo])
    walk.visit(session, "HH-2", photos=[walk.upload(session, picture(2))], at=NOON + timedelta(minutes=3))
    later = [walk.visit(session, f"HH-{n}", photos=[photo], at=NOON + timedelta(minutes=n)).id for n in (3, 4)]
    found = hits("H03")
    assert [hit.subject_no for hit in sorted(found, key=lambda hit: hit.evidence["other_visits"])] == later
    assert {hit.severity for hit in found} == {Severity.SERIOUS}
    assert found[0].evidence["other_check_in"] in (first.id, *later)


def test_a_likeness_is_found_by_the_worker_and_is_no_serious_lead(
    session: Session, settings: Settings, walk: Walker, hits: Hits
) -> None:
    old = picture(5)
    walk.visit(session, photos=[walk.upload(session, old)])
    for n, data in enumerate((recompressed(old), recompressed(old, mirror=True), recompressed(old, (0, 0, 0.9, 0.9)))):
        walk.visit(session, "HH-2", photos=[walk.upload(session, data)], at=NOON + timedelta(minutes=3 + n))
    assert hits("H03") == []
    session.commit()
    assert hash_windows(settings)["hashed"] == 4
    found = hits("H03")
    assert len(found) == 3
    assert {hit.severity for hit in found} == {Severity.ORDINARY}
    assert all(hit.evidence["bits"] <= 4 and hit.evidence["identical"] == 0 for hit in found)


def test_a_retry_and_a_second_photo_of_one_visit_are_nothing(
    session: Session, settings: Settings, walk: Walker, hits: Hits
) -> None:
    data = picture(6)
    photos = [walk.upload(session, data), walk.upload(session, recompressed(data)), walk.upload(session, data)]
    claim = walk.claim(photos=photos[:2])
    for n in range(3):
        walk.send(session, claim, NOON + timedelta(minutes=n))
    session.commit()
    hash_windows(settings)
    assert hits("H03") == []


@pytest.mark.parametrize(
    ("apart", "offline", "seen"),
    [
        (timedelta(hours=72), False, 0), (timedelta(hours=72, seconds=1), False, 1), (timedelta(days=30), True, 0),
        (-timedelta(hours=72), False, 0), (-timedelta(hours=72, seconds=1), False, 1), (timedelta(days=500), False, 1),
    ],
)  # fmt: skip
def test_the_phone_s_clock_may_be_72_hours_off_or_offline(
    session: Session, walk: Walker, hits: Hits, apart: timedelta, offline: bool, seen: int
) -> None:
    walk.visit(session, captured_at=NOON - apart, at=NOON, offline=offline)
    assert len(hits("H07")) == seen


@pytest.mark.parametrize(("clock", "seen"), [("21:59:59", 0), ("22:00:00", 1), ("04:59:59", 1), ("05:00:00", 0)])
def test_a_visit_at_night_is_asked_about_and_a_note_that_it_could_not_be_is_not(
    session: Session, walk: Walker, hits: Hits, clock: str, seen: int
) -> None:
    moment = datetime.fromisoformat(f"2026-11-20T{clock}+08:00").astimezone(UTC)
    walk.visit(session, captured_at=moment, at=moment)
    walk.visit(session, "HH-2", captured_at=moment, at=moment, visit="not_possible", not_possible_reason="家中无人")
    assert [hit.household_no for hit in hits("H07", date(2026, 11, 21))] == ["HH-1"] * seen


def test_a_household_that_denies_is_serious_until_it_says_otherwise(session: Session, walk: Walker, hits: Hits) -> None:
    claim = walk.visit(session).id
    household = session.query(CheckIn).one().household_id
    said = (walk.context, claim, household)
    answer_visit(session, *said, Recollection.UNSURE, Channel.TELEPHONE, "户主", "", NOON)
    assert hits("H08") == []
    answer_visit(session, *said, Recollection.DID_NOT_COME, Channel.TELEPHONE, "户主", "", NOON + timedelta(hours=1))
    (hit,) = hits("H08")
    assert (hit.subject_no, hit.household_no, hit.evidence["channel"]) == (claim, "HH-1", "电话回访")
    answer_visit(session, *said, Recollection.CAME, Channel.IN_PERSON, "户主", "", NOON + timedelta(days=1))
    assert hits("H08", FRIDAY + timedelta(days=2)) == []


def kinds(hits: Hits) -> list[tuple[int, list[str]]]:
    return sorted((hit.evidence["counter"], hit.evidence["kinds"]) for hit in hits("H09"))


def test_a_whole_chain_in_any_order_is_no_hit(session: Session, walk: Walker, hits: Hits) -> None:
    claims = [walk.claim(captured_at=NOON + timedelta(minutes=n)) for n in range(6)]
    for n in (4, 0, 5, 2, 1, 3, 3, 0):
        walk.send(session, claims[n])
    assert kinds(hits) == []


def test_a_gap_is_a_hit_until_the_missing_claim_arrives(session: Session, walk: Walker, hits: Hits) -> None:
    claims = [walk.claim(captured_at=NOON + timedelta(minutes=n)) for n in range(4)]
    for n in (0, 2, 3):
        walk.send(session, claims[n])
    assert kinds(hits) == [(3, ["gap"])]
    walk.send(session, claims[1])
    assert kinds(hits) == []


def test_a_fork_a_wrong_predecessor_and_a_lost_beginning_are_hits(session: Session, walk: Walker, hits: Hits) -> None:
    walk.visit(session)
    first = walk.previous
    walk.visit(session)
    walk.visit(session, counter=2, previous_sha256=first)
    walk.visit(session, counter=3, previous_sha256="ee" * 32)
    walk.visit(session, counter=9)
    assert kinds(hits) == [(2, ["fork"]), (3, ["predecessor"]), (9, ["gap"])]


def test_a_chain_that_does_not_begin_with_one_is_a_gap(session: Session, walk: Walker, hits: Hits) -> None:
    walk.visit(session, counter=3)
    assert kinds(hits) == [(3, ["gap"])]


@pytest.mark.parametrize("refused", [1, 2])
def test_refused_claims_keep_their_place_and_break_nothing(
    session: Session, walk: Walker, hits: Hits, refused: int
) -> None:
    walk.visit(session)
    good, counter = walk.previous, walk.counter
    for _ in range(refused):
        keep_refused_claim(session, walk.context, *walk.claim(photos=["cd" * 32]), "B-1", "photo_missing", NOON)
    walk.visit(session)  # follows the refused ones
    assert kinds(hits) == []
    walk.previous, walk.counter = good, counter + refused + 1
    walk.visit(session)  # at the next place, but follows what stands before the refused ones and the accepted one
    assert kinds(hits) == [(counter + refused + 2, ["predecessor"])]


@pytest.mark.parametrize("place", [2, 3])
def test_a_refused_place_may_be_used_again_or_left(session: Session, walk: Walker, hits: Hits, place: int) -> None:
    walk.visit(session)
    good = walk.previous
    keep_refused_claim(session, walk.context, *walk.claim(photos=["cd" * 32]), "B-1", "photo_missing", NOON)
    walk.visit(session, counter=place, previous_sha256=good)
    assert kinds(hits) == []


def test_other_bytes_under_a_used_id_are_a_hit(session: Session, walk: Walker, hits: Hits) -> None:
    used = walk.visit(session).id
    keep_refused_claim(session, walk.context, *walk.claim(claim_id=used, note="另一种"), "B-1", "conflict", NOON)
    assert kinds(hits) == [(2, ["conflict"])]


def test_what_was_received_long_ago_is_not_looked_at(session: Session, walk: Walker, hits: Hits) -> None:
    walk.visit(session, location=north(5000))
    assert len(hits("H02", FRIDAY + timedelta(days=59))) == 1
    assert hits("H02", FRIDAY + timedelta(days=60)) == []
    assert hits("H02", FRIDAY - timedelta(days=1)) == []
