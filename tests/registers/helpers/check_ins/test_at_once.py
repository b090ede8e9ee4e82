"""The same claim many times at once, and a log that never holds a person, a place or a picture's digest in the open."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from portal.kernel.database import reading, writing
from portal.registers.helpers.check_ins.actions import CheckInAnswer
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.settings import Settings
from portal.trail.models import TrailEvent
from tests.factories.visits import NOON, Walker, make_walk, picture


@pytest.fixture
def walk(engine: Engine, settings: Settings) -> Walker:
    with writing(engine) as session:
        return make_walk(session, settings.files_dir, ["HH-1", "HH-2"])


def test_the_same_put_many_times_at_once_has_one_effect_and_one_answer(engine: Engine, walk: Walker) -> None:
    claims = [walk.claim("HH-1"), walk.claim("HH-2", captured_at=NOON + timedelta(hours=1))]

    def send(number: int) -> CheckInAnswer:
        with writing(engine) as session:
            return walk.send(session, claims[number % 2], NOON + timedelta(hours=2, seconds=number))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(12)))
    assert sorted(answer.created for answer in answers) == [False] * 10 + [True] * 2
    for claim_id, _body in claims:
        mine = {(a.received_at, a.leaf_hash, a.questions) for a in answers if a.id == claim_id}
        assert len(mine) == 1
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 2
        assert session.scalar(select(func.count()).select_from(Claim)) == 2


def test_nothing_personal_is_in_leaves_logs_or_errors(
    engine: Engine, walk: Walker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    with writing(engine) as session:
        photo = walk.upload(session, picture(1))
        walk.visit(session, photos=[photo], note="家里有病人张建国")
    for wrong in ({"note": 5}, {"photos": ["ab" * 32]}, {"location": {"lat": 33.7812345, "lng": 500, "accuracy_m": 1}}):
        with pytest.raises(Exception) as refusal, writing(engine) as session:
            walk.visit(session, **wrong)
        said.append(str(refusal.value))
    with reading(engine) as session:
        leaves = b"".join(session.scalars(select(TrailEvent.leaf)))
    open_text = leaves.decode() + caplog.text + "".join(said)
    for secret in (
        "张建国",
        "家里有病人",
        "33.78",
        "119.26",
        "337812345",
        "HH-1",
        photo,
        walk.device_id,
        walk.previous,
    ):
        assert secret not in open_text


def test_a_lost_answer_leaves_the_phone_with_the_same_leaf(engine: Engine, walk: Walker) -> None:
    claim = walk.claim()
    with writing(engine) as session:
        first = walk.send(session, claim)
    with writing(engine) as session:
        again = walk.send(session, claim, NOON + timedelta(days=2))
    assert (again.leaf_hash, again.received_at, again.created) == (first.leaf_hash, first.received_at, False)
