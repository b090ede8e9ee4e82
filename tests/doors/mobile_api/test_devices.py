"""Enrolling a phone over the interface, and its nonces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from portal.accounts.devices.actions import revoke_device
from portal.accounts.devices.models import EnrolledDevice
from portal.accounts.devices.queries import find_active_device
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, reading, writing
from tests.factories.accounts import principal_of
from tests.factories.devices import Phone, new_phone
from tests.factories.phones import Caller, code_for, engine_of, signed_in_phone


def enrol(caller: Caller, phone: Phone, code: str) -> tuple[int, str]:
    answer = caller("POST", "/devices", json={"public_key": phone.jwk, "enrolment_code": code, "label": "红米"})
    return answer.status_code, answer.json.get("device_id") or answer.json["code"]


def test_a_code_from_the_office_enrols_the_phone(world: Flask, wang: Caller) -> None:
    status, device_id = enrol(wang, new_phone(), code_for(world, "B-1"))
    assert status == 201
    with reading(engine_of(world)) as session:
        device = find_active_device(session, "B-1")
    assert device is not None
    assert (device.device_id, device.label) == (device_id, "红米")


def test_sent_again_the_answer_is_the_same(world: Flask, wang: Caller) -> None:
    phone, code = new_phone(), code_for(world, "B-1")
    assert {enrol(wang, phone, code) for _ in range(3)} == {enrol(wang, phone, code)}
    with reading(engine_of(world)) as session:
        assert len(session.scalars(select(EnrolledDevice)).all()) == 1


def test_webcrypto_adds_keys_of_its_own(world: Flask, wang: Caller) -> None:
    jwk = {**new_phone().jwk, "ext": True, "key_ops": ["verify"]}
    given = {"public_key": jwk, "enrolment_code": code_for(world, "B-1"), "label": "红米"}
    assert wang("POST", "/devices", json=given).status_code == 201


def test_a_new_phone_ends_the_earlier_one_and_its_sessions(world: Flask) -> None:
    old, new = signed_in_phone(world), signed_in_phone(world)
    assert enrol(old, new_phone(), code_for(world, "B-1"))[0] == 201
    assert enrol(new, new_phone(), code_for(world, "B-1"))[0] == 201
    assert old("GET", "/today").status_code == 401
    assert new("GET", "/today").status_code == 200


def test_wrong_codes_are_refused_and_counted(world: Flask, wang: Caller) -> None:
    code_for(world, "B-1")
    other = code_for(world, "B-2")
    tries = [enrol(wang, new_phone(), code) for code in ("0000-0000-0000", other, "x")]
    assert tries == [(403, "bad_enrolment_code")] * 3
    assert enrol(wang, new_phone(), code_for(world, "B-1")) == (429, "too_many_tries")


def test_a_private_key_or_no_point_is_refused(world: Flask, wang: Caller) -> None:
    code, jwk = code_for(world, "B-1"), new_phone().jwk
    for wrong in ({**jwk, "d": "A" * 43}, {**jwk, "crv": "P-384"}, {**jwk, "x": jwk["y"]}):
        given = {"public_key": wrong, "enrolment_code": code, "label": "红米"}
        answer = wang("POST", "/devices", json=given)
        assert (answer.status_code, answer.json["code"]) == (422, "bad_key")
    assert enrol(wang, new_phone(), code)[0] == 201  # the code is still good


def test_eight_at_once_with_one_code_enrol_one_phone(world: Flask) -> None:
    code = code_for(world, "B-1")
    callers = [signed_in_phone(world) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda caller: enrol(caller, new_phone(), code)[0], callers))
    assert done.count(201) == 1
    assert set(done) <= {201, 401, 403, 429}


def test_nonces_are_leased_to_the_phone_in_force(world: Flask, wang: Caller) -> None:
    assert wang("GET", "/nonces").json["code"] == "device_needed"
    enrol(wang, new_phone(), code_for(world, "B-1"))
    leased = wang("GET", "/nonces?count=3").json["nonces"]
    assert len({each["nonce"] for each in leased}) == 3
    assert all(each["issued_at"] < each["expires_at"] for each in leased)
    assert len(wang("GET", "/nonces").json["nonces"]) == 20
    for wrong in ("0", "21", "-1", "x", "1.5", "99999999999"):
        answer = wang("GET", f"/nonces?count={wrong}")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "count")


def test_a_revoked_phone_is_out_at_once(world: Flask, wang: Caller) -> None:
    _status, device_id = enrol(wang, new_phone(), code_for(world, "B-1"))
    with writing(engine_of(world)) as session:
        revoke_device(session, principal_of(session, Role.TOWNSHIP_CLERK), device_id, "丢失", now_utc())
    assert wang("GET", "/nonces").status_code == 401
    assert signed_in_phone(world)("GET", "/nonces").json["code"] == "device_needed"
