"""Who is asked at once, and who is not: a paused rule asks nothing, and "could not visit" only what the rules demand of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.actions import prepare_check_in, record_check_in
from portal.registers.helpers.check_ins.queries import get_check_in
from portal.settings import Settings
from tests.factories.visits import HOME, NOON, Walker, make_walk, picture

NIGHT = NOON + timedelta(hours=11)  # 23:06 in China
OFFICE = {"lat": HOME["lat_e7"] / 10**7 + 0.1, "lng": HOME["lng_e7"] / 10**7, "accuracy_m": 8, "datum": "WGS84"}
ELSEWHERE = {"visit": "not_possible", "not_possible_reason": "外出务工", "activities": [], "location": OFFICE}


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, [f"HH-{n}" for n in range(1, 8)])


def rules_of(answer: Any) -> list[str]:
    return [question.rule for question in answer.questions]


def test_five_that_could_not_be_visited_are_written_at_the_office_at_night_and_nothing_is_asked(
    session: Session, walk: Walker
) -> None:
    answers = [
        walk.visit(
            session, f"HH-{n}", captured_at=NIGHT + timedelta(minutes=n), at=NIGHT + timedelta(hours=1), **ELSEWHERE
        )
        for n in range(1, 7)
    ]
    assert [rules_of(answer) for answer in answers] == [[]] * 6
    row = get_check_in(session, answers[-1].id).values
    assert (row["state"], "R5" in row["signals"], row["signals"]["R1"]["beyond_m"] > 10_000) == (
        "accepted",
        False,
        True,
    )


def test_a_visit_that_was_made_is_in_no_crowd_of_those_that_were_not(session: Session, walk: Walker) -> None:
    for n in range(1, 6):
        walk.visit(session, f"HH-{n}", captured_at=NOON + timedelta(minutes=n), **{**ELSEWHERE, "location": home()})
    made = walk.visit(session, "HH-6", captured_at=NOON + timedelta(minutes=7), location=home())
    assert rules_of(made) == []


def home() -> dict[str, Any]:
    return {**OFFICE, "lat": HOME["lat_e7"] / 10**7}


def test_photos_ways_and_late_receipts_are_asked_of_it_as_of_any_claim(session: Session, walk: Walker) -> None:
    photo = walk.upload(session, picture(1))
    walk.visit(session, "HH-1", photos=[photo], captured_at=NOON - timedelta(minutes=10), offline=True)
    late = walk.visit(session, "HH-2", photos=[photo], at=NOON + timedelta(hours=80), **ELSEWHERE)
    assert rules_of(late) == ["H03", "H07"]
    fast = walk.visit(session, "HH-3", captured_at=NOON + timedelta(minutes=2), location=home())
    assert rules_of(fast) == ["H04"]


def test_a_paused_rule_asks_nothing_and_its_signal_stays(session: Session, walk: Walker) -> None:
    def send(paused: frozenset[str], home_no: str, hours: int) -> Any:
        claim = walk.claim(home_no, location=OFFICE, captured_at=NIGHT + timedelta(hours=24 * hours), offline=True)
        at = NIGHT + timedelta(hours=24 * hours, minutes=1)
        ready = prepare_check_in(session, *claim, walk.helper_no, at, paused=paused)
        return record_check_in(session, walk.context, *claim, walk.helper_no, at, prepared=ready)

    loud = send(frozenset(), "HH-1", 0)
    half = send(frozenset({"H02"}), "HH-2", 1)
    silent = send(frozenset({"H02", "H07"}), "HH-3", 2)
    assert [rules_of(answer) for answer in (loud, half, silent)] == [["H02", "H07"], ["H07"], []]
    row = get_check_in(session, silent.id).values
    assert (row["state"], row["signals"]["R1"]["beyond_m"] > 10_000) == ("accepted", True)
