"""Proof of work: one-time, made for a purpose, harder in a flood; nobody without it is refused, what is too much waits."""

from __future__ import annotations

import base64
import json
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.challenges.models import SpentChallenge
from portal.kernel.clock import CHINA
from portal.kernel.database import writing
from portal.web import proof_of_work
from portal.web.networks import network_mark
from portal.web.proof_of_work import (
    AT_ONCE,
    EASIER_AT_ONCE,
    EASIEST,
    GRACED_AT_ONCE,
    HARDEST,
    SLOW_AT_ONCE,
    Crowded,
    Load,
    admit,
    admitted,
    challenge,
    gate_of,
    load,
    spend,
)
from portal.web.rates import rates
from portal.web.sessions import installation
from tests.factories.proofs import made, solved

GATE = gate_of("need-help")


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "EASIEST", 50)


def test_a_solution_lets_in_at_once_and_only_once(app: Flask) -> None:
    with app.test_request_context("/"):
        solution = solved(challenge("need-help"))
        first, again = admit(GATE, solution), admit(GATE, solution)
        assert (first.is_slow, first.delay) == (False, timedelta(0))
        with writing(installation().engine) as session:
            assert not spend(session, first).is_slow
        with writing(installation().engine) as session:
            assert spend(session, again).is_slow, "a proof that was used leads into the slower queue"
            kept = session.scalars(select(SpentChallenge)).one()
        local = kept.expires_at.astimezone(CHINA)
        assert (local.hour % 12, local.minute, local.second) == (0, 0, 0), "of the time no more than the half-day"
    with app.test_request_context("/"):
        assert admit(GATE, solution).is_slow, "and does so before anything costly is done"


@pytest.mark.parametrize("wrong", ["", "nonsense", "e30=", base64.b64encode(b"[1]").decode(), "A" * 3000])
def test_without_a_proof_one_waits_longer_and_is_not_refused(app: Flask, wrong: str) -> None:
    with app.test_request_context("/"):
        admissions = [admit(GATE, wrong) for _ in range(3)]
    assert [a.delay for a in admissions] == [timedelta(minutes=m) for m in (10, 20, 30)]


def test_a_proof_for_something_else_or_bent_proves_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert admit(GATE, solved(challenge("report"))).is_slow
        text = challenge("need-help")
        assert admit(GATE, solved(text, number=-1)).is_slow
        later = json.loads(text)["salt"].replace("expires=", "expires=9")
        assert admit(GATE, solved(text, salt=later)).is_slow
        assert admit(GATE, solved(text, algorithm="SHA-1")).is_slow


def test_one_network_cannot_take_the_place_of_all(app: Flask) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}):
        for _ in range(5):
            admit(GATE, "")
        with pytest.raises(Crowded) as refused:
            admit(GATE, "")
        assert 0 < refused.value.retry_after <= 120
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.200"}), pytest.raises(Crowded):
        admit(GATE, "")  # the same /24
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "198.51.100.7"}):
        assert admit(GATE, "").is_slow


def test_beyond_the_capacity_of_all_one_is_told_when_to_come_again(app: Flask) -> None:
    for n in range(20):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": f"10.1.{n}.1"}):
            admit(GATE, "")
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "10.1.99.1"}), pytest.raises(Crowded):
        admit(GATE, "")


def test_the_work_follows_the_load() -> None:
    load = Load()
    hardness = []
    for n in range(100):
        load.arrive(1000.0 + n / 10)
        hardness.append(load.largest_number(1000.0 + n / 10) if n in (18, 40, 99) else 0)
    assert [h for h in hardness if h] == [50, 100, HARDEST]
    assert load.largest_number(2000.0) == 50 < EASIEST


def test_the_mark_of_a_network_names_no_address(app: Flask) -> None:
    marks = {}
    for address in ("203.0.113.7", "203.0.113.9", "203.0.114.7", "2001:db8::1", "::ffff:203.0.113.9"):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            marks[address] = network_mark()
    assert marks["203.0.113.7"] == marks["203.0.113.9"] == marks["::ffff:203.0.113.9"]
    assert len(set(marks.values())) == 3
    assert not any(address in mark for address, mark in marks.items())


def proven(app: Flask, level: int, n: int) -> bool:
    """One message with a proof of this level, from a network of its own: whether it was let in."""
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": f"10.{level}.{n % 250}.{n // 250}"}):
        try:
            return not admit(GATE, made(installation().keyring, "need-help", level=str(level))).is_slow
        except Crowded:
            return False


def test_proofs_of_quieter_times_do_not_take_the_place_of_those_that_are_as_hard_as_asked(app: Flask) -> None:
    for _ in range(100):
        load(app).arrive(time.monotonic())
    assert load(app).level(time.monotonic()) == 2
    assert 0 < sum(proven(app, 0, n) for n in range(60)) < 10
    assert all(proven(app, 1, n) for n in range(5)) and all(proven(app, 2, n) for n in range(5))


def test_a_flood_of_proofs_makes_the_work_harder_also_for_those_that_are_refused(app: Flask) -> None:
    assert sum(proven(app, 0, n) for n in range(100)) < 60
    assert load(app).level(time.monotonic()) == 2
    with app.test_request_context("/"):
        assert json.loads(challenge("need-help"))["maxnumber"] == HARDEST
    same = Load()
    for n in range(100):
        same.arrive(1000.0 + n / 10, b"the same proof again and again")
    assert same.level(1011.0) == 0, "one proof counts once"


def test_what_finds_no_room_makes_the_work_harder_and_one_network_alone_cannot(app: Flask) -> None:
    def flood(*networks: str) -> int:
        for n in range(150):
            with app.test_request_context("/", environ_base={"REMOTE_ADDR": networks[n % len(networks)]}):
                try:
                    with admitted(GATE, ""):
                        pass
                except Crowded:
                    continue
        return load(app).level(time.monotonic())

    with app.test_request_context("/"), admitted(GATE, ""):
        assert flood("203.0.113.9") == 0
        assert flood(*(f"10.9.{n}.1" for n in range(60))) == 2


def test_no_more_are_worked_on_at_once_than_can_be_done_in_time(app: Flask) -> None:
    rates(app).off = True
    with app.test_request_context("/"), ExitStack() as working:
        keys = installation().keyring
        first = made(keys, "need-help")
        working.enter_context(admitted(GATE, first))
        with pytest.raises(Crowded), admitted(GATE, first):
            raise AssertionError("one proof was at work twice")
        for _ in range(AT_ONCE - 1):
            working.enter_context(admitted(GATE, made(keys, "need-help")))
        with pytest.raises(Crowded) as refused, admitted(GATE, made(keys, "need-help")):
            raise AssertionError("one too many was let in")
        assert refused.value.retry_after == 2
        for _ in range(SLOW_AT_ONCE):
            assert working.enter_context(admitted(GATE, "")).is_slow, "the slower queue has room of its own"
        working.close()
        with admitted(GATE, first) as admission:
            assert not admission.is_slow, "room is given back"


def test_a_little_easier_than_asked_has_a_little_room_and_none_of_the_others(app: Flask) -> None:
    for _ in range(100):
        load(app).arrive(time.monotonic())
    assert 5 < sum(proven(app, 1, n) for n in range(60)) < 20, "more than the still easier, less than as hard as asked"
    assert all(proven(app, 2, n) for n in range(20))
    rates(app).off = True
    with app.test_request_context("/"), ExitStack() as working:
        keys = installation().keyring
        for level, most in (("1", GRACED_AT_ONCE), ("0", EASIER_AT_ONCE)):
            for _ in range(most):
                working.enter_context(admitted(GATE, made(keys, "need-help", level=level)))
            with pytest.raises(Crowded), admitted(GATE, made(keys, "need-help", level=level)):
                raise AssertionError("one easier proof too many was at work at once")
        for _ in range(AT_ONCE):
            working.enter_context(admitted(GATE, made(keys, "need-help", level="2")))
