"""What the rules over visits find, and how long they take. Prints a table, then one JSON object.

    python -m tests.benchmarks.bench_check_in_rules [--honest 200] [--frauds 30] [--months 2] [--visits 240000]
                                                    [--database sqlite|postgresql|both] [--database-url URL]

The simulator plays on `--database`, and prints its whole table for each. Bars: recall 100 % for identical photos, impossible
travel, wrong times and broken chains; honest 严重 leads at most 0.2 for each helper and month. A city has 2,400,000 visits a
year (`--visits 2400000`): each rule reads its window in one statement.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from portal.accounts import passwords
from portal.checks.actions import look
from portal.checks.catalogue import RULES
from portal.kernel.clock import day_cn
from portal.kernel.database import WRITING, make_engine, reading
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.recipients.models import Household
from portal.schema import metadata
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.conftest import build_schema
from tests.factories.accounts import Quick
from tests.postgres import running_server
from tests.simulation.frauds import FRAUDS
from tests.simulation.playing import CODES, play

TODAY = date(2026, 11, 20)
CHUNK = 10_000
PER_HELPER = 2
VISITS_A_HOME = 27  # a year of a city's visits over its households


def recall(settings: Settings, honest: int, frauds: int, months: int) -> dict[str, Any]:
    """The simulator at its full size: prints its table, returns the figures that have a bar."""
    build_schema(settings.database_url)
    engine = connect(settings)
    started = time.perf_counter()
    report = play(engine, settings, honest=honest, frauds=frauds, months=months, seed=20)
    engine.dispose()
    print(report.table(), flush=True)
    certain = {kind: report.recall(kind) for kind, fraud in FRAUDS.items() if fraud.certain}
    return {
        "check_ins": report.check_ins,
        "simulated_seconds": round(time.perf_counter() - started, 1),
        "certain_recall": min(share or 0 for share in certain.values()),
        "serious_per_helper_month": round(report.serious_per_month, 4),
        "bars_held": all(share == 1 for share in certain.values()) and report.serious_per_month <= 0.2,
    }


def _rows(visits: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """A year of visits and their claims, one in two hundred odd."""
    chance = random.Random(1)
    homes, moment = visits // VISITS_A_HOME, datetime(2025, 11, 21, tzinfo=UTC)
    step = timedelta(days=364.5) / visits
    chains: dict[int, tuple[int, bytes]] = {}
    seen, claims = [], []
    for number in range(1, visits + 1):
        moment += step
        home = chance.randrange(1, homes + 1)
        helper = (home - 1) // PER_HELPER + 1
        counter, previous = chains.get(helper, (0, bytes(32)))
        own = hashlib.sha256(f"{number}".encode()).digest()
        chains[helper] = (counter + 1, own)
        odd = chance.random() < 0.005
        claim = str(uuid.UUID(int=number))
        captured = moment - timedelta(hours=chance.choice((0, 0, 0, 100 if odd else 1)))
        seen.append(
            {
                "id": number, "claim_id": claim, "source": "手机", "helper_id": helper, "household_id": home,
                "division_code": f"320826{home % 300:06d}", "device_id": f"d{helper}", "visited_on": day_cn(captured),
                "captured_at": captured, "received_at": moment, "offline": False, "visit": "done",
                "activities": ["核对收入"], "findings": [], "has_location": True, "accuracy_m": 12, "distance_m": 20,
                "beyond_m": 800 if odd else 0, "travel_kmh": 200 if odd else 10, "photo_count": 1, "state": "accepted",
                "signals": {"R5": {"households": 6}} if odd else {}, "recorded_at": moment,
            }
        )  # fmt: skip
        claims.append(
            {
                "id": number, "claim_id": claim, "device_id": f"d{helper}", "helper_no": f"B-{helper}",
                "counter": counter + (2 if odd else 1), "previous_sha256": previous, "message_sha256": own,
                "body_sha256": own, "signature_ok": True, "outcome": "accepted", "received_at": moment,
            }
        )  # fmt: skip
        if len(seen) == CHUNK or number == visits:
            yield seen, claims
            seen, claims = [], []


def fill(engine: Engine, visits: int) -> None:
    """Helpers, households, pairings and a year of visits, past the actions: only reading is measured here."""
    homes = visits // VISITS_A_HOME
    base = {"recorded_at": datetime(2025, 1, 1, tzinfo=UTC)}
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        people = [{"id": n, "no": f"B-{n}", "name": f"王{n}", **base} for n in range(1, homes // PER_HELPER + 2)]
        connection.execute(insert(Helper.__table__), people)  # type: ignore[arg-type]  # a Table
        houses = [
            {"id": n, "no": f"H-{n}", "division_code": f"320826{n % 300:06d}", "status": "在册", "category": "低保户", **base}
            for n in range(1, homes + 1)
        ]  # fmt: skip
        connection.execute(insert(Household.__table__), houses)  # type: ignore[arg-type]  # a Table
        pairs = [
            {
                "id": n, "helper_id": (n - 1) // PER_HELPER + 1, "household_id": n, "target": f"household:{n}",
                "started_on": date(2025, 6, 1), **base,
            }
            for n in range(1, homes + 1)
        ]  # fmt: skip
        connection.execute(insert(Pairing.__table__), pairs)  # type: ignore[arg-type]  # a Table
        for seen, claims in _rows(visits):
            connection.execute(insert(CheckIn.__table__), seen)  # type: ignore[arg-type]  # a Table
            connection.execute(insert(Claim.__table__), claims)  # type: ignore[arg-type]  # a Table
        connection.execute(text("ANALYZE"))


def speed(url: str, visits: int) -> dict[str, Any]:
    """Seconds and hits of each rule over a year of visits."""
    engine = make_engine(url)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        metadata.create_all(connection)
    fill(engine, visits)
    measured: dict[str, Any] = {}
    with reading(engine) as session:
        for code in CODES:
            started = time.perf_counter()
            hits = len(look(session, RULES.named([code])[0], TODAY).hits)
            measured[code] = {"seconds": round(time.perf_counter() - started, 2), "hits": hits}
    engine.dispose()
    return measured


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--honest", type=int, default=200)
    parser.add_argument("--frauds", type=int, default=30)
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--visits", type=int, default=240_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both", help="of the simulator")
    parser.add_argument("--database-url", help="an empty database, for the rules' speed")
    chosen = parser.parse_args()
    passwords.HASHING = Quick()
    result: dict[str, Any] = {"visits": chosen.visits}
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place:
        for name in (
            (("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)) if chosen.honest else ()
        ):
            home = Path(place) / name
            home.mkdir()
            with (
                running_server()
                if name == "postgresql"
                else nullcontext(f"sqlite:///{home / 'simulated.sqlite3'}") as url
            ):
                settings = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": url})
                print(f"-- the simulator on {name}", flush=True)
                result[name] = recall(settings, chosen.honest, chosen.frauds, chosen.months)
        if chosen.visits:
            result["rules"] = speed(chosen.database_url or f"sqlite:///{place}/year.sqlite3", chosen.visits)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
