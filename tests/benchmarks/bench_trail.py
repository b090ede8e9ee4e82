"""How fast the trail is: publishing leaves, making proofs, building row trees. Prints one JSON object.

    python -m tests.benchmarks.bench_trail [--leaves 20000] [--rows 100000] [--database-url URL] [--check]

Bars: 1,000,000 leaves sequenced, signed and published in 5 minutes; an inclusion proof p95 in 50 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from portal.kernel.database import WRITING, make_engine, protected_tables
from portal.kernel.sealing import ensure_keys
from portal.schema import metadata
from portal.settings import read_settings
from portal.trail import keys, triggers, verifier
from portal.trail.batches import RowTreeBuilder
from portal.trail.prove import receipt
from tests.trail.arrange import check, note_many, open_log

ADD = 20_000
PROOFS = 500


def measure(leaves: int, rows: int, database_url: str | None, *, verify: bool) -> dict[str, object]:
    """Publish, prove and verify in a throw-away home."""
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place:
        home = Path(place)
        url = database_url or f"sqlite:///{home / 'bench.sqlite3'}"
        settings = read_settings({"YANGGUANG_HOME": place, "YANGGUANG_DATABASE_URL": url})
        engine = make_engine(url)
        with engine.execution_options(**{WRITING: True}).begin() as connection:
            metadata.create_all(connection)
            triggers.install(connection, [table.name for table in protected_tables()])
        keys.use(engine, keys.load_keys(settings.keys_dir, ensure_keys(settings.keys_dir)))
        log = open_log(engine, settings)
        for start in range(0, leaves, ADD):
            note_many(engine, log.keys, min(ADD, leaves - start))
        started = time.perf_counter()
        state = log.run()
        published = time.perf_counter() - started
        chance, times = random.Random(1), []
        for _ in range(PROOFS):
            index = chance.randrange(state.size)
            started = time.perf_counter()
            proof = receipt(log.files, index)
            times.append(time.perf_counter() - started)
            verifier.check_proof(proof, log.log_key.verifier)
        result: dict[str, object] = {
            "leaves": state.size,
            "publish_seconds": round(published, 1),
            "leaves_per_second": round(state.size / published),
            "proof_p95_ms": round(sorted(times)[int(PROOFS * 0.95)] * 1000, 2),
            "rows_per_second": round(rows_per_second(rows)),
        }
        if verify:
            started = time.perf_counter()
            result["verified"] = check(log.files.directory, log.log_key).ok
            result["verify_seconds"] = round(time.perf_counter() - started, 1)
        engine.dispose()
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def rows_per_second(rows: int) -> float:
    """Speed of the row tree: salt, entry, HMAC, hash."""
    builder, digest, step = RowTreeBuilder(), "ab" * 32, 25_600
    started = time.perf_counter()
    for first in range(0, rows, step):
        count = min(step, rows - first)
        builder.add_many("payments", range(first, first + count), ["insert"] * count, [None] * count, [digest] * count)
    builder.finish().close()
    return rows / (time.perf_counter() - started)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database-url")
    parser.add_argument("--check", action="store_true", help="verify the whole log afterwards")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.leaves, chosen.rows, chosen.database_url, verify=chosen.check)))


if __name__ == "__main__":
    main()
