"""The second half of story 7: somebody on no list asks for help by telephone screen, is visited, and comes onto the list.

Asking takes no account and no script. Two visit within the days of a self-report, the township opens the procedure, the
village meeting, the notice and the county follow; only the county's decision puts the household on the list.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import Procedure, Source, StepKey
from tests.factories import procedures as steps
from tests.factories.accounts import Browser, Quick, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, VILLAGE
from tests.factories.phones import engine_of
from tests.factories.recipients import make_id

NAME, PHONE, NUMBER = "赵桂兰", "13812345678", make_id(71)
ASKED = {
    "name": NAME, "phone": PHONE, "id_number": NUMBER, "words": "老伴住院两个月", "at": VILLAGE, "kind": "看病花钱多",
    "for_whom": "为自己家", "altcha": "",
}  # fmt: skip


def fill(session: Session) -> None:
    """A county whose lines are laid down."""
    steps.make_lines(session)


pytestmark = pytest.mark.begins_with(fill=fill)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


def ask(citizen: Browser) -> tuple[str, str]:
    """Send the form; number and code of the receipt."""
    sent = citizen.post("/need-help", ASKED, page=f"/need-help?at={VILLAGE}")
    assert sent.status_code == 201, sent.text
    no, code = re.findall(r'<b class="big">([^<]+)</b>', sent.text)
    return no.replace(" ", ""), code


def progress(citizen: Browser, no: str, code: str) -> str:
    told: TestResponse = citizen.post(f"/need-help/{no}", {"code": code}, page=f"/need-help/{no}")
    assert told.status_code == 200
    return told.text


def visit(clerk: Browser, no: str) -> str:
    """Two go there; what they saw makes it a procedure. Returns its number."""
    at = f"/console/requests/{no}"
    sheet = BytesIO()
    Image.new("RGB", (300, 400), "#fbfaf5").save(sheet, "JPEG")
    sheet.seek(0)
    seen = {
        "visited_on": f"{today_cn():%Y-%m-%d}", "first": "王经办", "second": "李村干", "second_unit": "村民委员会",
        "sheet": (sheet, "sheet.jpg"), "found": "确实困难",
    }  # fmt: skip
    assert clerk.post(f"{at}/visit", seen, page=at).status_code == 303
    assert clerk.post(f"{at}/answer", {"step": "转认定程序", "answer": ""}, page=at).status_code == 303
    found = re.search(r"/console/procedures/(CX-[0-9]{4}-[0-9]+)", clerk.get(at).text)
    assert found is not None
    return found[1]


def register(clerk: Browser, procedure: str) -> None:
    """The village enters the family for its procedure; it stands on no list by that."""
    home = {
        "no": "HH-71", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因病", "head_name": NAME,
        "head_id": NUMBER, "procedure_no": procedure, "why": "求助申报登记",
        "step": "save",
    }  # fmt: skip
    answer = clerk.post("/console/households/new", home, page="/console/households/new")
    assert answer.status_code == 303, answer.text


def status_of(app: Flask) -> str | None:
    with reading(engine_of(app)) as session:
        return session.scalars(select(Household.status).where(Household.no == "HH-71")).one()


def walk(app: Flask, no: str, until: StepKey | None = None) -> str:
    """The steps in between, each by whom it takes."""
    with writing(engine_of(app)) as session:
        row = session.scalars(select(Procedure).where(Procedure.no == no)).one()
        return steps.walk(session, row, until).state


def test_who_is_on_no_list_asks_and_comes_onto_it(app: Flask, time_machine: time_machine.TimeMachineFixture) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    citizen = Browser(app)
    no, code = ask(citizen)
    assert "还没有上门" in progress(citizen, no, code)

    time_machine.shift(timedelta(hours=1))  # without a script one waits a little longer
    town = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="town-window")
    listed = town.get("/console/requests").text
    assert no in listed
    assert NAME not in listed
    procedure = visit(town, no)
    with reading(engine_of(app)) as session:
        row = session.scalars(select(Procedure)).one()
        assert (row.no, row.request_no, row.source) == (procedure, no, Source.SELF_REPORT)
        assert row.whole_due_on is not None

    village = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="village-desk")
    register(village, procedure)
    assert status_of(app) is None
    at = f"/console/procedures/{procedure}"
    again = village.post(f"{at}/household", {"household_no": "HH-71", "why": "申报人就是户主"}, page=at)
    assert again.status_code == 409, "the household is named already"

    assert walk(app, procedure, StepKey.COUNTY_DECISION) == StepKey.COUNTY_DECISION
    assert status_of(app) is None, "neither visit, meeting nor notice puts anybody on the list"
    leader = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="another")
    decided = leader.post(f"{at}/step", {"verdict": "批准", "happened_on": f"{today_cn()}"}, page=at)
    assert decided.status_code == 403

    walk(app, procedure)
    assert status_of(app) == "在册"
    assert (
        "HH-71" in signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="county").get("/console/households").text
    )
    told = progress(citizen, no, code)
    assert not any(value in told for value in (NAME, PHONE, NUMBER))
    assert "认定" in told
