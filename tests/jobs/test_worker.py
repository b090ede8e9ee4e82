"""The worker: a real Huey consumer works off its queue; the jobs of the timetable do what they say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from portal.jobs.queue import make_queue
from portal.jobs.worker import check_everything, schedule, verify_sums, watch_log
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.complaints.handling.models import Handling, HandlingStep
from portal.oversight.complaints.handling.rules import Step
from portal.oversight.complaints.models import Complaint
from portal.oversight.leads.queries import count_by_rule
from portal.registers.recipients.models import Household, Person
from portal.settings import PROJECT_ROOT, Settings
from portal.trail import actions as trail
from portal.trail.models import TrailEvent
from tests.factories.complaints import CITY, a_county, arrive


@pytest.fixture
def one_wrong_number(engine: Engine) -> None:
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
        household = Household(no="H-1", division_code="320826101201", status="在册")
        session.add(household)
        session.flush()
        session.add(Person(household_id=household.id, name="张三", id_check="bad_check", lives_together=True))


@pytest.mark.usefixtures("one_wrong_number")
def test_the_nightly_run_raises_leads(engine: Engine, settings: Settings) -> None:
    assert check_everything(settings) == 2  # the number, and that nobody is paired with the household
    with reading(engine) as session:
        assert count_by_rule(session) == {"Q01": {"open": 1}, "H06": {"open": 1}}


@pytest.mark.usefixtures("one_wrong_number")
def test_a_log_that_is_not_published_is_told(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch_log(settings)
    with engine.execution_options(yangguang_writing=True).begin() as connection:
        connection.execute(
            update(TrailEvent).values(
                release_at=now_utc() - timedelta(hours=1), recorded_at=now_utc() - timedelta(hours=1)
            )
        )
    assert not watch_log(settings)
    assert "ALARM" in capsys.readouterr().err


def test_sums_without_lines_do_not_differ(engine: Engine, settings: Settings) -> None:
    assert verify_sums(settings) == 0


def test_messages_are_signed_with_a_secret_outside_the_store(engine: Engine, settings: Settings) -> None:
    queue = make_queue(settings)
    signed = queue.serializer.serialize({"job": 1})
    assert queue.serializer.deserialize(signed) == {"job": 1}
    forged = bytes([signed[0] ^ 1]) + signed[1:]
    with pytest.raises(ValueError):
        queue.serializer.deserialize(forged)
    assert {name.split(".")[-1] for name in schedule(settings)._registry._registry} >= {
        "check_everything",
        "watch_log",
        "verify_sums",
    }


@pytest.fixture
def silent_for_days(engine: Engine) -> None:
    """Complaints that nobody has touched while the worker stood still: two of them for longer than may be."""
    with writing(engine) as session:
        for days in (12, 11, 0):
            arrive(session, [("钱有为", "红窑镇人民政府")], at=now_utc() - timedelta(days=days))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.begins_with(fill=a_county)
@pytest.mark.usefixtures("one_wrong_number", "silent_for_days")
def test_a_real_worker_that_stood_still_for_ten_days_does_every_job_and_raises_each_late_complaint_once(
    engine: Engine, settings: Settings
) -> None:
    """Its queue holds what has gathered meanwhile: the same clocks five times over, and the rules of the night."""
    queue = schedule(settings)
    names = ["keep_complaint_clocks"] * 3 + ["check_everything"] + ["keep_complaint_clocks"] * 2
    for name in names:
        found = next(one for one in queue._registry._registry if one.endswith(name))
        queue.enqueue(queue._registry.string_to_task(found)())
    environment = {**os.environ, "YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    worker = subprocess.Popen([sys.executable, "-m", "portal.cli", "worker"], cwd=PROJECT_ROOT, env=environment)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with reading(engine) as session:
                if count_by_rule(session) and not queue.pending_count():
                    break
            time.sleep(0.3)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=30)
    with reading(engine) as session:
        leads = count_by_rule(session)
        assert (leads["Q01"], leads["H06"], leads["S02"]) == ({"open": 1}, {"open": 1}, {"open": 2})
        assert sorted(session.scalars(select(Handling.raised))) == [0, 1, 1]
        raised = select(HandlingStep.complaint_id).where(HandlingStep.step == Step.RAISE)
        steps = session.scalars(raised).all()
        assert len(steps) == len(set(steps)) == 2
        assert session.scalar(select(func.count()).select_from(Complaint).where(Complaint.authority == CITY)) == 2
