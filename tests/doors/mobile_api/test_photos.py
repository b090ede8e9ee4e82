"""Photos: content-addressed, whole or not at all."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from portal.accounts.devices.actions import revoke_device
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, writing
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.accounts import principal_of
from tests.factories.phones import Caller, engine_of, signed_in_phone
from tests.factories.visits import Walker, picture


@pytest.mark.parametrize(("kind", "form"), [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP")])
def test_the_first_upload_is_created_and_the_next_is_the_same(wang: Caller, walk: Walker, kind: str, form: str) -> None:
    data = picture(1, format=form)
    answers = [wang.photo(data, kind) for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 200, 200]
    assert {a.json["sha256"] for a in answers} == {hashlib.sha256(data).hexdigest()}


def test_other_bytes_than_the_address_names_are_refused(wang: Caller, walk: Walker) -> None:
    data = picture(1)
    name = hashlib.sha256(picture(2)).hexdigest()
    answer = wang("PUT", f"/photos/{name}", data=data, content_type="image/jpeg")
    assert (answer.status_code, answer.json["code"]) == (422, "digest_mismatch")
    cut = wang("PUT", f"/photos/{hashlib.sha256(data).hexdigest()}", data=data[:-1], content_type="image/jpeg")
    assert (cut.status_code, cut.json["code"]) == (422, "digest_mismatch")


@on_one_database
@pytest.mark.parametrize("data", [b" ", b"no picture at all", picture(1)[:400], b"<svg/>", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(wang: Caller, walk: Walker, data: bytes) -> None:
    answer = wang.photo(data)
    assert (answer.status_code, answer.json["code"]) == (422, "bad_photo")


def test_types_sizes_and_names_have_limits(wang: Caller, walk: Walker) -> None:
    data = picture(1)
    assert wang.photo(data, "image/gif").json["code"] == "unsupported_type"
    assert wang.photo(b"\0" * (8 * 2**20 + 1)).status_code == 413
    name = hashlib.sha256(data).hexdigest()
    assert wang("PUT", f"/photos/{name.upper()}", data=data, content_type="image/jpeg").status_code == 404
    assert wang("GET", f"/photos/{name}").status_code == 405


def test_a_length_is_needed(wang: Caller, walk: Walker) -> None:
    answer = wang("PUT", "/photos/" + "0" * 64, content_type="image/jpeg", headers={"Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.json["code"]) == (411, "length_required")


def test_a_phone_must_have_been_enrolled(wang: Caller) -> None:
    assert wang.photo(picture(1)).json["code"] == "device_needed"


def test_what_waits_on_a_revoked_phone_still_comes_in(world: Flask, walk: Walker) -> None:
    with writing(engine_of(world)) as session:
        revoke_device(session, principal_of(session, Role.TOWNSHIP_CLERK), walk.device_id, "丢失", now_utc())
    assert signed_in_phone(world).photo(picture(1)).status_code == 201


def test_anothers_upload_is_nobodys_business(wang: Caller, li: Caller, walk: Walker, world: Flask) -> None:
    assert wang.photo(picture(1)).status_code == 201
    assert li.photo(picture(1)).json["code"] == "device_needed"  # not: it is there already
