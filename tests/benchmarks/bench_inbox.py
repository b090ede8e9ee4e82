"""The inbox with 60,000 open leads. Prints one JSON object.

    python -m tests.benchmarks.bench_inbox [--leads 60000] [--database sqlite|postgresql|both]

Bars: first page (rows and every number) ≤ 100 ms, a change of filter ≤ 200 ms, 500 leads given away in one transaction.
Measured are the statements and the objects of a page, median and worst of twenty, without the template.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text

from portal.accounts.permissions import Role
from portal.checks.catalogue import RULES
from portal.kernel.database import reading, writing
from portal.oversight.leads.assigning.actions import assign
from portal.oversight.leads.inbox.queries import InboxFilter, Tab, count_inbox, known_leads, list_inbox
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.settings import read_settings
from portal.trail.actions import record
from portal.trail.connect import connect
from tests.conftest import build_schema
from tests.factories.accounts import make_user, principal_of
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county
from tests.postgres import running_server

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
BARS = {"first_page_ms": 100, "filter_ms": 200}
CHUNK = 5_000
TIMES = 20


def fill(engine: Engine, leads: int) -> None:
    """Open leads over three places and every rule, due within ninety days."""
    codes = [rule.code for rule in RULES.all()]
    with writing(engine) as session:
        make_county(session)
        make_user(session, Role.INSPECTOR, [COUNTY], username="li")
        for start in range(0, leads, CHUNK):
            rows = [_lead(n, codes) for n in range(start, min(start + CHUNK, leads))]
            session.connection().execute(insert(Lead), rows)
        record(session, kind="test.set_up", actor="bench", subjects=[])
    with writing(engine) as session:
        session.execute(text("ANALYZE"))


def _lead(n: int, codes: list[str]) -> dict[str, Any]:
    return {
        "id": n + 1, "lead_no": f"YD-2026-{n + 1:06d}", "rule": codes[n % len(codes)], "rule_version": 1,
        "subject_kind": "person", "subject_no": f"P-{n}", "household_no": f"HH-{n % 20_000}",
        "division_code": (VILLAGE, GAOGOU, HONGYAO)[n % 3], "severity": ("严重", "一般", "提示")[n % 7 % 3],
        "status": "open", "evidence": {"amount_fen": n, "days": n % 90}, "evidence_digest": "0" * 64,
        "first_seen": TODAY, "last_seen": TODAY, "changed_at": AT, "due_on": TODAY + timedelta(days=n % 97 - 7),
        "trend": ("新", "新", "变重", "复发")[n % 4],
    }  # fmt: skip


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Median and worst in milliseconds."""
    took = []
    for _n in range(TIMES):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(took), 1), round(max(took), 1)


def measure(engine: Engine) -> dict[str, Any]:
    """Every figure of one database."""
    with writing(engine) as session:
        me = principal_of(session, Role.INSPECTOR, [COUNTY], username="wang")
    codes = [rule.code for rule in RULES.all()]
    whole = InboxFilter(me, [COUNTY], codes, True, TODAY)
    filters = {
        "rule": replace(whole, rule=codes[3]), "severity": replace(whole, severity="严重"), "place": replace(whole, place=GAOGOU),
        "late": replace(whole, due="late"), "worse": replace(whole, trend="变重"), "over": replace(whole, tab=Tab.OVER),
    }  # fmt: skip
    found: dict[str, Any] = {}
    with reading(engine) as session:

        def page(wanted: InboxFilter) -> None:
            known = known_leads(session, wanted)
            list_inbox(session, wanted, known=known)
            count_inbox(session, wanted, known)

        found["first_page_ms"] = timed(lambda: page(whole))
        found["filter_ms"] = {name: timed(lambda wanted=wanted: page(wanted)) for name, wanted in filters.items()}  # type: ignore[misc]  # a default of a lambda has no type
        numbers = list(session.scalars(select(Lead.lead_no).limit(500)))
    begun = time.perf_counter()
    with writing(engine) as session:
        assign(session, numbers, Act("user:wang", "分派"), AT, person="li")
    found["assign_500_ms"] = round((time.perf_counter() - begun) * 1000, 1)
    return found


@contextmanager
def engines(which: str) -> Iterator[dict[str, Engine]]:
    """An engine for each database that is asked for, with its schema."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {}
        if which != "postgresql":
            urls["sqlite"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        if which == "sqlite":
            yield {name: _ready(folder, url) for name, url in urls.items()}
            return
        with running_server() as url:
            urls["postgresql"] = url
            yield {name: _ready(folder, url) for name, url in urls.items()}


def _ready(folder: str, url: str) -> Engine:
    settings = read_settings({"YANGGUANG_HOME": folder, "YANGGUANG_DATABASE_URL": url})
    build_schema(settings.database_url)
    return connect(settings)


def main() -> None:
    """Fill, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, default=60_000)
    asked.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = asked.parse_args()
    found: dict[str, Any] = {"leads": given.leads, "bars": BARS}
    with engines(given.database) as ready:
        for name, engine in ready.items():
            fill(engine, given.leads)
            found[name] = measure(engine)
            engine.dispose()
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
