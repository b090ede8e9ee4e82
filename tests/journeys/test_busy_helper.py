"""Story 5: forty-six "visits" in one evening from one spot with one photo, against a helper with bad signal in the hills.

Both send what they have over the phone's own interface. The first is asked, and then stands as leads for an inspector; of
the second's visits every one counts. Nothing happens to either by itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal.accounts import passwords
from portal.accounts.permissions import Role
from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.cli import main
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.models import Helper
from portal.settings import Settings
from tests.factories.accounts import Quick, signed_in
from tests.factories.divisions import COUNTY
from tests.factories.phones import Caller, engine_of, make_world, signed_in_phone, walker
from tests.factories.visits import HOME, Walker, add_household, picture

EVENING = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)  # eight o'clock in China
BUSY, HILLS = 46, 6
BENCH = {"lat": HOME["lat_e7"] / 10**7 + 0.01, "lng": HOME["lng_e7"] / 10**7, "accuracy_m": 6, "datum": "WGS84"}


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Wang with forty-six households in hand, Li with six in the hills."""
    monkeypatch.setattr(passwords, "HASHING", Quick())
    with writing(engine_of(app)) as session:
        make_world(session)
        for no, count in (("B-1", BUSY), ("B-2", HILLS)):
            helper = session.scalars(select(Helper).where(Helper.no == no)).one()
            for n in range(count):
                add_household(session, helper, f"{no}-{n}")
    return app


def busy_evening(phone: Caller, walk: Walker) -> list[dict[str, Any]]:
    """One photo, one bench, forty-six households, half a minute each."""
    data = picture(7)
    assert phone.photo(data).status_code == 201
    digest = hashlib.sha256(data).hexdigest()
    answers = []
    for n in range(BUSY):
        moment = EVENING + timedelta(seconds=30 * n)
        claim = walk.claim(f"B-1-{n}", captured_at=moment, location=BENCH, photos=[digest], offline=True)
        answer = phone.claim(claim)
        assert answer.status_code == 201
        answers.append(answer.get_json())
    return answers


def hills(phone: Caller, walk: Walker) -> list[dict[str, Any]]:
    """No signal, poor fixes or none, a queue of two days that goes out in any order and partly twice."""
    queue = []
    for n in range(HILLS):
        data = picture(100 + n)
        assert phone.photo(data).status_code == 201
        place: dict[str, Any] = {"location": {**BENCH, "lat": HOME["lat_e7"] / 10**7 + 0.002, "accuracy_m": 380}}
        if n % 2:
            place = {"location": None, "no_location_reason": "没有卫星信号"}
        moment = EVENING - timedelta(days=2) + timedelta(hours=0.7 * n - 5)
        queue.append(
            walk.claim(f"B-2-{n}", captured_at=moment, photos=[hashlib.sha256(data).hexdigest()], offline=True, **place)
        )
    answers = [phone.claim(queue[n]) for n in (3, 0, 5, 1, 1, 4, 2, 0)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 201, 200, 201, 201, 200]
    return [answer.get_json() for answer in answers]


def states(phone: Caller) -> tuple[int, set[str]]:
    told = phone("GET", "/check-ins").get_json()
    return told["count"], {row["state"] for row in told["check_ins"]}


def exported(settings: Settings, place: Path, *more: str) -> list[dict[str, Any]]:
    """The leads as an inspector's office takes them."""
    file = place / "leads.json"
    home = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    done = CliRunner().invoke(main, ["leads", "export", "--to", str(file), *more], env=home)
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(file.read_text())
    return rows


def night(app: Flask, day: date) -> None:
    """What the worker does every night."""
    with writing(engine_of(app)) as session:
        codes = [f"H0{n}" for n in range(2, 10)]
        run_rules(session, RULES.named(codes), as_of=day, actor="job:nightly")


def test_the_busy_helper_is_asked_and_the_one_in_the_hills_counts(
    world: Flask, settings: Settings, tmp_path: Path
) -> None:
    wang, li = signed_in_phone(world, "wang"), signed_in_phone(world, "li")
    answers = busy_evening(wang, walker(world, "B-1"))
    assert [question["rule"] for question in answers[0]["questions"]] == ["H02"]  # the bench is a kilometre off
    assert {question["rule"] for answer in answers for question in answer["questions"]} >= {"H03", "H05"}
    assert all(not answer["questions"] for answer in hills(li, walker(world, "B-2")))
    today = today_cn()

    night(world, today)
    told = exported(settings, tmp_path)
    assert {lead["rule"] for lead in told} >= {"H03", "H05"}
    assert {lead["status"] for lead in told} == {"asked"}  # the helper is heard first
    assert states(wang)[0] == BUSY and "asked" in states(wang)[1]
    assert states(li) == (HILLS, {"accepted"})

    night(world, today + timedelta(days=9))
    standing = exported(settings, tmp_path, "--status", "open", "--rule", "H03", "--rule", "H05")
    assert len([lead for lead in standing if lead["rule"] == "H03"]) == BUSY - 1
    assert {lead["severity"] for lead in standing if lead["rule"] == "H03"} == {"严重"}
    (crowd,) = [lead for lead in standing if lead["rule"] == "H05"]
    assert (crowd["evidence"]["households"], len(crowd["evidence"]["household_nos"])) == (BUSY, BUSY)
    assert all(lead["evidence"]["would_clear"] for lead in standing)
    assert not [lead for lead in exported(settings, tmp_path) if lead["evidence"].get("helper_no") == "B-2"]

    through_the_console(world, crowd["lead_no"])
    with reading(engine_of(world)) as session:
        assert set(session.scalars(select(CheckIn.state))) <= {"asked", "accepted"}  # no machine counted or uncounted


def through_the_console(world: Flask, lead_no: str) -> None:
    """The inbox, its one press for many, the inspector's finding, the county's review, the head's decision."""
    inspector = signed_in(world, Role.INSPECTOR, [COUNTY], username="inspector")
    inbox = inspector.get("/supervision/").text
    assert lead_no in inspector.get("/supervision/?rule=H05").text
    numbers = re.findall(r'name="lead" value="(YD-[0-9-]+)"', inbox)
    assert len(numbers) >= BUSY - 1
    given = inspector.post(
        "/supervision/bulk", {"lead": numbers, "do": "assign", "person": "inspector", "back": "tab=triage"}
    )
    assert given.status_code == 303
    mine = inspector.get("/supervision/?tab=mine").text
    assert all(number in mine for number in numbers)

    page = inspector.get(f"/supervision/leads/{lead_no}").text
    assert "疑似" in page and "有罪" not in page
    words = {"finding": "属实", "why": "照片和位置都一样，本人承认没有走"}
    assert inspector.post(f"/supervision/leads/{lead_no}/find", words).status_code == 303
    officer = signed_in(world, Role.DEPARTMENT_OFFICER, [COUNTY], username="officer")
    agreed = {"agrees": "yes", "review_why": "照片逐张比对过"}
    assert officer.post(f"/supervision/leads/{lead_no}/review", agreed).status_code == 303
    refused = officer.post(f"/supervision/leads/{lead_no}/decide", {"disposition": "移交", "decide_why": "按规定移交"})
    assert refused.status_code == 422 and "三个人" in refused.text
    head = signed_in(world, Role.INSPECTION_HEAD, [COUNTY], username="head")
    decision = {"disposition": "移交", "decide_why": "移交案件室"}
    assert head.post(f"/supervision/leads/{lead_no}/decide", decision).status_code == 303
    assert lead_no in head.get("/supervision/?tab=over").text
