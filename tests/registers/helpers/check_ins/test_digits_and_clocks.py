"""The digits in the picture and the two clocks of a phone: signals for whoever verifies, never a refusal, never a question."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.devices.actions import lease_nonces
from portal.registers.helpers.check_ins.answers.queries import answers_to
from portal.registers.helpers.check_ins.boards.queries import get_visit
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.disclosure import ConsoleVisit, console_visit
from portal.registers.helpers.check_ins.queries import get_check_in
from portal.registers.helpers.check_ins.signals.rules import Ticked, digits_of, set_back_s
from portal.settings import Settings
from tests.factories.visits import NOON, Walker, make_walk

MINUTE = 60_000


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, ["HH-1", "HH-2", "HH-3"])


def signals(session: Session, answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = get_check_in(session, answer.id).values["signals"]
    return found


def shown(session: Session, answer: Any) -> ConsoleVisit:
    visit = get_visit(session, answer.id)
    return console_visit(visit.row, visit.values, [], answers_to(session, []).get(0), [])


def leased(session: Session, walk: Walker, at: datetime = NOON) -> str:
    return lease_nonces(session, walk.device_id, 1, at)[0].nonce


def test_the_digits_of_a_nonce_are_three_and_its_own() -> None:
    first = hashlib.sha256(b"yangguang/challenge/v1\0abc").digest()[:4]
    assert digits_of("abc") == f"{int.from_bytes(first, 'big') % 1000:03d}"
    assert all(len(digits_of(str(n))) == 3 for n in range(300))
    assert len({digits_of(str(n)) for n in range(300)}) > 200


def test_right_digits_are_what_a_person_looks_for_in_the_photo(session: Session, walk: Walker) -> None:
    nonce = leased(session, walk)
    answer = walk.visit(session, nonce=nonce, challenge=digits_of(nonce))
    assert signals(session, answer) == {"challenge": {"kind": "right", "digits": digits_of(nonce)}, "no_photo": True}
    assert (shown(session, answer).digits, shown(session, answer).signals) == (digits_of(nonce), ("no_photo",))


def test_wrong_digits_are_a_signal_and_nothing_else(session: Session, walk: Walker) -> None:
    nonce = leased(session, walk)
    other = f"{(int(digits_of(nonce)) + 1) % 1000:03d}"
    answer = walk.visit(session, nonce=nonce, challenge=other)
    assert (answer.created, answer.questions) == (True, ())
    assert signals(session, answer)["challenge"] == {"kind": "wrong"}
    assert (shown(session, answer).digits, shown(session, answer).signals) == (None, ("challenge", "no_photo"))


def test_no_digits_say_nothing(session: Session, walk: Walker) -> None:
    answer = walk.visit(session, nonce=leased(session, walk))
    assert "challenge" not in signals(session, answer)


@pytest.mark.parametrize("case", ["none", "never leased", "spent before"])
def test_digits_without_a_nonce_of_this_phone_may_be_old(session: Session, walk: Walker, case: str) -> None:
    nonce = leased(session, walk)
    if case == "spent before":
        walk.visit(session, nonce=nonce)
    else:
        nonce = "an old number"
    more = {} if case == "none" else {"nonce": nonce}
    answer = walk.visit(session, "HH-2", challenge=digits_of(nonce), **more)
    assert signals(session, answer)["challenge"] == {"kind": "without_nonce"}
    assert answer.questions == ()


def test_a_long_way_offline_keeps_the_digits_of_its_nonce(session: Session, walk: Walker) -> None:
    nonce = leased(session, walk, NOON - timedelta(days=9))
    answer = walk.visit(session, nonce=nonce, challenge=f" {digits_of(nonce)} ", offline=True)
    assert signals(session, answer)["challenge"]["kind"] == "right"


def tick(minutes: float, mono_minutes: float) -> Ticked:
    return Ticked(NOON + timedelta(minutes=minutes), mono_minutes * MINUTE)


@pytest.mark.parametrize(
    ("here", "there", "seconds"),
    [
        (tick(60, 61), tick(0, 1), 0),
        (tick(90, 31), tick(0, 1), 0),  # the steady clock stood still while the phone slept
        (tick(54, 60), tick(0, 0), 360),
        (tick(55.1, 60), tick(0, 0), 0),  # within the slack of five minutes
        (tick(-120, 30), tick(0, 0), 9000),
        (tick(0, 0), tick(-120, 30), 9000),  # whichever of the two arrives first
        (tick(0, 1e300), tick(0, 0), 0),  # no clock runs as long
        (tick(0, -5), tick(0, 30), 0),
    ],
)
def test_only_a_wall_clock_that_was_set_back_shows(here: Ticked, there: Ticked, seconds: int) -> None:
    assert set_back_s(here, [there]) == seconds


def test_a_clock_set_back_between_two_visits_is_a_signal_only(session: Session, walk: Walker) -> None:
    def visit(home: str, minutes: float, mono: float, boot: str = "one") -> Any:
        moment = NOON + timedelta(minutes=minutes)
        at = moment + timedelta(minutes=1)
        return walk.visit(session, home, captured_at=moment, at=at, mono_ms=mono * MINUTE, boot=boot)

    first, honest = visit("HH-1", 0, 5), visit("HH-2", 40, 45)
    back, after = visit("HH-3", -20, 60), visit("HH-1", -20, 60, boot="two")
    assert [rule for answer in (first, honest) for rule in signals(session, answer) if rule == "R9"] == []
    assert signals(session, back)["R9"] == {"set_back_s": 75 * 60}
    assert "set_back_s" not in signals(session, after).get("R9", {})  # another run of the clock: nothing to compare
    assert all(question.rule != "H07" for question in back.questions)


def test_an_offline_queue_in_any_order_shows_it_too(session: Session, walk: Walker) -> None:
    claims = [
        walk.claim(home, captured_at=NOON + timedelta(minutes=at), mono_ms=mono * MINUTE, boot="one", offline=True)
        for home, at, mono in (("HH-1", 0, 0), ("HH-2", -60, 30))
    ]
    late = walk.send(session, claims[1])
    early = walk.send(session, claims[0])
    assert "set_back_s" not in signals(session, late)["R9"]
    assert signals(session, early)["R9"] == {"set_back_s": 90 * 60}


def test_erased_bodies_and_absent_clocks_are_compared_with_nothing(session: Session, walk: Walker) -> None:
    walk.visit(session, mono_ms=0, boot="one")
    session.execute(update(Claim).values(body_sealed=None, point_sealed=None, erased_at=NOON))
    session.expire_all()
    answer = walk.visit(
        session, "HH-2", captured_at=NOON - timedelta(hours=3), mono_ms=MINUTE, boot="one", offline=True
    )
    bare = walk.visit(session, "HH-3", captured_at=NOON - timedelta(hours=6), mono_ms=2 * MINUTE, offline=True)
    assert "set_back_s" not in signals(session, answer).get("R9", {})
    assert "set_back_s" not in signals(session, bare).get("R9", {})
