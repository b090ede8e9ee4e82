"""A flood of reports against a real server, and honest people among it. Prints one JSON object for each database.

    python -m tests.benchmarks.bench_flood [--count 100000] [--database sqlite|postgresql|both] [--honest 0.5] [--workers 2]

The flood comes from many networks at once: no proof, a bent one, one proof again and again, and fresh proofs of quiet times.
The honest open the page and hand in a proof as hard as it asks at that moment; it is made with the installation's key, because
the phones' own work is not the server's (three are truly solved first). Who is told to wait waits, and the clock runs on.
Bars: honest p95 ≤ 2 s from the first try to 201, every 201 is in the register and opens, everything else was 429 with
Retry-After, and cost the server far less than a slow hash.
"""

from __future__ import annotations

import argparse
import html
import http.client
import json
import multiprocessing
import os
import random
import re
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import select

from portal.accounts import passwords
from portal.kernel import sealing
from portal.kernel.database import reading, writing
from portal.oversight.complaints.models import Complaint
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.conftest import build_schema
from tests.factories.complaints import VILLAGE, a_county
from tests.factories.proofs import made, solved
from tests.factories.server import HOST, Server
from tests.postgres import running_server

BARS: Final = {"honest_p95_seconds": 2.0, "lost": 0, "other_answers": 0}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WORK = re.compile(r'data-work="([^"]+)"')
RECEIPT = re.compile(r"data-copy>([^<]+)<")
SENDERS: Final = 12
OPENED: Final = 20


def network() -> str:
    """An address of any network."""
    return ".".join(str(random.randrange(1, 255)) for _ in range(4))


@dataclass
class Tally:
    """What was answered."""

    answers: Counter[str] = field(default_factory=Counter)
    receipts: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    tries: list[int] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)


class Sender:
    """One connection that is kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.port, self.connection = port, http.client.HTTPConnection(HOST, port, timeout=120)

    def ask(self, method: str, path: str, body: str = "", kind: str = FORM) -> tuple[int, str, str]:
        """Status, Retry-After and text; a connection that the server had closed is opened anew."""
        headers = {"Content-Type": kind, "X-Forwarded-For": network()}
        for last in (False, True):
            try:
                self.connection.request(method, path, body.encode(), headers)
                answer = self.connection.getresponse()
                return answer.status, answer.headers.get("Retry-After", ""), answer.read().decode()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if last:
                    raise
        raise AssertionError("unreachable")


def flooding(port: int, keys: Path, count: int) -> Tally:
    """One process of the flood: some threads, each with its share."""
    keyring, tally, lock = sealing.load_keys(keys), Tally(), threading.Lock()
    one_proof = made(keyring, level="2")
    kinds = {
        "no proof, json": lambda: ("", JSON), "no proof, form": lambda: ("", FORM), "bent": lambda: ("e30=" * 40, JSON),
        "used again": lambda: (one_proof, JSON), "of quiet times": lambda: (made(keyring, level="0"), JSON),
    }  # fmt: skip

    def send(share: int) -> None:
        sender, own = Sender(port), Tally()
        for _ in range(share):
            name = random.choices(list(kinds), (4, 2, 1, 2, 1))[0]
            proof, kind = kinds[name]()
            fields = {"kind": "数不对", "text": secrets.token_hex(200), "proof_of_work": proof, "door": "confidential"}
            body = (
                json.dumps({**fields, "division": VILLAGE})
                if kind == JSON
                else urlencode({**fields, "mode": "anonymous"})
            )
            status, again, text = sender.ask("POST", "/report", body, kind)
            own.answers[f"{name}: {status}" + ("" if status != 429 or again.isdigit() else " without Retry-After")] += 1
            if status == 201:
                own.receipts.append(receipt_of(text, kind))
        with lock:
            tally.answers += own.answers
            tally.receipts += own.receipts

    threads = [threading.Thread(target=send, args=(count // SENDERS,)) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def receipt_of(text: str, kind: str) -> tuple[str, str]:
    """Locator and code of a 201."""
    if kind == JSON:
        taken = json.loads(text)
        return taken["locator"], taken["code"]
    locator, code = RECEIPT.findall(text)
    return locator.replace(" ", ""), code.replace(" ", "")


def be_honest(port: int, keys: Path, tally: Tally, *, really: bool = False) -> None:
    """One person: opens the page, works as hard as it asks, sends, and comes again when told to."""
    sender, keyring = Sender(port), sealing.load_keys(keys)
    began = time.perf_counter()
    page = sender.ask("GET", "/report")[2]
    tally.page_seconds.append(time.perf_counter() - began)
    fields = {
        "kind": "钱没到",
        "door": "confidential",
        "mode": "anonymous",
        "text": "低保款少了一个月",
        "proof_of_work": _worked(keyring, page, really=really),
    }
    began, status, tries = time.perf_counter(), 0, 0
    while status != 201:
        status, again, text = sender.ask("POST", "/report", urlencode(fields))
        tries += 1
        if status != 201:
            tally.answers[f"honest: {status}"] += 1
            time.sleep(float(again or 1))
            fields["proof_of_work"] = _worked(
                keyring, text, really=really
            )  # the answer holds the form, and what it asks now
    tally.seconds.append(time.perf_counter() - began)
    tally.tries.append(tries)
    tally.receipts.append(receipt_of(text, FORM))


def _worked(keyring: sealing.Keyring, page: str, *, really: bool) -> str:
    """A proof as hard as a page asks."""
    asked = html.unescape(WORK.findall(page)[0])
    return solved(asked) if really else made(keyring, level=re.findall(r"level=(\d)", asked)[0])


def come_honestly(port: int, keys: Path, a_second: float, over: threading.Event, tally: Tally) -> None:
    """People come by chance, on the average so many a second, until the flood is over."""
    people = []
    while not over.wait(random.expovariate(a_second)):
        people.append(threading.Thread(target=be_honest, args=(port, keys, tally)))
        people[-1].start()
    for person in people:
        person.join()


def cpu_seconds(group: int) -> float:
    """What the server's processes have used so far, those that were replaced meanwhile among them."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(values[2]) == group:
            ticks += sum(int(value) for value in values[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def seconds_of_a_hash() -> float:
    """CPU of one slow hash here and now."""
    began = time.process_time()
    for _ in range(3):
        passwords.HASHING.stretch(b"secret", bytes(16))
    return (time.process_time() - began) / 3


def measure(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    """One database: the flood and the honest, then the count."""
    server = Server(settings, options.workers, more={"YANGGUANG_PROXY_HOPS": "1"})
    server.start()
    assert server.process is not None
    tally, over, keys = Tally(), threading.Event(), settings.keys_dir
    try:
        for _ in range(3):
            be_honest(server.port, keys, tally, really=True)
        honest = threading.Thread(target=come_honestly, args=(server.port, keys, options.honest, over, tally))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            used, began = cpu_seconds(server.process.pid), time.perf_counter()
            honest.start()
            try:
                found = pool.submit(flooding, server.port, keys, options.count).result()
                took, used = time.perf_counter() - began, cpu_seconds(server.process.pid) - used
            finally:
                over.set()
        print("the flood is over; waiting for the honest", file=sys.stderr, flush=True)
        honest.join()
        receipts = found.receipts + tally.receipts
        sender = Sender(server.port)
        opened = sum(_opens(sender, *one) for one in random.sample(receipts, min(OPENED, len(receipts))))
    finally:
        server.kill()
    engine = connect(settings)
    with reading(engine) as session:
        kept = set(session.scalars(select(Complaint.locator)))
    engine.dispose()
    return _told(found, tally, took, used) | {
        "taken": len(receipts), "lost": len({no for no, _code in receipts} - kept), "in_the_register": len(kept),
        "opened_with_their_code": f"{opened} of {min(OPENED, len(receipts))}",
    }  # fmt: skip


def _opens(sender: Sender, locator: str, code: str) -> bool:
    status, again = 429, "0"
    while status == 429:
        time.sleep(float(again))
        status, again, _text = sender.ask("POST", f"/report/{locator}", urlencode({"code": code}))
    return status == 200


def _told(flood: Tally, honest: Tally, took: float, used: float) -> dict[str, Any]:
    times, a_hash = sorted(honest.seconds), seconds_of_a_hash()
    refused = sum(n for name, n in flood.answers.items() if name.endswith(": 429"))
    taken = len(flood.receipts) + len(honest.receipts)
    return {
        "flood": dict(sorted(flood.answers.items())), "refused": refused, "seconds": round(took),
        "a_second": round(sum(flood.answers.values()) / took),
        "other_answers": sum(n for name, n in flood.answers.items() if not name.endswith((": 201", ": 429"))),
        "honest": len(times), "honest_p50_seconds": round(statistics.median(times), 2),
        "honest_p95_seconds": round(times[int(len(times) * 0.95)], 2), "honest_worst_seconds": round(times[-1], 2),
        "honest_taken_at_once": sum(n == 1 for n in honest.tries), "honest_told": dict(honest.answers),
        "page_p95_seconds": round(sorted(honest.page_seconds)[int(len(times) * 0.95)], 2),
        "server_cpu_seconds": round(used), "cpu_of_a_hash_ms": round(a_hash * 1000),
        "cpu_of_a_refusal_ms": round((used - taken * a_hash) / max(1, refused) * 1000, 2),
    }  # fmt: skip


@contextmanager
def installations(which: str) -> Iterator[dict[str, Settings]]:
    """A county with its organs' keys in each database that is asked for."""
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place, running_server() as url:
        found = {}
        for name in ("sqlite", "postgresql") if which == "both" else (which,):
            home = Path(place) / name
            home.mkdir()
            address = f"sqlite:///{home / 'bench.sqlite3'}" if name == "sqlite" else url
            found[name] = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": address})
            build_schema(found[name].database_url)
            engine = connect(found[name])
            with writing(engine) as session:
                a_county(session)
            engine.dispose()
        yield found


def main() -> int:
    """Measure and print, with the bars beside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--honest", type=float, default=0.5, help="honest people a second")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with installations(options.database) as found:
        for name, settings in found.items():
            told = {"database": name, "bars": BARS, **measure(settings, options)}
            print(json.dumps(told, ensure_ascii=False, indent=2), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
