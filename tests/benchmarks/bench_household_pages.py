"""The pages of one household and of the unreached in a city: milliseconds of processor and of the clock, and statements.

    python -m tests.benchmarks.bench_household_pages [--households 87600] [--entries 23] [--database sqlite|postgresql|both]
                                                     [--filled URL]

The register is that of `bench_income`, with some 300,000 unreached put in past the actions, and one household with a card, a
payment and an entry for every fifth day of this year. `--filled` takes a database that `bench_income` has filled (it is written
to). Bars: a page of one household 50 ms, a page of the unreached 100 ms. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.analysis.entitled.models import ReachState, Unreached
from portal.factory import create_app
from portal.kernel.clock import today_cn
from portal.kernel.database import WRITING, make_engine, protected_tables, reading, reserve_ids, writing
from portal.registers.recipients.incomes.actions import add_income
from portal.registers.recipients.models import Household
from portal.settings import read_settings
from portal.trail import triggers
from tests.benchmarks.bench_income import COUNTY, MADE, _chunks, fill, village
from tests.conftest import build_schema
from tests.doors.public.test_me import OwnBrowser
from tests.factories.accounts import Browser, signed_in
from tests.factories.cards import NUMBER, make_card
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.recipients import ACT, make_household
from tests.postgres import running_server

POLICIES, EVERY_DAYS, ROUNDS, WARM = 20, 5, 25, 5
PUT_IN = 10_000_000  # ids that the filling took without asking
OWN, OWN_VILLAGE, TOWNSHIP = "H-OWN", village(400), village(400)[:9] + "000"
STATES = (*ReachState, *[ReachState.OPEN] * 8)
HOUSEHOLD_BAR, LIST_BAR = 50, 100


def _unreached(households: int) -> Iterator[dict[str, Any]]:
    number = 0
    for n in range(1, households + 1):
        for policy in range(POLICIES):
            if (n * 31 + policy * 5) % 97 < 3 + policy % 4 * 9:
                number += 1
                yield {
                    "id": number, "policy": f"p{policy}", "policy_version": 1, "household_id": n, "persons": 1,
                    "division_code": village(n % 1500), "first_seen": date(2026, 1, 1) + timedelta(days=n % 200),
                    "due_on": date(2026, 10, 20) + timedelta(days=(n * 7 + policy) % 60),
                    "state": STATES[(n + policy) % len(STATES)], **MADE,
                }  # fmt: skip


def put_unreached(url: str, households: int) -> None:
    """The list of a city, past the actions: only reading is measured."""
    engine = make_engine(url)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for statement in triggers.drop_trigger_statements(connection.dialect.name, ("unreached",)):
            connection.execute(text(statement))
        for chunk in _chunks(_unreached(households)):
            connection.execute(insert(Unreached.__table__), chunk)  # type: ignore[arg-type]  # a Table
        triggers.put_back(connection, protected_tables())
        connection.execute(text("ANALYZE"))
    engine.dispose()


def own_household(session: Session, today: date) -> str:
    """A household with a card, and a payment and an entry every few days of this year; returns what its card carries."""
    for table in ("households", "persons", "incomes"):
        reserve_ids(session.connection(), table, PUT_IN)
    household = make_household(session, OWN, OWN_VILLAGE, id_number=NUMBER)
    line = make_line(session, make_programme(session), 10_000_000_00)
    for n, day in enumerate(today - timedelta(days=ago) for ago in range(0, today.timetuple().tm_yday, EVERY_DAYS)):
        pay(session, line, [(household.id, 100_00 + n)], paid_on=day)
        worth = {"occurred_on": day, "category": "工资性", "item": "务工工资", "amount_fen": 200_00 + n}
        add_income(session, household.id, worth, ACT, today=today)
    return make_card(session, household.id).token


class Timed:
    """One application and what its pages cost."""

    def __init__(self, app: Flask) -> None:
        self.engine = app.extensions["portal.installation"].engine
        self.statements = 0
        event.listen(self.engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.statements += 1

    def page(self, browser: Browser, path: Callable[[int], str], bar: int) -> dict[str, Any]:
        """Medians over some rounds; each round may ask another address."""
        wall, cpu, size = [], [], 0
        for n in range(ROUNDS):
            self.statements, clock, processor = 0, time.perf_counter(), time.process_time()
            answer = browser.get(path(n))
            wall.append((time.perf_counter() - clock) * 1000)
            cpu.append((time.process_time() - processor) * 1000)
            assert answer.status_code == 200, (path(n), answer.status_code)
            size = len(answer.data)
        took = median(wall[WARM:])
        return {
            "wall_ms": round(took, 1), "wall_least_ms": round(min(wall), 1), "cpu_ms": round(median(cpu[WARM:]), 1),
            "cpu_least_ms": round(min(cpu), 1), "statements": self.statements, "kb": size // 1024, "held": took <= bar,
        }  # fmt: skip


def measure(url: str, home: str) -> dict[str, Any]:
    """Every page, in a warm application."""
    app = create_app(read_settings({"YANGGUANG_HOME": home, "YANGGUANG_DATABASE_URL": url}))
    engine, today = app.extensions["portal.installation"].engine, today_cn()
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY])
    with writing(engine) as session:
        token = own_household(session, today)
    own, timed = OwnBrowser(app, token), Timed(app)
    with reading(engine) as session:
        nos = list(session.scalars(select(Household.no).order_by(Household.id).limit(ROUNDS)))
    past = today - timedelta(days=40)
    households = {
        "income today": lambda n: f"/console/households/{nos[n]}/income",
        "income on a past day": lambda n: f"/console/households/{nos[n]}/income?on={past}",
        "household": lambda n: f"/console/households/{nos[n]}",
    }
    lists = {
        "unreached, county": "/console/unreached",
        "unreached, township": f"/console/unreached?division={TOWNSHIP}", "unreached, per policy": "/console/unreached/summary",
    }  # fmt: skip
    mine = {"/me": "/me", "/me, the whole year": "/me?all=1", "/me/seen": "/me/seen", "/me/helper": "/me/helper"}
    return {
        **{name: timed.page(clerk, path, HOUSEHOLD_BAR) for name, path in households.items()},
        **{name: timed.page(own, lambda _n, at=path: at, HOUSEHOLD_BAR) for name, path in mine.items()},  # type: ignore[misc]  # mypy does not see a lambda's default
        **{name: timed.page(clerk, lambda _n, at=path: at, LIST_BAR) for name, path in lists.items()},  # type: ignore[misc]  # as above
        "as of": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=87_600)
    parser.add_argument("--entries", type=int, default=23, help="of each household")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--filled", help="the address of a database that bench_income has filled; it is written to")
    chosen = parser.parse_args()
    names = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place:
        for name in names:
            home = Path(place) / name
            home.mkdir()
            given = chosen.filled or f"sqlite:///{home / 'yangguang.sqlite3'}"
            with running_server() if name == "postgresql" and not chosen.filled else nullcontext(given) as url:
                if not chosen.filled:
                    build_schema(url)
                    fill(url, chosen.households, chosen.entries)
                put_unreached(url, chosen.households)
                print(f"-- {name}: filled", file=sys.stderr, flush=True)
                result[name] = measure(url, str(home))
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
