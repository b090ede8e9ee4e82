"""What a phone is told: today's tasks and the files of its own households, nothing of anybody else's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.kernel.clock import today_cn
from portal.kernel.database import writing
from portal.registers.helpers.models import Pairing
from portal.registers.recipients.models import Household, Person
from portal.trail import actions as trail
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.phones import Caller, engine_of
from tests.factories.recipients import make_id, make_income, make_person


@pytest.fixture
def family(world: Flask) -> Flask:
    with writing(engine_of(world)) as session:
        home = session.scalars(select(Household).where(Household.no == "HH-1")).one()
        make_person(session, home, "欧阳娜娜", born_on=date(2010, 5, 6), id_number=make_id(7, "20100506"))
        make_income(session, home, 3_200_00)
        home.address = "高沟镇扎新村三组12号"
        trail.record(session, kind="household.corrected", actor="test", subjects=[("household", "HH-1")], why="核对")
    return world


def test_a_file_holds_what_a_visit_needs(family: Flask, wang: Caller) -> None:
    told = wang("GET", "/households/HH-1").json
    assert set(told) == {
        "no", "name", "village", "address", "category", "point", "members", "needs", "visits", "incomes",
    }  # fmt: skip
    assert (told["name"], told["village"], told["address"]) == ("张建国", "扎新村", "高沟镇扎新村三组")
    assert told["point"] == {"lat": 33.7812345, "lng": 119.2612345, "datum": "WGS84"}
    assert [m["name"] for m in told["members"]] == ["建国", "娜娜"]
    assert told["members"][1]["age"] == today_cn().year - 2010 - ((today_cn().month, today_cn().day) < (5, 6))
    assert told["incomes"][0]["amount_fen"] == 3_200_00


def test_no_number_leaves(family: Flask, wang: Caller) -> None:
    with writing(engine_of(family)) as session:
        person = session.scalars(select(Person).where(Person.name == "欧阳娜娜")).one()
        assert person.id_sealed is not None
        session.rollback()
    text = wang("GET", "/households").text + wang("GET", "/households/HH-1").text
    assert make_id(7, "20100506") not in text
    assert "20100506" not in text
    for private in ("id_", "account", "phone", "health", "12号", "2010-05-06"):
        assert private not in text


def test_the_list_holds_the_same_files(family: Flask, wang: Caller) -> None:
    listed = wang("GET", "/households").json["households"]
    assert [each["no"] for each in listed] == ["HH-1", "HH-2"]
    assert listed[0] == wang("GET", "/households/HH-1").json


def test_more_households_take_no_more_statements(family: Flask, wang: Caller) -> None:
    """A file by itself and the list of two are read with the same number of statements."""
    engine, seen = engine_of(family), []

    def count(path: str) -> int:
        seen.clear()
        assert wang("GET", path).status_code == 200
        return len(seen)

    event.listen(engine, "before_cursor_execute", lambda *sent: seen.append(sent[2]))
    assert count("/households") == count("/households/HH-1")


def test_any_other_household_is_answered_alike(world: Flask, wang: Caller, li: Caller) -> None:
    foreign, unknown = wang("GET", "/households/HH-9"), wang("GET", "/households/HH-404")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    without = {name: foreign.json[name] for name in foreign.json if name != "request_id"}
    assert without == {name: unknown.json[name] for name in without}
    assert li("GET", "/households/HH-9").status_code == 200
    assert li("GET", "/households/HH-1").status_code == 404


def test_an_ended_pairing_ends_the_sight(world: Flask, wang: Caller) -> None:
    with writing(engine_of(world)) as session:
        home = select(Household.id).where(Household.no == "HH-2").scalar_subquery()
        pairing = session.scalars(select(Pairing).where(Pairing.household_id == home)).one()
        pairing.ended_on = today_cn() - timedelta(days=1)
        trail.record(session, kind="pairing.ended", actor="test", subjects=[("pairing", str(pairing.id))], why="调整")
    assert wang("GET", "/households/HH-2").status_code == 404
    assert [each["no"] for each in wang("GET", "/households").json["households"]] == ["HH-1"]
    assert {task["household_no"] for task in wang("GET", "/today").json["tasks"]} == {"HH-1"}


def test_today_tells_what_is_late_first(wang: Caller) -> None:
    told = wang("GET", "/today").json
    assert told["as_of"] == today_cn().isoformat()
    assert [task["household_no"] for task in told["tasks"]] == ["HH-1", "HH-2"]
    for task in told["tasks"]:
        assert set(task) == {"household_no", "name", "village", "due_on", "overdue_days", "kind", "text"}
        assert task["overdue_days"] == max(0, (today_cn() - date.fromisoformat(task["due_on"])).days)


@on_one_database
@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "x" * 300, "..%2F..", "'; DROP TABLE users", "%20"])
def test_a_name_that_is_none_is_not_found(wang: Caller, name: str) -> None:
    assert wang("GET", f"/households/{name}").status_code == 404


def test_english_is_one_prefix_away(family: Flask, wang: Caller) -> None:
    answer = wang.client.get(
        "/en/api/v1/households/HH-404",
        base_url="http://127.0.0.1:8000",
        headers={"Authorization": f"Bearer {wang.token}"},
    )
    assert (answer.status_code, answer.json["code"], answer.json["title"]) == (
        404,
        "not_found",
        "There is no such household",
    )
