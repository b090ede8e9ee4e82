"""Public pages against an empty Flask page on the same server in the same run.

`python -m tests.benchmarks.bench_pages --home DIR` takes a home filled by `yangguang demo --scale city`; without one it
makes a village. Warm: pages of one data version, many connections. Cold: a new process for each sample of addresses.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import event, text

from portal.factory import create_app
from portal.kernel.database import make_engine
from portal.settings import PROJECT_ROOT, read_settings

EMPTY = """
from flask import Flask
application = Flask("empty")
@application.get("/")
def empty(): return "ok"
"""
PORT = 8731


def addresses(database_url: str) -> dict[str, list[str]]:
    """Addresses to ask for, taken from the data."""
    engine = make_engine(database_url)
    with engine.connect() as connection:
        areas = (
            connection.execute(text("SELECT code FROM divisions WHERE superseded_at IS NULL ORDER BY code LIMIT 400"))
            .scalars()
            .all()
        )
        programmes = (
            connection.execute(text("SELECT code FROM programmes WHERE superseded_at IS NULL ORDER BY code LIMIT 60"))
            .scalars()
            .all()
        )
    engine.dispose()
    return {
        "/flow": ["/flow", *(f"/flow?year={year}" for year in range(2022, 2027))],
        "/areas/<code>": [f"/areas/{c}" for c in areas[::9]],
        "/funds/<programme>": [f"/funds/{p}" for p in programmes],
    }


def serve(module: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A real server, as `serve` starts it, with one worker."""
    command = [sys.executable, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}", "--workers", "1", "--worker-class", "gthread",
               "--threads", "4", "--log-level", "error"]  # fmt: skip
    server = subprocess.Popen(command, cwd=PROJECT_ROOT, env={**os.environ, **environment})
    for _ in range(200):
        try:
            get(port, "/healthz/live" if "portal" in module else "/")
        except OSError:
            time.sleep(0.1)
        else:
            return server
    server.kill()
    raise SystemExit("the server did not start")


def get(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> tuple[int, int]:
    """Status and size of one answer, asked for compressed."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    own.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = own.getresponse()
    return answer.status, len(answer.read())


def rate(port: int, paths: list[str], seconds: float) -> float:
    """Requests per second over four kept connections."""
    counts = [0] * 4
    until = time.monotonic() + seconds

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < until:
            get(port, paths[counts[number] % len(paths)], connection)
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def cold(paths: list[str]) -> tuple[list[float], list[int], list[int]]:
    """Milliseconds, gzipped bytes and SQL statements of each page, asked for once in a fresh application."""
    settings = read_settings()
    app = create_app(settings)
    engine = app.extensions["portal.installation"].engine
    statements: list[int] = []
    counter = [0]

    def count(*_: object) -> None:
        counter[0] += 1

    event.listen(engine, "after_cursor_execute", count)
    client = app.test_client()
    client.get(
        paths[0] + ("&" if "?" in paths[0] else "?") + "elder=1"
    )  # templates are compiled once a process, not once a page
    gc.collect()  # as portal/wsgi does in every server process
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    times, sizes = [], []
    for path in paths:
        counter[0] = 0
        started = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        statements.append(counter[0])
        sizes.append(len(gzip.compress(answer.data, 6)))
    return times, sizes, statements


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seconds", type=float, default=4.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = arguments.home or Path(scratch) / "home"
        os.environ["YANGGUANG_HOME"] = str(home.resolve())
        if arguments.home is None:
            subprocess.run(
                [sys.executable, "-m", "portal.cli", "demo", "--scale", "village", "--no-serve"],
                check=True,
                cwd=PROJECT_ROOT,
                stdout=subprocess.DEVNULL,
            )
        groups = addresses(read_settings().database_url)
        (Path(scratch) / "empty_app.py").write_text(EMPTY)
        empty = serve("empty_app:application", PORT, {"PYTHONPATH": scratch})
        ours = serve("portal.wsgi:application", PORT + 1, {})
        try:
            for name, paths in groups.items():
                times, sizes, statements = cold(paths)
                for path in paths:
                    get(PORT + 1, path)
                ratios = [
                    rate(PORT + 1, paths, arguments.seconds) / rate(PORT, ["/"], arguments.seconds) for _ in range(3)
                ]
                p95 = sorted(times)[int(len(times) * 0.95) - (len(times) > 1)]
                print(
                    f"{name}: warm {statistics.median(ratios):.2f} × an empty page (bar ≥ 0.6) · cold p95 {p95:.0f} ms of {len(times)} "
                    f"(bar ≤ 100) · gzip ≤ {max(sizes) / 1024:.1f} KB (bar ≤ 45) · SQL {min(statements)}–{max(statements)} statements"
                )  # fmt: skip
        finally:
            empty.terminate()
            ours.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
