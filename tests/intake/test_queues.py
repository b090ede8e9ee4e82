"""Queue files: signed visits are recorded as if the phone had sent them, once; everything else is refused with its reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select

from portal.intake.queues import Line, Result, look_into, read_queue, take_in
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import BadInput
from portal.kernel.sealing import Keyring
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import Photo
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.sealed import keyring_of
from portal.settings import Settings
from portal.trail.models import TrailSubject
from tests.factories.queues import queue_file, queued
from tests.factories.visits import Walker, make_walk, make_walker, picture

Take = Callable[[bytes], list[Line]]


@pytest.fixture
def walk(engine: Engine, settings: Settings) -> Walker:
    with writing(engine) as session:
        return make_walk(session, settings.files_dir, ["HH-1", "HH-2"])


@pytest.fixture
def keyring(engine: Engine, walk: Walker) -> Keyring:
    with reading(engine) as session:
        return keyring_of(session)


@pytest.fixture
def take(engine: Engine, settings: Settings, keyring: Keyring) -> Take:
    context = Context("user:clerk", settings.files_dir)

    def taken(file: bytes) -> list[Line]:
        queue = read_queue(keyring, file)
        return take_in(lambda: reading(engine), lambda: writing(engine), context, queue, now_utc)

    return taken


def digest(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


def test_visits_and_their_photos_are_recorded_once(engine: Engine, walk: Walker, keyring: Keyring, take: Take) -> None:
    shot, other = picture(3), picture(4)
    items = [queued(walk.claim("HH-1", photos=[digest(shot)]), shot, other), queued(walk.claim("HH-2"))]
    file = queue_file(keyring, *items)
    with reading(engine) as session:
        assert {line.result for line in look_into(session, read_queue(keyring, file))} == {Result.WAITING}
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 0
    lines = take(file)
    assert [(line.household_no, line.result, line.photos) for line in lines] == [
        ("HH-1", "收下", 2),
        ("HH-2", "收下", 0),
    ]
    assert {line.result for line in take(file)} == {Result.KNOWN}
    with reading(engine) as session:
        assert {line.result for line in look_into(session, read_queue(keyring, file))} == {Result.KNOWN}
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 2
        assert session.scalars(select(Photo.sha256)).all() == [bytes.fromhex(digest(shot))]  # only what a claim names
        assert session.scalars(select(Photo.device_id)).all() == [walk.device_id]
        said = select(TrailSubject.actor).where(TrailSubject.type == "check_in.queue.taken", TrailSubject.no == "B-1")
        assert session.scalars(said).all() == ["user:clerk"] * 2


def test_a_photo_that_is_not_there_refuses_its_visit_alone(
    engine: Engine, walk: Walker, keyring: Keyring, take: Take
) -> None:
    shot = picture(3)
    lost, whole = walk.claim("HH-1", photos=[digest(shot)]), walk.claim("HH-2")
    first, second = take(queue_file(keyring, queued(lost), queued(whole)))
    assert (first.result, first.code) == (Result.REFUSED, "photo_missing")
    assert first.fix
    assert second.result is Result.RECORDED
    with reading(engine) as session:
        kept = dict(session.execute(select(Claim.claim_id, Claim.outcome)).all())
    assert kept == {lost[0]: Outcome.REFUSED, whole[0]: Outcome.ACCEPTED}  # its place in the chain stays
    (now,) = take(queue_file(keyring, queued(lost, shot)))
    assert now.result is Result.RECORDED


def test_what_the_phone_may_not_the_file_may_not(
    engine: Engine, settings: Settings, walk: Walker, keyring: Keyring, take: Take
) -> None:
    claim_id, body = walk.claim("HH-1")
    forged = (claim_id, body.replace("核对收入".encode(), "看票据".encode()))
    assert [line.code for line in take(queue_file(keyring, queued(forged)))] == ["bad_signature"]
    assert [line.code for line in take(queue_file(keyring, queued((claim_id, body)), helper_no="B-2"))] == [
        "unknown_device"
    ]
    assert [line.code for line in take(queue_file(keyring, queued(walk.claim("HH-404"))))] == ["not_found"]
    assert [line.result for line in take(queue_file(keyring, queued(("x", b"{}"))))] == [Result.REFUSED]
    shot = picture(9)
    stolen = walk.claim("HH-1", photos=[digest(shot)])
    unsigned = (stolen[0], json.dumps({**json.loads(stolen[1]), "note": "x"}).encode())
    take(queue_file(keyring, queued(unsigned, shot)))
    with reading(engine) as session:
        assert session.scalars(select(Photo.id)).all() == []  # no picture for whoever did not sign
        assert session.scalars(select(CheckIn.id)).all() == []


def test_incomes_and_explanations_are_not_signed_and_not_taken(walk: Walker, keyring: Keyring, take: Take) -> None:
    said = json.dumps({"household_no": "HH-1", "amount_fen": 100}).encode()
    income = queued(("6f1d7a52-0000-4000-8000-000000000001", said), kind="income")
    explanation = queued(("6f1d7a52-0000-4000-8000-000000000002", b'{"text": "x"}'), kind="explanation")
    lines = take(queue_file(keyring, income, explanation))
    assert {line.result for line in lines} == {Result.UNSIGNED}
    assert all(line.what and line.fix for line in lines)


@pytest.mark.parametrize("more", [{"v": 2}, {"items": "x"}, {"helper_no": 7}, {"items": [{"id": 1}]}])
def test_a_content_that_no_phone_writes_is_refused(keyring: Keyring, more: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="看不懂"):
        read_queue(keyring, queue_file(keyring, **more))  # type: ignore[arg-type]  # wrong on purpose


def test_a_revoked_phone_is_still_heard(
    engine: Engine, settings: Settings, walk: Walker, keyring: Keyring, take: Take
) -> None:
    claim = walk.claim("HH-1")
    with writing(engine) as session:
        make_walker(session, settings.files_dir, "B-1")  # a new phone: the first one is revoked
    (line,) = take(queue_file(keyring, queued(claim)))
    assert line.result is Result.RECORDED
    with reading(engine) as session:
        assert session.scalars(select(CheckIn.state)).all() == ["asked"]
