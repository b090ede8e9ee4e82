"""Drawing and loading the demonstration, against a bare loop that writes the same payment lines raw in the same run.

`python -m tests.benchmarks.bench_demo --scale city` takes minutes; the default is the county. The bar: the city is
there in 15 minutes with less than 2 GiB.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from datetime import date
from pathlib import Path

from portal.commands.installation import upgrade_database
from portal.demo.arrays import DemoTable
from portal.demo.build import demo_tables, make_demonstration
from portal.demo.load import load_tables
from portal.demo.plan import SCALES, make_plan
from portal.settings import read_settings
from portal.trail.connect import connect, keyring_of


def peak_mib() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def raw_seconds(tables: list[DemoTable], path: Path) -> tuple[int, float]:
    """Rows and seconds of a bare executemany of the payments, unsealed, undigested, without a trail."""
    with sqlite3.connect(path) as database:
        began, rows = time.perf_counter(), 0
        for table in tables:
            names = ", ".join(f'"{name}"' for name in table.columns.column_names)
            marks = ", ".join("?" * table.columns.num_columns)
            database.execute(f"CREATE TABLE IF NOT EXISTS raw ({names})")
            values = zip(*(table.columns.column(name).to_pylist() for name in table.columns.column_names), strict=True)
            database.executemany(f"INSERT INTO raw VALUES ({marks})", ([str(v) for v in row] for row in values))
            rows += table.rows
        return rows, time.perf_counter() - began


def main() -> None:
    """Print seconds, rows a second, memory and the ratio to the bare loop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", choices=sorted(SCALES), default="county")
    parser.add_argument("--seed", type=int, default=2017)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"YANGGUANG_HOME": f"{folder}/home"})
        upgrade_database(settings)
        engine = connect(settings)
        began = time.perf_counter()
        demonstration = make_demonstration(make_plan(arguments.scale, arguments.seed, date(2026, 11, 20)))
        drawn = time.perf_counter() - began
        loaded = load_tables(
            engine, keyring_of(settings), settings.staging_dir, demo_tables(demonstration), lambda _: None
        )
        engine.dispose()
        payments = [table for table in demo_tables(demonstration) if table.kind == "payments"]
        rows, raw = raw_seconds(payments, Path(folder) / "raw.sqlite3")
    total = loaded.rows.total()
    print(
        f"drawn in {drawn:.1f} s; loaded {total:,} rows in {loaded.seconds:.0f} s = {total / loaded.seconds:,.0f} rows/s"
    )
    print(
        f"bare loop: {rows / raw:,.0f} rows/s; ratio of the times per row {rows / raw / (total / loaded.seconds):.1f}"
    )
    print(f"peak {peak_mib():,.0f} MiB (bar 2,048); whole {drawn + loaded.seconds:.0f} s (bar 900 for the city)")


if __name__ == "__main__":
    main()
