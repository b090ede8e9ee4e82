"""Signed visits over the interface: what is acknowledged, what is refused, what the phone can compare."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.devices.actions import revoke_device
from portal.accounts.permissions import Role
from portal.checks.health.models import RulePause
from portal.kernel.database import now_utc, reading, writing
from portal.registers.helpers.check_ins.judgements.actions import ask
from portal.registers.helpers.check_ins.queries import get_check_in
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.helpers.check_ins.signals.rules import digits_of
from portal.trail.actions import record
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.accounts import principal_of
from tests.factories.phones import Caller, engine_of, signed_in_phone, walker
from tests.factories.visits import Walker, by_day, picture


def now_text(**back: int) -> str:
    return (by_day(now_utc()) - timedelta(**back)).isoformat()


def test_a_signed_visit_is_acknowledged_with_its_leaf(wang: Caller, walk: Walker) -> None:
    data = picture(1)
    digest = wang.photo(data).json["sha256"]
    nonce = wang("GET", "/nonces?count=1").json["nonces"][0]["nonce"]
    claim = walk.claim(photos=[digest], nonce=nonce, captured_at=now_text())
    first, again = wang.claim(claim), wang.claim(claim)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["id"] == claim[0]
    assert len(first.json["leaf_hash"]) == 64
    assert first.json["questions"] == []


def test_other_bytes_under_the_same_id_are_a_conflict(wang: Caller, walk: Walker) -> None:
    claim_id, _body = claim = walk.claim(captured_at=now_text())
    assert wang.claim(claim).status_code == 201
    answer = wang.claim(walk.claim(claim_id=claim_id, note="别的话", captured_at=now_text()))
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_refusals_have_their_codes_and_leave_nothing(wang: Caller, walk: Walker, li: Caller) -> None:
    claim_id, body = walk.claim(captured_at=now_text())
    spoilt = json.loads(body) | {"note": "改过"}
    cases = {
        "bad_signature": (claim_id, json.dumps(spoilt).encode()),
        "photo_missing": walk.claim(photos=["0" * 64], captured_at=now_text()),
        "not_found": walk.claim("HH-9", captured_at=now_text()),
        "bad_fields": walk.claim(visit="perhaps", captured_at=now_text()),
        "datum_missing": walk.claim(location={"lat": 33.7, "lng": 119.2, "accuracy_m": 9}, captured_at=now_text()),
    }
    for code, claim in cases.items():
        answer = wang.claim(claim)
        assert answer.json["code"] == code
        assert answer.status_code == (404 if code == "not_found" else 422)
    assert li.claim(walk.claim(captured_at=now_text())).json["code"] == "unknown_device"
    assert wang("GET", "/check-ins").json["count"] == 0


def test_wrong_fields_are_named(wang: Caller, walk: Walker) -> None:
    answer = wang.claim(walk.claim(visit="perhaps", activities=["睡觉"], captured_at="yesterday"))
    assert {e["field"] for e in answer.json["errors"]} == {"visit", "activities[0]", "captured_at"}
    assert all(set(e) == {"field", "code", "message"} for e in answer.json["errors"])


def test_no_location_with_a_reason_and_a_visit_that_was_not_possible_are_visits(wang: Caller, walk: Walker) -> None:
    without = walk.claim(location=None, no_location_reason="没有卫星信号", captured_at=now_text())
    assert wang.claim(without).status_code == 201
    away = walk.claim(visit="not_possible", not_possible_reason="外出务工", captured_at=now_text())
    assert wang.claim(away).status_code == 201
    assert wang("GET", "/check-ins").json["count"] == 2


def test_a_revoked_phones_queue_still_comes_in_and_is_asked_about(world: Flask, walk: Walker) -> None:
    claim = walk.claim(captured_at=now_text())
    with writing(engine_of(world)) as session:
        revoke_device(session, principal_of(session, Role.TOWNSHIP_CLERK), walk.device_id, "丢失", now_utc())
    phone = signed_in_phone(world)
    assert phone.claim(claim).status_code == 201
    assert phone("GET", "/check-ins").json["check_ins"][0]["state"] == "asked"


def test_the_list_lets_phone_and_server_compare(
    wang: Caller, li: Caller, walk: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile_api.v1.check_ins.PAGE", 2)
    sent = [walk.claim(("HH-1", "HH-2")[n % 2], captured_at=now_text(minutes=40 * (5 - n))) for n in range(5)]
    for claim in sent:
        assert wang.claim(claim).status_code == 201
    seen, address = [], "/check-ins"
    while address:
        page = wang("GET", address).json
        assert page["count"] == 5 - len(seen)
        seen += page["check_ins"]
        address = page.get("next", "").removeprefix("/api/v1")
    assert [each["id"] for each in seen] == [claim_id for claim_id, _ in sent]
    assert {each["household_no"] for each in seen} == {"HH-1", "HH-2"}
    assert li("GET", "/check-ins").json == {"count": 0, "check_ins": []}
    since = seen[3]["received_at"]
    assert wang("GET", f"/check-ins?since={since}").json["count"] == 2


@on_one_database
@pytest.mark.parametrize(
    "since", ["yesterday", "2026-13-01T00:00:00Z", "2026-11-20", "0001-01-01T00:00:00%2B23:59", "%00"]
)
def test_a_since_that_is_no_moment_is_refused(wang: Caller, since: str) -> None:
    answer = wang("GET", f"/check-ins?since={since}")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_a_moment")


def test_an_unescaped_offset_is_understood(wang: Caller) -> None:
    assert wang("GET", "/check-ins?since=2026-11-20T09:30:00+08:00").status_code == 200


def test_a_question_is_read_and_explained_once(world: Flask, wang: Caller, li: Caller, walk: Walker) -> None:
    claim = walk.claim(captured_at=now_text())
    wang.claim(claim)
    with writing(engine_of(world)) as session:
        ask(session, claim[0], [Question("H02", "离住处有点远，是在哪里见的？")], "system:test", now_utc(), "测试")
    at = f"/check-ins/{claim[0]}"
    assert [q["text"] for q in wang("GET", at).json["questions"]] == ["离住处有点远，是在哪里见的？"]
    said = {"text": "在地头遇见的，老张在收稻子"}
    answers = [wang("PUT", f"{at}/explanation", json=said) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 200]
    assert answers[0].json == answers[2].json
    assert (answers[0].json["state"], answers[0].json["questions"][0]["answer"]) == ("explained", said["text"])
    assert wang("PUT", f"{at}/explanation", json={"text": "换一种说法"}).json["code"] == "not_asked"
    for method, path in (("GET", at), ("PUT", f"{at}/explanation")):
        assert li(method, path, json=said).status_code == 404
        assert wang(method, path.replace(claim[0], str(uuid.uuid4())), json=said).status_code == 404


def test_words_answer_the_questions_that_they_name(world: Flask, wang: Caller, walk: Walker) -> None:
    claim = walk.claim(captured_at=now_text())
    wang.claim(claim)
    with writing(engine_of(world)) as session:
        asked = [Question("H02", "在哪里见的？"), Question("H05", "是不是集中走访？")]
        ask(session, claim[0], asked, "system:test", now_utc(), "测试")
    at = f"/check-ins/{claim[0]}/explanation"
    said = {"text": "在地头遇见的", "rules": ["H02"]}
    answers = [wang("PUT", at, json=said) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    told = {question["rule"]: question.get("answer") for question in answers[0].json["questions"]}
    assert (told, answers[0].json["state"]) == ({"H02": "在地头遇见的", "H05": None}, "asked")
    assert wang("PUT", at, json={"text": "换一种说法", "rules": ["H02"]}).json["code"] == "not_asked"
    assert wang("PUT", at, json={"text": "没问的事", "rules": ["H09"]}).json["code"] == "not_asked"
    assert wang("PUT", at, json={"text": "在村部一起见的"}).json["state"] == "explained"


def test_a_rule_that_has_paused_itself_asks_no_phone(world: Flask, wang: Caller, walk: Walker) -> None:
    far = {"lat": 33.9, "lng": 119.4, "accuracy_m": 9, "datum": "WGS84"}
    first = wang.claim(walk.claim(location=far, captured_at="2026-10-20T12:00:00+08:00", offline=True))
    with writing(engine_of(world)) as session:
        session.add(RulePause(rule="H02", rule_version=1, closed=200, confirmed=30, paused_at=now_utc()))
        record(session, kind="check.rule.paused", actor="system:test", subjects=[("rule", "H02")])
    again = wang.claim(walk.claim(location=far, captured_at="2026-10-21T12:00:00+08:00", offline=True))
    assert [question["rule"] for question in first.json["questions"]] == ["H02"]
    assert (again.status_code, again.json["questions"]) == (201, [])


def test_wrong_digits_in_the_picture_are_taken_and_kept_as_a_signal(world: Flask, wang: Caller, walk: Walker) -> None:
    nonces = [each["nonce"] for each in wang("GET", "/nonces?count=2").json["nonces"]]
    right = walk.claim(nonce=nonces[0], challenge=digits_of(nonces[0]), captured_at=now_text())
    wrong = walk.claim("HH-2", nonce=nonces[1], challenge="no", captured_at=now_text())
    assert [wang.claim(claim).status_code for claim in (right, wrong)] == [201, 201]
    with reading(engine_of(world)) as session:
        kinds = [get_check_in(session, claim[0]).values["signals"]["challenge"]["kind"] for claim in (right, wrong)]
    assert kinds == ["right", "wrong"]


def test_two_phones_of_two_helpers_do_not_meet(world: Flask, li: Caller, wang: Caller, walk: Walker) -> None:
    other = walker(world, "B-2")
    assert li.claim(other.claim("HH-9", captured_at=now_text())).status_code == 201
    assert wang.claim(walk.claim("HH-1", captured_at=now_text())).status_code == 201
    assert [wang("GET", "/check-ins").json["count"], li("GET", "/check-ins").json["count"]] == [1, 1]
