"""Watched rows: they stand in the register, count nowhere, and raise an alarm wherever one is seen outside."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask, Response
from sqlalchemy import select

from portal.accounts.permissions import Role
from portal.cli import main
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.oversight.leads.queries import LeadRow, stream_leads
from portal.publishing.canaries import actions
from portal.publishing.canaries.models import Canary, CanarySighting
from portal.publishing.canaries.queries import SEAL
from portal.registers.recipients.queries import count_listed_persons
from portal.settings import Settings
from portal.trail.connect import keyring_of
from portal.web import outgoing, watched
from tests.apps import app
from tests.factories.accounts import signed_in
from tests.factories.divisions import COUNTY, VILLAGE, make_county
from tests.factories.recipients import make_household, make_id

__all__ = ["app"]


@pytest.fixture
def planted(app: Flask, settings: Settings) -> dict[str, str]:
    """The values of a watched row in a village with one household."""
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_county(session)
        make_household(session, "HH-1", head="张建国", id_number=make_id(33))
    with writing(site.engine) as session:
        canary = actions.plant(session, keyring_of(settings), VILLAGE, today_cn(), "cli:root")
        values: dict[str, str] = json.loads(site.keyring.open_(canary.sealed, SEAL))
    return values


def leads(app: Flask) -> list[LeadRow]:
    with reading(app.extensions["portal.installation"].engine) as session:
        return list(stream_leads(session, rules=["S07"]))


def test_it_stands_in_the_lists_of_the_console_and_in_their_files(app: Flask, planted: dict[str, str]) -> None:
    clerk = signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="officer")
    page = clerk.get("/console/households").text
    assert planted["name"] in page
    assert planted["no"] in clerk.get("/console/households.csv").data.decode("utf-8-sig")
    assert "标记" not in clerk.get(f"/console/households/{planted['no']}").text


def test_it_counts_on_no_day(app: Flask, planted: dict[str, str]) -> None:
    with reading(app.extensions["portal.installation"].engine) as session:
        days = [today_cn() + timedelta(days=n) for n in (-400, -1, 0, 1, 400)]
        assert [count_listed_persons(session, day) for day in days[2:]] == [1, 1, 1]
        assert count_listed_persons(session, days[1]) <= 1


def test_public_pages_say_the_same_as_before(app: Flask, settings: Settings) -> None:
    site = app.extensions["portal.installation"]
    with writing(site.engine) as session:
        make_county(session)
        for n in range(6):
            make_household(session, f"HH-{n}", head="张建国", id_number=make_id(40 + n))
    client = app.test_client()
    paths = ("/areas/" + VILLAGE + ".json", "/areas/" + COUNTY + ".json", "/areas.csv")
    before = [client.get(path, base_url="http://127.0.0.1:8000").data for path in paths]
    with writing(site.engine) as session:
        actions.plant(session, keyring_of(settings), VILLAGE, today_cn(), "cli:root")
    assert [client.get(path, base_url="http://127.0.0.1:8000").data for path in paths] == before


@pytest.mark.parametrize("field", ["no", "name", "id_number", "account"])
def test_an_answer_that_holds_one_is_stopped_and_raises_a_lead(app: Flask, planted: dict[str, str], field: str) -> None:
    with app.test_request_context("/areas"):
        watched.forget()
        answer = outgoing.checked(Response(f"<p>{planted[field]}</p>", content_type="text/html"))
    assert answer.status_code == 500
    assert planted[field].encode() not in answer.data
    (lead,) = leads(app)
    assert (lead.severity, lead.status, lead.subject_kind) == ("严重", "open", "canary")
    assert lead.evidence["times"] == 1


def test_a_file_that_holds_one_in_its_last_row_is_stopped(app: Flask, planted: dict[str, str]) -> None:
    rows = [b"village,name\r\n", *([b"x,y\r\n"] * 5000), f"x,{planted['name']}\r\n".encode()]
    with app.test_request_context("/areas.csv"):
        watched.forget()
        assert outgoing.checked(Response(iter(rows), content_type="text/csv")).status_code == 500
    assert len(leads(app)) == 1


def test_who_asks_for_one_from_outside_raises_the_alarm_and_learns_nothing(app: Flask, planted: dict[str, str]) -> None:
    answer = app.test_client().get("/search", query_string={"q": planted["name"]}, base_url="http://127.0.0.1:8000")
    assert answer.status_code == 400
    assert planted["name"] not in answer.text
    with reading(app.extensions["portal.installation"].engine) as session:
        assert session.scalars(select(CanarySighting.how)).all() == ["有人在公开页面查它"]
    assert len(leads(app)) == 1


def test_the_values_are_sealed_and_belong_to_nobody(app: Flask, planted: dict[str, str]) -> None:
    with reading(app.extensions["portal.installation"].engine) as session:
        (sealed,) = session.scalars(select(Canary.sealed))
    assert not any(value.encode() in sealed for value in planted.values())
    assert planted["id_number"][6:9] == "190"


def test_a_file_found_outside_is_checked_on_the_command_line(
    app: Flask, planted: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    found, other = tmp_path / "found.csv", tmp_path / "other.csv"
    found.write_text(f"name\n{planted['name']}\n", "utf-8")
    other.write_text("name\n张三\n", "utf-8")
    env = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    run = CliRunner().invoke(main, ["canary", "check", str(found), "--json"], env=env)
    assert (run.exit_code, json.loads(run.stdout)) == (1, {"seen": ["BJ-1"]})
    assert CliRunner().invoke(main, ["canary", "check", str(other), "--json"], env=env).exit_code == 0
    more = CliRunner().invoke(main, ["canary", "plant", "--division", VILLAGE, "--count", "2", "--json"], env=env)
    assert len(json.loads(more.stdout)["planted"]) == 2
    assert len(leads(app)) == 1
