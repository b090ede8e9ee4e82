"""The pages and answers that read visits, on a home with a year of them: cold (first time in a fresh application) and warm.

    python -m tests.benchmarks.bench_visit_pages [--home DIR] [--fill 2400000] [--rules]

`DIR` is a filled home (`yangguang demo --scale city`) that may be written to; `--fill` first puts a year of visits into it,
without a home a village with 20,000 is made;
`--rules` runs the rules over visits as the worker does by night. Milliseconds and statements for each page, with the slowest
statement's plan for what takes more than 300 ms. The bar of a cold page is 100 ms, of a page of the console 300 ms.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, func, select, text

from portal.accounts.permissions import Role
from portal.checks.actions import look
from portal.checks.catalogue import RULES
from portal.commands.demo import fill as fill_demo
from portal.factory import create_app
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.divisions.models import Division
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.models import Helper
from portal.settings import read_settings
from portal.trail.connect import connect
from tests.benchmarks.city_visits import fill_year
from tests.factories.accounts import bearer_of, signed_in
from tests.factories.devices import helper_account
from tests.simulation.playing import CODES

SLOW_MS = 300
VILLAGE_VISITS = 20_000
BASE = "http://127.0.0.1:8000"


@dataclass
class Statements:
    """What was sent to the database, and how long each took."""

    engine: Engine
    took: list[tuple[float, str, Any]] = field(default_factory=list)
    started: float = 0.0

    def listen(self) -> None:
        """Note every statement from now on."""
        event.listen(self.engine, "before_cursor_execute", self._before)
        event.listen(self.engine, "after_cursor_execute", self._after)

    def _before(self, *_: object) -> None:
        self.started = time.perf_counter()

    def _after(self, _connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        self.took.append(((time.perf_counter() - self.started) * 1000, statement, parameters))

    def plan_of_slowest(self) -> str:
        """How the database answers the statement that took longest."""
        took, statement, parameters = max(self.took, key=lambda one: one[0])
        explain = "EXPLAIN QUERY PLAN " if self.engine.dialect.name == "sqlite" else "EXPLAIN "
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
        lines = [str(row[-1]) for row in rows]
        return f"    {took:.0f} ms: {' '.join(statement.split())[:900]}\n      " + "\n      ".join(lines)


def asked(name: str, ask: Callable[[], int], statements: Statements) -> dict[str, Any]:
    """Cold and warm milliseconds of one page; prints a line."""
    statements.took.clear()
    started = time.perf_counter()
    size = ask()
    cold, count = (time.perf_counter() - started) * 1000, len(statements.took)
    plan = statements.plan_of_slowest() if cold > SLOW_MS and statements.took else ""
    warm = []
    for _ in range(5):
        started = time.perf_counter()
        ask()
        warm.append((time.perf_counter() - started) * 1000)
    print(
        f"{name:44} cold {cold:7.0f} ms  warm {sorted(warm)[2]:7.0f} ms  {count:3} statements  {size / 1024:6.0f} KB",
        flush=True,
    )
    if plan:
        print(plan, flush=True)
    return {"cold_ms": round(cold), "warm_ms": round(sorted(warm)[2]), "statements": count}


def pages_of(app: Flask, engine: Engine) -> dict[str, Callable[[], int]]:
    """Every page that reads visits: of a whole city, of a county, of a township, and of the helper with the most visits."""
    with reading(engine) as session:
        place = {
            level: session.scalar(
                select(Division.code).where(Division.level == level, Division.code.in_(_busy(session, level)))
            )
            for level in (2, 3, 4)
        }
        busiest = session.execute(
            select(CheckIn.helper_id, func.count()).group_by(CheckIn.helper_id).order_by(func.count().desc()).limit(1)
        ).one()
        helper = session.get(Helper, busiest[0])
        claim = session.scalar(select(CheckIn.claim_id).order_by(CheckIn.id.desc()).limit(1))
        assert helper is not None
        no = helper.no
    print(f"the busiest helper has {busiest[1]} visits; places {place}")
    with writing(engine) as session:
        user = helper_account(session, no).username
    token = bearer_of(app, user)
    leader = signed_in(app, Role.LEADER, [str(place[2])])
    phone = app.test_client()

    def page(path: str) -> Callable[[], int]:
        return lambda: _ok(path, leader.get(path))

    def api(path: str) -> Callable[[], int]:
        return lambda: _ok(
            path, phone.get(f"/api/v1{path}", base_url=BASE, headers={"Authorization": f"Bearer {token}"})
        )

    found: dict[str, Callable[[], int]] = {"(templates) /console/": page("/console/")}
    for level, of in ((2, "city"), (3, "county"), (4, "township")):
        for path in ("unvisited", "visits", "visits/calendar", "visits/map", "pairings/gaps"):
            found[f"{path} {of}"] = page(f"/console/{path}?division={place[level]}")
    found["visits of a helper"] = page(f"/console/visits?helper={no}")
    found["visits asked of, city"] = page(f"/console/visits?state=asked&division={place[2]}")
    found["one visit"] = page(f"/console/visits/{claim}")
    found["a helper's record"] = page(f"/console/helpers/{no}")
    found["phone: tasks today"] = api("/today")
    found["phone: check-ins since"] = api("/check-ins?since=2026-10-01T00:00:00Z")
    found["phone: check-ins since, a year"] = api("/check-ins?since=2025-01-01T00:00:00Z")
    found["phone: households"] = api("/households")
    return found


def _busy(session: Any, level: int) -> list[str]:
    width, zeros = {2: (4, 8), 3: (6, 6), 4: (9, 3)}[level]
    some = session.scalars(select(CheckIn.division_code).order_by(CheckIn.id.desc()).limit(50)).all()
    return sorted({code[:width] + "0" * zeros for code in some})[:1]


def _ok(path: str, answer: Any) -> int:
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
    return len(answer.data)


def rules_of(engine: Engine) -> dict[str, Any]:
    """Seconds and hits of each rule over visits, as by night."""
    measured = {}
    with reading(engine) as session:
        for code in CODES:
            started = time.perf_counter()
            hits = len(look(session, RULES.named([code])[0], today_cn()).hits)
            measured[code] = {"seconds": round(time.perf_counter() - started, 2), "hits": hits}
            print(code, measured[code], flush=True)
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--fill", type=int, default=0)
    parser.add_argument("--rules", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place:
        if chosen.home is None:
            chosen.home, chosen.fill = Path(place) / "home", chosen.fill or VILLAGE_VISITS
            environment = {"YANGGUANG_HOME": str(chosen.home), "YANGGUANG_DATABASE_URL": ""}
            fill_demo(read_settings(environment), "village", 2017, today_cn())
        measure(chosen)


def measure(chosen: argparse.Namespace) -> None:
    """Fill, open every page, print."""
    settings = read_settings({"YANGGUANG_HOME": str(chosen.home.resolve())})
    told: dict[str, Any] = {}
    if chosen.fill:
        engine, started = connect(settings), time.perf_counter()
        fill_year(engine, chosen.fill, today_cn())
        told["filled"] = {"visits": chosen.fill, "seconds": round(time.perf_counter() - started)}
        engine.dispose()
    app = create_app(settings)
    engine = app.extensions["portal.installation"].engine
    with engine.connect() as connection:
        told["visits"] = connection.execute(text("SELECT count(*) FROM check_ins")).scalar_one()
    pages = pages_of(app, engine)
    statements = Statements(engine)
    statements.listen()
    gc.collect()
    gc.freeze()
    told["pages"] = {name: asked(name, ask, statements) for name, ask in pages.items()}
    if chosen.rules:
        told["rules"] = rules_of(engine)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
