"""Eligibility of every household of a city for twenty policies at once, against one evaluation for each. Prints one JSON object.

    python -m tests.benchmarks.bench_entitled [--households 87600] [--entries 23] [--database sqlite|postgresql|both]
                                              [--home DIR]

The register is that of `bench_income` (2,000,000 entries) with ages, health, labour, schooling and disability drawn for
every member; `--home` takes a filled home (a copy: it is only read) instead. Bar: everything in 30 s. The naive way, the
page of one household for each, is timed on a sample of the same run and multiplied; both must say the same.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import bindparam, text, update

from portal.analysis.entitled.queries import evaluate_register, standings_of
from portal.demo.policies import load_policies
from portal.kernel.database import WRITING, make_engine, protected_tables, reading
from portal.registers.recipients.models import DisabilityLevel, Health, Labour, Person, Schooling
from portal.settings import read_settings
from portal.trail import triggers
from portal.trail.connect import connect
from tests.benchmarks.bench_income import CHUNK, COUNTY, MEMBERS, fill
from tests.conftest import build_schema
from tests.postgres import running_server

ON = date(2026, 11, 20)
BAR_SECONDS, SAMPLE = 30, 60


def draw_members(url: str, households: int) -> None:
    """Facts of every member, one in ten of them unknown; past the actions, since only reading is measured."""
    chance, engine = random.Random(3), make_engine(url)
    table: Any = Person.__table__
    change = update(table).where(table.c.id == bindparam("number"))
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for statement in triggers.drop_trigger_statements(connection.dialect.name, ("persons",)):
            connection.execute(text(statement))
        rows = [_member(n + 1, chance) for n in range(households * MEMBERS)]
        for start in range(0, len(rows), CHUNK):
            connection.execute(change, rows[start : start + CHUNK])
        triggers.put_back(connection, protected_tables())
    engine.dispose()


def _member(number: int, chance: random.Random) -> dict[str, Any]:
    born = date(2026, 1, 1) - timedelta(days=chance.randrange(365 * 95))
    drawn = {
        "born_on": born, "health": chance.choice(list(Health)).value, "labour": chance.choice(list(Labour)).value,
        "schooling": chance.choice(list(Schooling)).value, "disability_level": None,
    }  # fmt: skip
    if drawn["health"] == Health.DISABLED:
        drawn["disability_level"] = chance.choice(list(DisabilityLevel)).value
    unknown = {name: None for name in drawn if chance.random() < 0.1}
    return {"number": number, **drawn, **unknown}


def measure(url: str) -> dict[str, Any]:
    """Everybody twice (cold, warm), and the naive sample."""
    engine = make_engine(url)
    with reading(engine) as session:
        took, values = [], {}
        for _ in range(2):
            started = time.perf_counter()
            gathered, evaluated = evaluate_register(session, ON)
            values = {one.policy.slug: one.values for one in evaluated}
            took.append(round(time.perf_counter() - started, 2))
        ids = gathered.household_ids
        naive, agree = 0.0, 0
        for at in random.Random(1).sample(range(len(ids)), min(SAMPLE, len(ids))):
            started = time.perf_counter()
            found = standings_of(session, ids[at], ON)
            naive += time.perf_counter() - started
            agree += all(values[s.finding.policy.slug][at] == s.finding.value for s in found)
        whole = naive / min(SAMPLE, len(ids)) * len(ids)
        yes = {slug: int(np.sum(said == 2)) for slug, said in values.items()}
    engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "households": len(ids), "persons": gathered.facts.persons, "policies": len(values), "set_wise_seconds": took,
        "peak_mib": peak, "naive_seconds": round(whole, 1), "naive_sample": min(SAMPLE, len(ids)), "agree": agree,
        "times_faster": round(whole / took[1], 1), "entitled": yes, "bar_seconds": BAR_SECONDS,
        "bar_met": max(took) <= BAR_SECONDS,
    }  # fmt: skip


def _measured(url: str) -> dict[str, Any]:
    """In a process of its own, so that its memory is that of evaluating alone."""
    asked = [sys.executable, "-m", "tests.benchmarks.bench_entitled", "--measure", url]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _filled(url: str, households: int, entries: int) -> None:
    build_schema(url)
    fill(url, households, entries)
    draw_members(url, households)
    with tempfile.TemporaryDirectory() as home:
        settings = read_settings({"YANGGUANG_HOME": home, "YANGGUANG_DATABASE_URL": url})
        engine = connect(settings)
        load_policies(engine, COUNTY)
        engine.dispose()


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=87_600)
    parser.add_argument("--entries", type=int, default=23)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="sqlite")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--measure")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure), ensure_ascii=False))
        return
    if asked.home:
        print(json.dumps({"home": _measured(f"sqlite:///{asked.home / 'yangguang.sqlite3'}")}, ensure_ascii=False))
        return
    result = {}
    for kind in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        server = running_server() if kind == "postgresql" else nullcontext("")
        with tempfile.TemporaryDirectory() as folder, server as found:
            url = found or f"sqlite:///{folder}/city.sqlite3"
            _filled(url, asked.households, asked.entries)
            result[kind] = _measured(url)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
