"""`sample draw`, `repeat`, `list` and `rules resume`: one JSON object each, 0 done, 1 disagrees, 2 could not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from portal.checks.health.models import RulePause
from portal.cli import main
from portal.jobs.sampling import draw_samples
from portal.kernel.database import now_utc, writing
from portal.kernel.draws import draw
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.sampling.models import VisitDraw
from portal.settings import Settings
from portal.trail import actions as trail
from tests.factories.visits import NOON, make_walk

Run = Callable[..., tuple[int, Any]]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OCTOBER = NOON - timedelta(days=30)


@pytest.fixture
def run(engine: Engine, settings: Settings) -> Run:
    with writing(engine) as session:
        walk = make_walk(session, settings.files_dir, ["HH-1", "HH-2"])
        for n in range(8):
            moment = OCTOBER + timedelta(hours=n)
            walk.visit(session, f"HH-{n % 2 + 1}", captured_at=moment, at=moment)

    def command(*arguments: str) -> tuple[int, Any]:
        home = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
        done = CliRunner().invoke(main, [*arguments, "--json"], env=home)
        return done.exit_code, json.loads(done.stdout) if done.stdout else None

    return command


def test_a_sample_is_drawn_once_listed_and_repeated(run: Run, engine: Engine) -> None:
    draw = ("sample", "draw", "--division", "320826", "--month", "2026-10")
    code, told = run(*draw)
    assert (code, told["population"], told["drawn"], told["per_cent"]) == (0, 8, 2, "20")
    assert run(*draw)[0] == 2
    items = run("sample", "list", "--division", "320826")[1]["items"]
    assert {item["reason"] for item in items} == {"抽中"} and len(items) == 2
    code, again = run("sample", "repeat", told["no"])
    assert (code, again["agrees"], sorted(again["sample"])) == (0, True, sorted(item["claim_id"] for item in items))
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
        row = session.scalars(select(VisitDraw)).one()
        row.seed = _a_seed_for_another_sample(list(session.scalars(select(CheckIn.claim_id))), again["sample"])
    code, again = run("sample", "repeat", told["no"])
    assert (code, again["agrees"], again["same_population"]) == (1, False, True)


def _a_seed_for_another_sample(members: list[str], sample: list[str]) -> str:
    """Two of eight in order are 56 samples, so one seed in 56 would give the same and prove nothing."""
    seeds = (f"a better one {n}" for n in count())
    return next(seed for seed in seeds if draw(members, Decimal(20), seed).sample != tuple(sample))


def test_the_worker_draws_last_month_when_there_is_something(run: Run, settings: Settings) -> None:
    due = draw_samples(settings)["draws"]
    assert due in (0, 3)  # three in November 2026, nothing to draw in later months
    assert draw_samples(settings)["draws"] == 0


def test_a_paused_rule_is_shown_and_resumed_by_a_person(run: Run, engine: Engine) -> None:
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
        session.add(RulePause(rule="H05", rule_version=1, closed=200, confirmed=3, paused_at=now_utc()))
    listed = {rule["code"]: rule for rule in run("rules", "list")[1]["rules"]}
    assert listed["H05"]["paused_since"] and not listed["H02"]["paused_since"]
    assert listed["H05"]["asks_first"] and not listed["H08"]["asks_first"]
    assert run("rules", "resume", "H05", "--why", "圈的大小已经调整") == (0, {"rule": "H05"})
    assert run("rules", "resume", "H05", "--why", "再来一次")[0] == 2
