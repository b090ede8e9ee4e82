"""A signed visit is recorded once, with its evidence, and nothing about the hour, the place or the accuracy refuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.devices.actions import lease_nonces, revoke_device, spend_nonce
from portal.accounts.permissions import Role
from portal.kernel.database import writing
from portal.kernel.errors import BadFields, Conflict, NotFound, Refused
from portal.registers.corrections import Act
from portal.registers.helpers.actions import end_pairing
from portal.registers.helpers.check_ins import queries
from portal.registers.helpers.check_ins.claims.actions import keep_refused_claim
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.claims.queries import find_accepted, fixes_of, list_chain
from portal.registers.helpers.check_ins.claims.rules import open_envelope
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.photos.queries import photos_of
from portal.registers.helpers.check_ins.queries import get_check_in, list_check_ins_since, visits_of_household
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.check_ins.statements.rules import read_statement
from portal.registers.helpers.models import Helper, Pairing
from portal.settings import Settings
from portal.trail import queries as trail
from portal.trail.models import TrailEvent
from portal.trail.queries import leaf_hash_of
from tests.factories.accounts import principal_of
from tests.factories.devices import new_phone
from tests.factories.helpers import make_helper
from tests.factories.visits import HOME, NOON, Walker, make_walk, make_walker, picture


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, ["HH-1", "HH-2"])


def test_a_visit_is_recorded_and_the_same_bytes_get_the_same_answer(session: Session, walk: Walker) -> None:
    photo = walk.upload(session, picture(1))
    claim = walk.claim(photos=[photo], activities=["讲政策", "核对收入"], note="  都好  ")
    first, again = walk.send(session, claim), walk.send(session, claim, NOON + timedelta(hours=9))
    assert first.created and not again.created
    assert (again.id, again.received_at, again.leaf_hash, again.questions) == (
        claim[0],
        first.received_at,
        first.leaf_hash,
        first.questions,
    )
    row = get_check_in(session, claim[0])
    assert row.values["state"] == State.ACCEPTED
    assert (row.values["activities"], row.values["note"]) == (["讲政策", "核对收入"], "都好")
    assert (row.values["distance_m"], row.values["beyond_m"], row.values["photo_count"]) == (0, 0, 1)
    assert [p.sha256 for p in photos_of(session, [row.id])[row.id]] == [photo]
    assert session.scalar(select(func.count()).select_from(CheckIn)) == 1


def test_the_acknowledged_leaf_is_in_the_log_and_says_nothing_in_public(session: Session, walk: Walker) -> None:
    answer = walk.visit(session)
    claim = find_accepted(session, answer.id)
    assert claim is not None and claim.event_id is not None
    assert leaf_hash_of(session, claim.event_id) == bytes.fromhex(answer.leaf_hash)
    entry = trail.get_event(session, claim.event_id)
    assert entry.after is not None and entry.after["message_sha256"] == claim.message_sha256.hex() == walk.previous
    leaf = session.scalar(select(TrailEvent.leaf).where(TrailEvent.event_id == claim.event_id))
    assert leaf is not None
    assert b'"pub":{}' in leaf and b'"t":"check_in.recorded"' in leaf and b'"u":"320826104000"' in leaf
    for secret in (b"HH-1", b"B-1", answer.id.encode(), claim.message_sha256.hex().encode()):
        assert secret not in leaf


def test_the_nonce_brackets_the_visit_and_is_spent_once(session: Session, walk: Walker) -> None:
    lease = lease_nonces(session, walk.device_id, 1, NOON - timedelta(minutes=9))[0]
    first = walk.visit(session, nonce=lease.nonce)
    second = walk.visit(session, "HH-2", nonce=lease.nonce)
    bracket = get_check_in(session, first.id).values
    assert (bracket["not_before"], bracket["received_at"]) == (NOON - timedelta(minutes=9), first.received_at)
    loose = get_check_in(session, second.id).values
    assert loose["not_before"] is None and loose["signals"]["unbracketed"] == {"nonce": True}
    assert spend_nonce(session, walk.device_id, lease.nonce, NOON) is None


ODD: list[dict[str, Any]] = [
    {"location": None, "no_location_reason": "没有卫星信号"},
    {"captured_at": "2026-11-20T03:00:00+08:00"},
    {"captured_at": "2031-01-01T12:00:00Z"},
    {"captured_at": "2009-01-01T12:00:00Z", "offline": True},
    {"location": {"lat": -33.0, "lng": 20.0, "accuracy_m": 5, "datum": "WGS84"}},
    {"location": {"lat": 33.78, "lng": 119.26, "accuracy_m": 90_000, "datum": "GCJ02"}},
    {"location": {"lat": 33.78, "lng": 119.26, "accuracy_m": 0, "datum": "BD09"}},
    {"visit": "not_possible", "not_possible_reason": "家中无人", "activities": []},
    {"nonce": "never-leased"},
    {"fixes": [{"lat": 33.78, "lng": 119.26, "accuracy_m": 9}], "mono_ms": 123.5, "challenge": "417", "app": "1.0"},
    {"mood": {"nobody": ["knows", 1.25, None]}},
    {"counter": 7},
]


def test_distance_accuracy_hour_and_strange_keys_refuse_nothing(session: Session, walk: Walker) -> None:
    answers = [walk.visit(session, **more) for more in ODD]
    assert all(answer.created for answer in answers)
    assert [row.id for row in list_check_ins_since(session, "B-1", None)] == [answer.id for answer in answers]


@pytest.mark.parametrize(
    ("more", "code", "fields"),
    [
        ({"location": {"lat": 33.7, "lng": 119.2, "accuracy_m": 5}}, "datum_missing", {"location.datum"}),
        ({"location": {"lat": 33.7, "lng": 119.2, "accuracy_m": 5, "datum": "X"}}, "datum_missing", {"location.datum"}),
        ({"location": {"lat": 91, "lng": 119.2, "accuracy_m": 5, "datum": "WGS84"}}, "bad_fields", {"location"}),
        ({"location": {"lat": "33", "lng": 119.2, "accuracy_m": 5, "datum": "WGS84"}}, "bad_fields", {"location"}),
        ({"location": None}, "bad_fields", {"no_location_reason"}),
        ({"location": [1, 2]}, "bad_fields", {"location"}),
        ({"visit": "maybe"}, "bad_fields", {"visit"}),
        ({"visit": "not_possible"}, "bad_fields", {"not_possible_reason"}),
        ({"not_possible_reason": "家中无人"}, "bad_fields", {"not_possible_reason"}),
        ({"captured_at": "2026-11-20 14:06"}, "bad_fields", {"captured_at"}),
        ({"captured_at": "2026-11-20T14:06:00"}, "bad_fields", {"captured_at"}),
        ({"captured_at": "2026-02-30T14:06:00Z"}, "bad_fields", {"captured_at"}),
        ({"captured_at": "1999-02-03T14:06:00Z"}, "bad_fields", {"captured_at"}),
        ({"activities": ["跳舞"], "photos": ["x"]}, "bad_fields", {"activities[0]", "photos[0]"}),
        ({"photos": ["0" * 64, "0" * 64]}, "bad_fields", {"photos"}),
        ({"photos": None}, "bad_fields", {"photos"}),
        ({"offline": 1}, "bad_fields", {"offline"}),
        ({"note": "长" * 2001}, "bad_fields", {"note"}),
        ({"household_no": ""}, "bad_fields", {"household_no"}),
        ({"needs": [{"kind": "要车"}]}, "bad_fields", {"needs[0]"}),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_field(more: dict[str, Any], code: str, fields: set[str]) -> None:
    walk = Walker("B-1", "d-1", new_phone(), Context("user:somebody", Path("nowhere")))
    claim_id, body = walk.claim(**more)
    with pytest.raises(BadFields) as refusal:
        read_statement(open_envelope(claim_id, body).fields)
    assert refusal.value.code == code
    assert {error.field for error in refusal.value.errors} == fields


def test_a_claim_is_refused_for_photo_device_signature_household_and_used_id(
    session: Session, settings: Settings, walk: Walker
) -> None:
    with pytest.raises(Refused) as refusal:
        walk.visit(session, photos=["ab" * 32])
    assert refusal.value.code == "photo_missing"
    make_helper(session, "B-2", "赵无关")
    other = make_walker(session, settings.files_dir, "B-2")
    with pytest.raises(NotFound):
        other.visit(session)
    stolen = other.upload(session, picture(3))
    with pytest.raises(Refused) as refusal:
        walk.visit(session, photos=[stolen])
    assert refusal.value.code == "photo_missing"
    with pytest.raises(Refused) as refusal:
        walk.visit(session, device=other.device_id)
    assert refusal.value.code == "unknown_device"
    claim_id, body = walk.claim()
    with pytest.raises(Refused) as refusal:
        walk.send(session, (claim_id, body.replace(b"12.5", b"12.6")))
    assert refusal.value.code == "bad_signature"
    used = walk.visit(session)
    with pytest.raises(Conflict):
        walk.visit(session, claim_id=used.id)
    assert [row.id for row in list_check_ins_since(session, "B-1", None)] == [used.id]


def test_a_refused_claim_keeps_its_place_and_may_come_again(session: Session, engine: Engine, walk: Walker) -> None:
    walk.visit(session)
    session.commit()
    data = picture(4)
    claim = walk.claim(photos=[hashlib.sha256(data).hexdigest()])
    with pytest.raises(Refused), writing(engine) as own:
        walk.send(own, claim)
    with writing(engine) as own:
        assert keep_refused_claim(own, walk.context, *claim, "B-1", "photo_missing", NOON)
    with writing(engine) as own:
        assert not keep_refused_claim(own, walk.context, *claim, "B-1", "photo_missing", NOON)
        assert not keep_refused_claim(own, walk.context, claim[0], claim[1] + b" x", "B-1", "bad_fields", NOON)
        assert not keep_refused_claim(own, walk.context, *claim, "B-9", "photo_missing", NOON)
        tampered = claim[1].replace(b'"offline": false', b'"offline": true')
        assert not keep_refused_claim(own, walk.context, claim[0], tampered, "B-1", "bad_signature", NOON)
    chain = list_chain(session, walk.device_id)
    assert [(row.counter, row.outcome, row.refusal) for row in chain] == [
        (1, "accepted", None),
        (2, "refused", "photo_missing"),
    ]
    session.rollback()
    with writing(engine) as own:
        walk.upload(own, data)
    with writing(engine) as own:
        assert walk.send(own, claim).questions == ()
        assert [row.outcome for row in list_chain(own, walk.device_id)] == ["accepted", "accepted"]


@pytest.mark.parametrize("next_counter", [2, 3])
def test_leaving_or_reusing_a_refused_place_breaks_no_chain(session: Session, walk: Walker, next_counter: int) -> None:
    walk.visit(session)
    good = walk.previous
    refused = walk.claim(photos=["cd" * 32])
    keep_refused_claim(session, walk.context, *refused, "B-1", "photo_missing", NOON)
    assert walk.visit(session, counter=next_counter, previous_sha256=good).questions == ()


def test_a_fork_and_a_wrong_predecessor_are_asked_and_a_gap_is_noted(session: Session, walk: Walker) -> None:
    walk.visit(session)
    first = walk.previous
    walk.visit(session, "HH-2")
    fork = walk.visit(session, counter=2, previous_sha256=first)
    wrong = walk.visit(session, counter=3, previous_sha256="ee" * 32)
    gap = walk.visit(session, counter=9)
    assert [[q.rule for q in answer.questions] for answer in (fork, wrong, gap)] == [["H09"], ["H09"], []]
    assert get_check_in(session, gap.id).values["signals"]["R10"] == {"kind": "gap", "counter": 9}


def test_a_queue_that_arrives_in_any_order_breaks_nothing(session: Session, walk: Walker) -> None:
    claims = [walk.claim("HH-2" if n % 2 else "HH-1", captured_at=NOON + timedelta(hours=n)) for n in range(5)]
    for n in (3, 0, 4, 1, 2, 0, 3):
        assert walk.send(session, claims[n], NOON + timedelta(hours=9)).questions == ()
    assert [c.counter for c in list_chain(session, walk.device_id)] == [1, 2, 3, 4, 5]


def test_a_revoked_phone_s_queue_is_kept_and_asked(session: Session, walk: Walker) -> None:
    clerk = principal_of(session, Role.TOWNSHIP_CLERK)
    revoke_device(session, clerk, walk.device_id, "手机丢失", NOON)
    answer = walk.visit(session)
    assert [q.rule for q in answer.questions] == ["revoked_device"]
    assert get_check_in(session, answer.id).values["state"] == State.ASKED


def test_a_visit_made_while_paired_counts_after_the_pairing_ended(session: Session, walk: Walker) -> None:
    pairing = session.scalar(select(Pairing).join(Helper, Helper.id == Pairing.helper_id).limit(1))
    assert pairing is not None
    end_pairing(session, pairing.id, NOON.date(), Act("user:office", "调离"), None)
    assert walk.visit(session, at=NOON + timedelta(days=3), offline=True).created
    with pytest.raises(NotFound):
        walk.visit(session, captured_at=NOON + timedelta(days=2), at=NOON + timedelta(days=3))


def test_the_point_and_the_body_are_sealed_and_only_a_kilometre_is_open(
    session: Session, walk: Walker, read: Callable[[], Any]
) -> None:
    answer = walk.visit(session, note="只在正文里")
    session.flush()
    claim = find_accepted(session, answer.id)
    assert claim is not None and claim.body_sealed is not None and claim.point_sealed is not None
    assert b"33.78" not in claim.body_sealed and b"337812345" not in claim.point_sealed
    row = get_check_in(session, answer.id).values
    assert (row["coarse_lat_e7"], row["coarse_lng_e7"]) == (337_800_000, 1_192_600_000)
    assert fixes_of(session, [answer.id])[answer.id].place.lat_e7 == HOME["lat_e7"]
    for table in (CheckIn, Claim):
        values = session.execute(select(table.__table__)).all()
        assert "337812345" not in str(values) and "33.78123" not in str(values)


def test_what_the_phone_asks_back_is_in_the_order_of_receipt_and_complete(session: Session, walk: Walker) -> None:
    moments = [NOON + timedelta(seconds=n // 3) for n in range(7)]
    ids = [
        walk.visit(session, captured_at=NOON + timedelta(minutes=n), at=moment).id for n, moment in enumerate(moments)
    ]
    page = list_check_ins_since(session, "B-1", None, limit=4)
    assert [row.id for row in page] == ids[:6]  # all of one moment come together
    rest = list_check_ins_since(session, "B-1", page[-1].received_at + timedelta(milliseconds=1), limit=4)
    assert [row.id for row in rest] == ids[6:]
    assert queries.count_check_ins_since(session, "B-1", moments[3]) == 4
    assert queries.count_check_ins_since(session, "B-9", None) == 0


def test_the_visits_of_a_household_are_told_the_latest_first(session: Session, walk: Walker) -> None:
    for day in (1, 3, 2):
        walk.visit(session, captured_at=NOON - timedelta(days=day), offline=True)
    walk.visit(session, "HH-2")
    household = get_check_in(session, walk.sent[0][0]).values["household_id"]
    moments: list[datetime] = [visit.captured_at for visit in visits_of_household(session, household)]
    assert moments == [NOON - timedelta(days=day) for day in (1, 2, 3)]
    assert visits_of_household(session, household, helper_no="B-2") == []
