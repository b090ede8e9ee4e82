"""Handing pairings over in the console: looked at before it is written, only where one may, never without a reason."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.helpers import queries
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

PATH = "/console/helpers/B-1/hand-over"
GIVEN = {"receivers": "B-2", "first_day": today_cn().isoformat(), "why": "王帮扶退休", "beyond_why": ""}


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def office(app: Flask) -> Flask:
    with writing(engine_of(app)) as session:
        make_county(session)
        old = make_helper(session)
        make_helper(session, "B-2", "李接手")
        make_helper(session, "B-3", "赵接手")
        make_helper(session, "B-9", "钱无关")
        for n, village in enumerate((VILLAGE, VILLAGE, "320826104202", OTHER_VILLAGE)):
            make_pairing(session, old, household_id=make_household(session, f"HH-{n}", village).id)
        make_pairing(session, old, village_code=VILLAGE)
    return app


@pytest.fixture
def clerk(office: Flask) -> Browser:
    return signed_in(office, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def held(app: Flask, no: str) -> list[str]:
    with reading(engine_of(app)) as session:
        rows = queries.list_pairings(session, ["320800000000"], helper=no, on=today_cn())
        return sorted(row["household_no"] or row["village_code"] for row in rows)


def test_a_hand_over_is_looked_at_before_it_is_written(office: Flask, clerk: Browser) -> None:
    assert "名下有 4 条结对要交接" in clerk.get(PATH).text
    look = clerk.post(PATH, {**GIVEN, "step": "look"})
    assert "现在还没有写入" in look.text
    assert "李接手" in look.text
    assert held(office, "B-2") == []
    done = clerk.post(PATH, {**GIVEN, "step": "save"})
    assert done.status_code == 303
    assert held(office, "B-2") == sorted([VILLAGE, "HH-0", "HH-1", "HH-2"])


def test_what_lies_elsewhere_stays_and_is_told(office: Flask, clerk: Browser) -> None:
    assert "另有 1 条在您的管辖范围以外" in clerk.get(PATH).text
    assert "HH-3" not in clerk.get(PATH).text
    clerk.post(PATH, {**GIVEN, "step": "save"})
    assert held(office, "B-1") == ["HH-3"]


def test_several_receivers_share_and_each_pairing_may_be_chosen(office: Flask, clerk: Browser) -> None:
    look = clerk.post(PATH, {**GIVEN, "receivers": "B-2、B-3", "step": "look"}).text
    chosen = dict.fromkeys(re.findall(r'name="(to-\d+)"', look), "B-3")
    assert len(chosen) == 4
    clerk.post(PATH, {**GIVEN, "receivers": "B-2 B-3", **chosen, "step": "save"})
    assert len(held(office, "B-3")) == 4
    assert held(office, "B-2") == []


def test_a_village_stays_in_one_hand_when_nobody_chooses(office: Flask, clerk: Browser) -> None:
    clerk.post(PATH, {**GIVEN, "receivers": "B-2 B-3", "step": "save"})
    assert held(office, "B-2") == sorted([VILLAGE, "HH-0", "HH-1"])
    assert held(office, "B-3") == ["HH-2"]


def test_beyond_the_limit_a_reason_is_asked_for(office: Flask, clerk: Browser) -> None:
    with writing(engine_of(office)) as session:
        make_parameter(session, "helper_max_households", "2", GAOGOU)
    look = clerk.post(PATH, {**GIVEN, "step": "look"}).text
    assert "超过上限，要写理由" in look
    assert 'name="beyond_why"' in look
    refused = clerk.post(PATH, {**GIVEN, "step": "save"})
    assert refused.status_code == 422
    assert "李接手 将有 3 户，当地上限 2 户" in refused.text
    assert held(office, "B-2") == []
    assert clerk.post(PATH, {**GIVEN, "beyond_why": "只剩一名干部", "step": "save"}).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"receivers": ""}, "写明由谁接手"),
        ({"receivers": "B-404"}, "没有编号是 B-404 的帮扶人"),
        ({"receivers": "B-1"}, "不能交给本人"),
        ({"first_day": "昨天"}, "first_day-why"),
        ({"first_day": "2020-01-01"}, "离今天太远"),
        ({"why": ""}, "写明原因"),
    ],
)
def test_a_wrong_hand_over_says_what_is_wrong(office: Flask, clerk: Browser, wrong: dict[str, str], said: str) -> None:
    answer = clerk.post(PATH, {**GIVEN, **wrong, "step": "save"})
    assert answer.status_code in (404, 422)
    assert said in answer.text
    assert len(held(office, "B-1")) == 5


def test_who_is_elsewhere_or_may_not_edit_gets_no_page(office: Flask, clerk: Browser) -> None:
    assert clerk.get("/console/helpers/B-9/hand-over").status_code == 404
    assert clerk.get("/console/helpers/B-0/hand-over").status_code == 404
    assert signed_in(office, Role.TOWNSHIP_CLERK, ["320826105000"]).get(PATH).status_code == 404
    assert signed_in(office, Role.TOWNSHIP_CLERK, [HONGYAO]).get(PATH).status_code == 200
    leader = signed_in(office, Role.LEADER, [GAOGOU])
    assert leader.get(PATH).status_code == 403
    assert "交接" not in leader.get("/console/helpers/B-1").text
    assert PATH in clerk.get("/console/helpers/B-1").text


def test_a_pairing_beyond_the_limit_asks_on_its_own_form(office: Flask, clerk: Browser) -> None:
    with writing(engine_of(office)) as session:
        make_parameter(session, "helper_max_households", "2", GAOGOU)
        make_household(session, "HH-7")
    given = {"helper_no": "B-1", "household_no": "HH-7", "started_on": "2026-09-01", "why": "新纳入", "step": "save"}
    told = clerk.post("/console/pairings/new", given)
    assert told.status_code == 422
    assert "超过了当地规定的每人帮扶户数" in told.text
    assert clerk.post("/console/pairings/new", {**given, "beyond_why": "同一户族"}).status_code == 303
