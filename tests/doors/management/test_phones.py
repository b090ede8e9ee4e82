"""A helper's phone at the township office: the code is shown once, a lost phone is revoked at once."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from portal.accounts.devices.actions import code_matches
from portal.accounts.devices.queries import find_active_device, find_waiting_code
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, reading, writing
from tests.doors.management.test_registers_people import engine_of
from tests.factories.accounts import Browser, signed_in
from tests.factories.devices import enrolled, helper_account, new_phone
from tests.factories.divisions import GAOGOU, HONGYAO, make_county
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

PAGE = "/console/helpers/B-1/phone"
CODE = re.compile(r'id="enrolment-code">([^<]+)<')


@pytest.fixture
def clerk(app: Flask) -> Browser:
    """The clerk of the town in which helper B-1 helps."""
    with writing(engine_of(app)) as session:
        make_county(session)
        helper, home = make_helper(session, "B-1", "王帮扶"), make_household(session)
        make_pairing(session, helper, household_id=home.id)
        helper_account(session, "B-1", username="wang")
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def test_the_code_is_shown_once_and_works(app: Flask, clerk: Browser) -> None:
    assert "没有在用的手机" in clerk.get(PAGE).text
    made = clerk.post(f"{PAGE}/code", page=PAGE)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    shown = CODE.search(made.text)
    assert shown is not None
    with reading(engine_of(app)) as session:
        assert code_matches(find_waiting_code(session, "B-1", now_utc()), shown.group(1))
    page = html.unescape(clerk.get(PAGE).text)
    assert shown.group(1) not in page
    assert "有一个还没用的登记码" in page


def test_a_lost_phone_is_revoked_with_a_reason(app: Flask, clerk: Browser) -> None:
    with writing(engine_of(app)) as session:
        person = helper_account(session, "B-1", username="wang2")
        device = enrolled(session, person, new_phone(), label="红米 Note")
    page = html.unescape(clerk.get(PAGE).text)
    assert "撤销“红米 Note”" in page
    at = f"{PAGE}/{device.device_id}/revoke"
    assert clerk.post(at, {"why": ""}, page=PAGE).status_code == 422
    assert clerk.post(at, {"why": "在集市上丢了"}, page=PAGE).status_code == 303
    with reading(engine_of(app)) as session:
        assert find_active_device(session, "B-1") is None
    page = html.unescape(clerk.get(PAGE).text)
    assert "在集市上丢了" in page
    assert "撤销“红米 Note”" not in page
    assert clerk.post(at, {"why": "再撤一次"}, page=PAGE).status_code == 409
    other = at.replace(device.device_id, "00000000-0000-0000-0000-000000000000")
    assert clerk.post(other, {"why": "没有这部"}, page=PAGE).status_code == 404


def test_another_towns_clerk_does_not_find_the_helper(app: Flask, clerk: Browser) -> None:
    other = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert other.get(PAGE).status_code == 404
    assert other.post(f"{PAGE}/code", page="/account").status_code == 404
    with reading(engine_of(app)) as session:
        assert find_waiting_code(session, "B-1", now_utc()) is None


def test_the_record_of_a_helper_leads_there(clerk: Browser) -> None:
    assert PAGE in clerk.get("/console/helpers/B-1").text
