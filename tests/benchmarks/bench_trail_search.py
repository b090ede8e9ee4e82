"""Search over the trail: first pages, later pages and counts among many events, on both databases.

    python -m tests.benchmarks.bench_trail_search [--database sqlite|postgresql|both] [--events 300000] [--rounds 5]

The events are made by the database itself, spread over a year, two in seven with further subjects, one in seven sealed.
The bar, at 5,000,000 events: p95 of a page ≤ 300 ms. Prints one JSON object a database.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from portal.kernel.clock import today_cn
from portal.kernel.database import WRITING, make_engine, reading, table_of
from portal.kernel.keyset import Start
from portal.trail.models import TrailSubject
from portal.trail.search.queries import Sight, Wanted, count_found, key_of, search
from portal.trail.search.rules import parse
from tests.conftest import build_schema
from tests.postgres import running_server

BAR_MS = 300
PAGE = 51
DAYS = 365
TYPES = [f"{noun}.{verb}" for noun in ("household", "payment.line", "allocation", "check_in", "lead", "project", "notice")
         for verb in ("added", "corrected", "recorded", "closed")]  # fmt: skip
SEALED = ["access.revealed", "session.opened", "lead.read", "household.timeline.read", "complaint.step", "case.step"]
LAST_DIGITS = 1_000  # villages: one in seven events lies in the first of them
NUMBERS = {"sqlite": "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < :last)",
           "postgresql": "WITH s AS (SELECT generate_series(0::bigint, :last) AS n)"}  # fmt: skip
MOMENT = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%fZ', :first, '+' || (n * :span / :count) || ' seconds')",
          "postgresql": "CAST(:first AS timestamptz) + (n * :span / :count) * interval '1 second'"}  # fmt: skip
PAD = {"sqlite": "printf('%0{}d', {})", "postgresql": "lpad(({1})::text, {0}, '0')"}
YES = {"sqlite": "1", "postgresql": "true"}
NO = {"sqlite": "0", "postgresql": "false"}


def fill(engine: Engine, count: int) -> None:
    """`count` events of the last year, and a further subject of two in seven, by two statements."""
    name = engine.dialect.name
    pad = PAD[name].format
    named = lambda values, by: "CASE " + " ".join(  # noqa: E731  # a piece of the statement below
        f"WHEN {by} = {at} THEN '{value}'" for at, value in enumerate(values)) + " END"  # fmt: skip
    kind = f"CASE WHEN n % 7 = 3 THEN {named(SEALED, f'(n / 7) % {len(SEALED)}')} ELSE {named(TYPES, f'(n * 31) % {len(TYPES)}')} END"
    actor = f"CASE WHEN n % 5 < 2 THEN 'job:nightly' ELSE 'user:clerk' || {pad(4, '(n * 17) % 2000')} END"
    village = f"'320826' || {pad(3, '(n * 13) % 23')} || {pad(3, f'(n * 7) % {LAST_DIGITS}')}"
    columns = "kind, no, event_id, actor, type, division, recorded_at, is_first, sealed"
    event = pad(36, "n")
    first = f"""INSERT INTO trail_subjects ({columns}) {NUMBERS[name]}
        SELECT CASE WHEN n % 3 = 0 THEN 'payment' ELSE 'household' END, 'N-' || (n * 37 % 400000), {event}, {actor}, {kind},
        CASE WHEN n % 11 = 0 THEN NULL ELSE {village} END, {MOMENT[name]}, {YES[name]},
        CASE WHEN n % 7 = 3 THEN {YES[name]} ELSE {NO[name]} END FROM s"""
    more = f"""INSERT INTO trail_subjects ({columns}) SELECT 'household', 'H-' || no, event_id, actor, type, division,
        recorded_at, {NO[name]}, sealed FROM trail_subjects WHERE id % 7 < 2"""
    start = today_cn() - timedelta(days=DAYS - 1)
    about = {"last": count - 1, "count": count, "span": DAYS * 86_400 - 60, "first": f"{start} 00:00:00"}
    indexes = table_of(TrailSubject).indexes
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for index in indexes:
            index.drop(connection)
        connection.execute(text(first), about)
        connection.execute(text(more))
        for index in indexes:
            index.create(connection)
    options = {WRITING: True, "isolation_level": "AUTOCOMMIT"} if name == "postgresql" else {WRITING: True}
    with engine.execution_options(**options).connect() as connection:
        connection.execute(text("VACUUM ANALYZE trail_subjects" if name == "postgresql" else "ANALYZE trail_subjects"))
        connection.commit()


def searches(today: date) -> list[str]:
    """What people ask: accounts, actions, subjects, places, short and long spans, exclusions, and what finds nothing."""
    year, month = f"created:>={today - timedelta(days=DAYS)}", f"created:>={today - timedelta(days=30)}"
    return [
        "", year, "actor:clerk0034", f"actor:clerk0034 {year}", f"actor:clerk0034 action:payment* {year}",
        "action:payment.line.corrected", f"action:payment* {year}", f"action:payment.line.corrected -actor:job:nightly {year}",
        f"subject:household/N-1234 {year}", f"subject:N-1234 {year}", f"对象:payment {month}", f"-actor:job:nightly {month}",
        f"区划:320826001 {month}", f"区划:320826001005 {year}", f"区划:320826001005 动作:lead.added {year}",
        f"action:nothing.such {year}", f"actor:nobody {year}", f"动作:access.revealed {year}", f"-动作:payment* -动作:lead* {year}",
        f"操作人:job:nightly 动作:notice.closed {year}",
    ]  # fmt: skip


def wanted_of(asked: str, places: list[str], today: date) -> Wanted:
    """As the door does it, without a register of places: a code stands for those that begin so."""
    query = parse(asked, today)
    codes = [code for term in query.divisions for code in places if code.startswith(term.value)]
    return Wanted(query, frozenset(codes) if query.divisions else None)


def timed(engine: Engine, rounds: int) -> dict[str, Any]:
    """Milliseconds of pages (first and next) and of counts."""
    today, took, counted, worst = today_cn(), [], [], ("", 0.0)
    places = [f"320826{a:03d}{b:03d}" for a in range(23) for b in range(LAST_DIGITS)]
    sight = Sight("user:inspector", sealed=False)
    with reading(engine) as session:
        for number in range(rounds):
            for asked in searches(today):
                wanted = wanted_of(
                    asked.replace("1234", f"{number * 37}").replace("0034", f"{number:04d}"), places, today
                )
                start = None
                for _ in range(2):
                    begun = time.perf_counter()
                    hits = search(session, wanted, sight, start, PAGE)
                    took.append((time.perf_counter() - begun) * 1000)
                    worst = max(worst, (asked, took[-1]), key=lambda pair: pair[1])
                    if len(hits) < PAGE:
                        break
                    start = Start(key_of(hits[-1]))
                begun = time.perf_counter()
                count_found(session, wanted, sight)
                counted.append((time.perf_counter() - begun) * 1000)
    took.sort()
    counted.sort()
    return {
        "pages": len(took), "page_p50_ms": round(took[len(took) // 2], 1), "page_p95_ms": round(took[len(took) * 95 // 100], 1),
        "page_max_ms": round(took[-1], 1), "slowest": worst[0], "count_p95_ms": round(counted[len(counted) * 95 // 100], 1),
        "count_max_ms": round(counted[-1], 1), "bar_ms": BAR_MS,
    }  # fmt: skip


@contextmanager
def database(kind: str) -> Iterator[Engine]:
    """An empty installation of this kind."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
            build_schema(url)
            engine = make_engine(url)
            yield engine
            engine.dispose()
        return
    with running_server() as url:
        build_schema(url)
        engine = make_engine(url)
        yield engine
        engine.dispose()


def main() -> None:
    """Fill, search, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked.add_argument("--events", type=int, default=300_000)
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    kinds = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    for kind in kinds:
        with database(kind) as engine:
            begun = time.perf_counter()
            fill(engine, options.events)
            filled = round(time.perf_counter() - begun, 1)
            print(
                json.dumps(
                    {"database": kind, "events": options.events, "fill_s": filled, **timed(engine, options.rounds)}
                )
            )


if __name__ == "__main__":
    main()
