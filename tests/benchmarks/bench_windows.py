"""Window hashes of photos: how fast the worker drains its backlog, and what finding near photos costs among a million.

    python -m tests.benchmarks.bench_windows [--database sqlite|postgresql|both] [--photos 400] [--filed 0]

`--filed` photos are filed beforehand with hashes drawn by lot (57 rows each). The bar: a backlog drains at ≥ 12 photos a
second on two cores. Prints one JSON object: rate, rows, bytes of the table, and the time of one search.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, func, insert, select, text

from portal.jobs.photos import hash_windows
from portal.kernel.database import WRITING, now_utc, reading, writing
from portal.kernel.photos.hashing import WINDOWS
from portal.registers.helpers.check_ins.photos.actions import keep_photo
from portal.registers.helpers.check_ins.photos.models import PhotoBand
from portal.registers.helpers.check_ins.photos.queries import list_near
from portal.registers.helpers.check_ins.photos.rules import band_rows
from portal.registers.helpers.check_ins.rules import Context
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.benchmarks.bench_check_ins import photo
from tests.conftest import build_schema
from tests.postgres import running_server

FIRST = 10_000_000  # real photos get the ids below: filed ones are later, and so found by none
BAR = 12.0
CHUNK = 2_000


def drawn(photos: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of photos whose hashes are drawn by lot."""
    dice = np.random.default_rng(5)
    for start in range(0, photos, CHUNK):
        hashes = dice.integers(0, 2**64, (min(CHUNK, photos - start), len(WINDOWS)), dtype=np.uint64)
        yield [row for n, own in enumerate(hashes.tolist()) for row in band_rows(start + n - FIRST, own)]


def upload(engine: Engine, settings: Settings, count: int) -> None:
    """So many photos of one phone, as the server keeps them."""
    context = Context("user:bench", settings.files_dir)
    for seed in range(count):
        data = photo(seed)
        with writing(engine) as session:
            keep_photo(session, context, "B-1", "D-1", hashlib.sha256(data).hexdigest(), data, now_utc())


def size_of(engine: Engine) -> int:
    """Bytes of the table of filed hashes with its index."""
    wanted = "SELECT sum(pgsize) FROM dbstat WHERE name = 'photo_bands'"
    if engine.dialect.name == "postgresql":
        wanted = "SELECT pg_total_relation_size('photo_bands')"
    with engine.connect() as connection:
        return int(connection.execute(text(wanted)).scalar_one())


def searched(engine: Engine, times: int = 200) -> list[float]:
    """Milliseconds of finding what is near one photo, by the quickest first."""
    dice, took = random.Random(7), []
    with reading(engine) as session:
        for _ in range(times):
            hashes = [dice.getrandbits(64) for _ in range(2 * len(WINDOWS))]
            started = time.perf_counter()
            list_near(session, hashes, FIRST)
            took.append((time.perf_counter() - started) * 1000)
    return sorted(took)


def measure(settings: Settings, photos: int, filed: int) -> dict[str, Any]:
    """Fill, upload, drain, search."""
    engine, told = connect(settings), {}
    started = time.perf_counter()
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for rows in drawn(filed):
            connection.execute(insert(PhotoBand.__table__), rows)  # type: ignore[arg-type]  # a Table
        connection.exec_driver_sql("ANALYZE photo_bands")
    told["filing_seconds"] = round(time.perf_counter() - started, 1)
    upload(engine, settings, photos)
    hash_windows(settings, seconds=0.5)  # the children start
    with reading(engine) as session:
        before = session.scalar(select(func.count()).select_from(PhotoBand)) or 0
    started = time.perf_counter()
    done = 0
    while hashed := hash_windows(settings)["hashed"]:
        done += hashed
    took = time.perf_counter() - started
    with reading(engine) as session:
        rows = session.scalar(select(func.count()).select_from(PhotoBand)) or 0
    assert rows - before == done * len(WINDOWS) * 3
    each = searched(engine)
    told |= {
        "drained": done, "per_second": round(done / took, 1), "rows": rows, "table_mb": round(size_of(engine) / 2**20, 1),
        "search_p50_ms": round(each[len(each) // 2], 1), "search_p95_ms": round(each[int(len(each) * 0.95)], 1),
    }  # fmt: skip
    engine.dispose()
    return told


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--filed", type=int, default=0)
    chosen = parser.parse_args()
    told: dict[str, Any] = {"bar_per_second": BAR, "filed": chosen.filed}
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place, running_server() as url:
        for name in ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,):
            home = Path(place) / name
            home.mkdir()
            address = f"sqlite:///{home / 'bench.sqlite3'}" if name == "sqlite" else url
            settings = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": address})
            build_schema(settings.database_url)
            told[name] = measure(settings, chosen.photos, chosen.filed)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
