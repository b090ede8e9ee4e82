"""Income and line of every household of a city at once, against one computation for each. Prints one JSON object.

    python -m tests.benchmarks.bench_income [--households 87600] [--entries 23] [--database sqlite|postgresql|both]
                                            [--home DIR] [--rules]

Households, persons, entries, obligors and 核算事项 are put in past the actions (2,000,000 entries of one year by default);
`--home` takes a filled home (a copy: it is only read) instead. Bars: everybody in 10 s and 1 GiB, one household's page in
50 ms. The naive way, one computation for each household, is timed on a sample of the same run and multiplied. Memory is
that of a process of its own that only computes.
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
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.checks.actions import look
from portal.checks.catalogue import RULES
from portal.factory import create_app
from portal.kernel.database import WRITING, make_engine, protected_tables, reading
from portal.registers.divisions.models import Division
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.recomputing.queries import recompute_everybody
from portal.registers.recipients.incomes.rules import ITEMS
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.models import Household, Person
from portal.settings import read_settings
from portal.trail import triggers
from tests.conftest import build_schema
from tests.factories.accounts import signed_in
from tests.postgres import running_server

ON = date(2026, 11, 20)
MADE = {"recorded_at": datetime(2026, 1, 1, tzinfo=UTC), "batch_id": 1}
VILLAGES, MEMBERS, CHUNK, SAMPLE = 1_500, 3, 20_000, 300
CODES = ("L09", "Q03", "Q09", "I01", "I02", "I03", "I04", "I05")
TABLES = ("divisions", "parameters", "households", "persons", "incomes", "support_obligors", "income_adjustments")
COUNTY = "320826000000"


def village(number: int) -> str:
    """The code of the n-th village, a hundred to a township."""
    return f"320826{100 + number // 100:03d}{200 + number % 100:03d}"


def _places() -> Iterator[dict[str, Any]]:
    codes = [COUNTY, *sorted({village(n)[:9] + "000" for n in range(VILLAGES)}), *(village(n) for n in range(VILLAGES))]
    for number, code in enumerate(codes, start=1):
        level = 3 if code == COUNTY else 4 if code.endswith("000") else 5
        parent = None if level == 3 else COUNTY if level == 4 else code[:9] + "000"
        point = {"lat_e7": 337_800_000, "lng_e7": 1_192_600_000, "datum": "WGS84"}
        yield {
            "id": number, "code": code, "name": code, "level": level, "parent_code": parent,
            "valid_from": date(2000, 1, 1), **point, **MADE,
        }  # fmt: skip


def _parameters() -> Iterator[dict[str, Any]]:
    township = village(0)[:9] + "000"
    for number, (name, value, place) in enumerate(
        (
            ("poverty_line", "6000", COUNTY), ("monitor_line", "8800", COUNTY), ("dibao_standard", "610", COUNTY),
            ("poverty_line", "6500", township), ("income_item.抚恤金", "否", township), ("support_formula", "b", township),
        ),
        start=1,
    ):  # fmt: skip
        yield {
            "id": number, "name": name, "value": value, "division_code": place, "purpose": "", "series": "",
            "valid_from": date(2000, 1, 1), "basis": "县文件", **MADE,
        }  # fmt: skip


def _households(count: int) -> Iterator[dict[str, Any]]:
    for n in range(1, count + 1):
        out = n % 3 == 0
        yield {
            "id": n, "no": f"H-{n}", "division_code": village(n % VILLAGES), "category": "低保户",
            "entered_on": date(2020, 1, 1), "status": "已脱贫" if out else "在册",
            "exited_on": date(2026, 6, 1) if out else None, "lat_e7": 337_800_000 + n % 9_000, "lng_e7": 1_192_600_000,
            "datum": "WGS84", **MADE,
        }  # fmt: skip


def _persons(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count * MEMBERS):
        yield {
            "id": n + 1, "household_id": n // MEMBERS + 1, "name": f"人{n % MEMBERS}", "lives_together": n % 7 != 6,
            "relation": None if n % MEMBERS else "户主", **MADE,
        }  # fmt: skip


def _entries(count: int, each: int) -> Iterator[dict[str, Any]]:
    chance, items = random.Random(5), list(ITEMS.values())
    for n in range(count * each):
        item = chance.choice(items)
        yield {
            "id": n + 1, "content_key": f"{n:064d}-1", "household_id": n // each + 1, "person_id": None,
            "occurred_on": date(2025, 12, 1) + timedelta(days=chance.randrange(355)), "precision": "day",
            "category": item.category.value, "item": item.name, "amount_fen": chance.randrange(10_00, 1_500_00),
            "cost_fen": 500 if item.category.value == "经营性" else None, "counts": None if item.counts else False,
            "voucher_no": f"V{n}" if n % 3 else None, "entered_by": "村会计", "batch_row": n + 1, **MADE,
        }  # fmt: skip


def _obligors(count: int) -> Iterator[dict[str, Any]]:
    for number, n in enumerate(range(1, count + 1, 20), start=1):
        yield {
            "id": number, "household_id": n, "name": "子女", "relation": "子女", "since": date(2025, 1, 1), "members": 3,
            "monthly_income_fen": 900_000, "supports": 1, "supports_here": 1, "evidence": "HD", "batch_row": n, **MADE,
        }  # fmt: skip


def _adjustments(count: int) -> Iterator[dict[str, Any]]:
    for number, n in enumerate(range(1, count + 1, 100), start=1):
        yield {
            "id": number, "household_id": n, "kind": "未出售存货", "since": date(2026, 5, 1), "amount_fen": 100_00,
            "evidence": "CY", "batch_row": n, **MADE,
        }  # fmt: skip


def fill(url: str, households: int, each: int) -> None:
    """A city's register past the actions: only reading is measured. The triggers are off meanwhile."""
    engine = make_engine(url)
    rows = (
        (Division, _places()), (Parameter, _parameters()), (Household, _households(households)),
        (Person, _persons(households)), (Income, _entries(households, each)), (Obligor, _obligors(households)),
        (Adjustment, _adjustments(households)),
    )  # fmt: skip
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for statement in triggers.drop_trigger_statements(connection.dialect.name, TABLES):
            connection.execute(text(statement))
        for model, made in rows:
            for chunk in _chunks(made):
                connection.execute(insert(model.__table__), chunk)  # type: ignore[arg-type]  # a Table
        triggers.put_back(connection, protected_tables())
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def measure(url: str, *, rules: bool) -> dict[str, Any]:
    """What the process of its own measures: everybody twice (cold, warm), the naive sample, then the rules."""
    engine = make_engine(url)
    result: dict[str, Any] = {}
    with reading(engine) as session:
        took = []
        for _ in range(2):
            started = time.perf_counter()
            everybody = recompute_everybody(session, ON)
            took.append(round(time.perf_counter() - started, 2))
        result |= {"households": len(everybody), "set_wise_seconds": took, "peak_mib": _peak_mib()}
        result |= {"under_line": sum(one.is_under_line is True for one in everybody)}
        result |= _naive(session, [one.household_id for one in everybody], {o.household_id: o for o in everybody})
        if rules:
            result["rules"] = {code: _rule(session, code) for code in CODES}
    engine.dispose()
    return result


def _naive(session: Session, ids: list[int], known: dict[int, Any]) -> dict[str, Any]:
    sample = random.Random(1).sample(ids, min(SAMPLE, len(ids)))
    took, agree = [], 0
    for household_id in sample:
        started = time.perf_counter()
        it = computation_of(session, household_id, ON)
        took.append(time.perf_counter() - started)
        agree += (it.total_fen, it.line_fen, it.support_fen) == (
            known[household_id].total_fen, known[household_id].line_fen, known[household_id].support_fen,
        )  # fmt: skip
    whole = sum(took) / len(took) * len(ids)
    return {
        "one_household_ms": round(median(took) * 1000, 2), "naive_seconds_extrapolated": round(whole, 1),
        "sampled": len(sample), "sampled_agreeing": agree,
    }  # fmt: skip


def _rule(session: Session, code: str) -> dict[str, Any]:
    started = time.perf_counter()
    hits = len(look(session, RULES.named([code])[0], ON).hits)
    return {"seconds": round(time.perf_counter() - started, 2), "hits": hits}


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def page_ms(url: str, home: str) -> dict[str, Any]:
    """Milliseconds of the page of one household in a warm application, and the number of its statements."""
    app = create_app(read_settings({"YANGGUANG_HOME": home, "YANGGUANG_DATABASE_URL": url}))
    browser = signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY])
    engine = app.extensions["portal.installation"].engine
    with reading(engine) as session:
        numbers = list(session.scalars(select(Household.no).order_by(Household.id).limit(40)))
    took = []
    for no in numbers:
        started = time.perf_counter()
        assert browser.get(f"/console/households/{no}/income?on={ON}").status_code in (200, 404)
        took.append((time.perf_counter() - started) * 1000)
    engine.dispose()
    return {"page_ms": round(median(took[5:]), 1), "page_ms_worst": round(max(took[5:]), 1)}


def one(name: str, url: str, home: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Fill (unless a home is given), page, and the process that computes."""
    if not chosen.home:
        build_schema(url)
        started = time.perf_counter()
        fill(url, chosen.households, chosen.entries)
        print(f"-- {name}: filled in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    result = {} if chosen.home else page_ms(url, str(home))
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bench_income",
        "--measure",
        url,
        *(["--rules"] if chosen.rules else []),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result |= json.loads(done.stdout)
    bars = {"set_wise": max(result["set_wise_seconds"]) <= 10, "memory": result["peak_mib"] <= 1024}
    return result | {"bars_held": bars | ({"page": result["page_ms"] <= 50} if "page_ms" in result else {})}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=87_600)
    parser.add_argument("--entries", type=int, default=23, help="of each household")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--home", type=Path, help="a filled home of SQLite, only read")
    parser.add_argument("--rules", action="store_true", help="the rules over incomes too")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure, rules=chosen.rules)))
        return
    result: dict[str, Any] = {"entries": chosen.households * chosen.entries}
    names = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    if chosen.home:
        url = f"sqlite:///{chosen.home / 'yangguang.sqlite3'}"
        print(json.dumps({"home": one("sqlite", url, chosen.home, chosen)}))
        return
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place:
        for name in names:
            home = Path(place) / name
            home.mkdir()
            at_hand = nullcontext(f"sqlite:///{home / 'yangguang.sqlite3'}")
            with running_server() if name == "postgresql" else at_hand as url:
                result[name] = one(name, url, home, chosen)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
