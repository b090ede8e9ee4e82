"""Sustained visits with a photo of 300 KB each, against what the photo's own work allows in the same run.

    python -m tests.benchmarks.bench_check_ins [--database sqlite|postgresql|both] [--seconds 20] [--clients 8] [--workers 2]
        [--home DIR]

The floor: decode, derivative, SHA-256, sealing and fsync of the same photos alone, in as many processes as the server
has workers. Bars: ≥ 25 visits a second with p95 ≤ 1.5 s (photo and claim together), ≥ 60 % of the floor. On a machine
that others share the two halves of a run meet different neighbours, so the processor time of a visit is told beside, part
by part, and `of_floor_by_processor` compares it with the floor's own. PostgreSQL syncs every commit, as SQLite does.
`--home` takes a filled home (city data) that may be written to; without it a small one is made and thrown away.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import os
import re
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import func, select

from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel import sealed_files
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.photos.reading import read_photo
from portal.kernel.sealing import load_keys
from portal.registers.divisions.queries import find_division
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.rules import Context
from portal.settings import Settings, read_settings
from portal.trail.connect import connect, keyring_of
from portal.web.sessions import hash_token, new_token
from tests.conftest import build_schema
from tests.factories.devices import enrolled, helper_account, new_phone
from tests.factories.divisions import VILLAGE, make_county
from tests.factories.helpers import make_helper
from tests.factories.server import HOST, served
from tests.factories.visits import Walker, add_household
from tests.postgres import running_server

KILOBYTES = 300
HELPERS_EACH = 20
WARM_SECONDS = 2.0
PARTS = {b"multiprocessing.spawn": "floor", b"gunicorn": "server"}
_ANSWER = 1 << 16
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
BARS = {"per_second": 25.0, "p95_seconds": 1.5, "of_floor": 0.6}


def photo(seed: int) -> bytes:
    """A photo of its own with about 300 KB, as the phone makes it: 1280 × 960, soft shapes and grain."""
    dice = np.random.default_rng(seed)
    soft = Image.fromarray(dice.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize(
        (1280, 960), Image.Resampling.BICUBIC
    )
    grain = dice.integers(-18, 18, (960, 1280, 1), dtype=np.int16)
    pixels = np.clip(np.asarray(soft, dtype=np.int16) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=77)
    return out.getvalue()


@dataclass
class Client:
    """One phone: its requests are written and signed before the clock starts, so that sending them costs next to nothing."""

    walk: Walker
    token: str
    household: str
    queue: list[tuple[bytes, bytes]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def prepare(self, photos: Sequence[bytes]) -> None:
        """Sign one claim for each photo."""
        for data in photos:
            digest = hashlib.sha256(data).hexdigest()
            claim_id, body = self.walk.claim(self.household, photos=[digest], captured_at=now_utc().isoformat())
            self.queue.append(
                (
                    self._put(f"/photos/{digest}", data, "image/jpeg"),
                    self._put(f"/check-ins/{claim_id}", body, "application/json"),
                )
            )

    def send_next(self, line: socket.socket) -> None:
        """The next photo and its claim."""
        requests = self.queue.pop(0)
        started = time.perf_counter()
        if all(self._answered(line, request) for request in requests):
            self.seconds.append(time.perf_counter() - started)

    def _answered(self, line: socket.socket, request: bytes) -> bool:
        line.sendall(request)
        answer = line.recv(_ANSWER)
        while b"\r\n\r\n" not in answer:
            answer += line.recv(_ANSWER)
        head, _, text = answer.partition(b"\r\n\r\n")
        length = int(_LENGTH.findall(head)[0])
        while len(text) < length:
            text += line.recv(_ANSWER)
        if head[9:12] not in (b"200", b"201"):
            self.refused.append(f"{head[9:12].decode()} {text[:120].decode('utf-8', 'replace')}")
            return False
        return True

    def _put(self, path: str, body: bytes, kind: str) -> bytes:
        lines = (
            f"PUT /api/v1{path} HTTP/1.1", f"Host: {HOST}", "Accept-Encoding: identity", f"Authorization: Bearer {self.token}",
            f"Content-Type: {kind}", f"Content-Length: {len(body)}", "", "",
        )  # fmt: skip
        return "\r\n".join(lines).encode() + body


def take_turns(phones: Sequence[Client], port: int, until: float) -> None:
    """Visits of several helpers in turn, each phone on a connection of its own: nobody pays forty visits in a minute."""
    while any(phone.queue for phone in phones):
        for phone in phones:
            if time.perf_counter() > until:
                return
            if phone.queue:
                with socket.create_connection((HOST, port), timeout=60) as line:
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    phone.send_next(line)


def make_clients(settings: Settings, count: int) -> list[Client]:
    """Helpers of their own with phones and tokens; the county is made where there is none."""
    engine, mark, clients = connect(settings), secrets.token_hex(3), []
    with writing(engine) as session:
        if find_division(session, VILLAGE) is None:
            make_county(session)
        for number in range(count):
            no, home = f"BENCH-{mark}-{number}", f"BENCH-{mark}-H{number}"
            helper = make_helper(session, no)
            add_household(session, helper, home)
            user, phone, token = helper_account(session, no), new_phone(), new_token()
            device = enrolled(session, user, phone)
            open_session(
                session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "bench", True), now_utc()
            )
            context = Context(f"user:{user.username}", settings.files_dir)
            clients.append(Client(Walker(no, device.device_id, phone, context), token, home))
    engine.dispose()
    return clients


def alone(keys_dir: Path, place: Path, photos: Sequence[bytes], until: float) -> int:
    """The photo's own work in one process, until the time is over; how many were done."""
    keyring, done = load_keys(keys_dir), 0
    while time.time() < until:
        data = photos[done % len(photos)]
        digest = hashlib.sha256(data + str(done).encode()).hexdigest()
        read = read_photo(data)
        sealed_files.keep(place, f"{digest}.original", data, keyring)
        sealed_files.keep(place, f"{digest}.derivative", read.derivative, keyring)
        done += 1
    return done


def floor(settings: Settings, photos: Sequence[bytes], workers: int, seconds: float) -> tuple[float, float]:
    """The photo's own work alone, in as many processes as the server has: photos a second, processor ms a photo."""
    with (
        tempfile.TemporaryDirectory(dir=settings.home) as place,
        multiprocessing.get_context("spawn").Pool(workers) as pool,
    ):
        pool.starmap(alone, [(settings.keys_dir, Path(place), photos[:4], time.time() + 0.5)] * workers)  # warm
        until = time.time() + seconds
        jobs = [(settings.keys_dir, Path(place), photos[n::workers], until) for n in range(workers)]
        started, before = time.time(), used()
        done = sum(pool.starmap(alone, jobs))
        took, spent = time.time() - started, since(before)
        return done / took, 1000 * (spent["jail"] + spent["floor"]) / done


def used() -> dict[str, float]:
    """Processor seconds of each part so far; those of a jail's children that have ended are kept by their parents."""
    spent, tick = dict.fromkeys((*PARTS.values(), "jail", "database"), 0.0), os.sysconf("SC_CLK_TCK")
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line, stat = (place / "cmdline").read_bytes(), (place / "stat").read_text()
        except OSError:
            continue  # it has ended meanwhile
        own, children = (sum(map(int, stat.rsplit(")", 1)[1].split()[n : n + 2])) / tick for n in (11, 13))
        parent = next((part for mark, part in PARTS.items() if mark in line), None)
        if "(postgres)" in stat:
            spent["database"] += own
        elif b"import resource, sys" in line:
            spent["jail"] += own
        elif parent is not None:
            spent[parent] += own
            spent["jail"] += children
    return spent


def since(before: dict[str, float]) -> dict[str, float]:
    """Processor seconds of each part since then."""
    return {part: seconds - before[part] for part, seconds in used().items()}


def measure(settings: Settings, options: argparse.Namespace) -> dict[str, object]:
    """One database: the floor, then the load, then the count."""
    engine = connect(settings)
    keyring_of(settings)
    clients = make_clients(settings, options.clients * HELPERS_EACH)
    each = max(2, int((options.seconds + WARM_SECONDS) * 100 / len(clients)))
    photos = [photo(seed) for seed in range(min(240, each * len(clients)))]
    for number, client in enumerate(clients):
        client.prepare([unlike(photos[(number * each + n) % len(photos)], number * each + n) for n in range(each)])
    per_second_alone, ms_alone = floor(settings, photos[:40], options.workers, options.seconds / 2)
    with served(settings, workers=options.workers) as server:
        run_all(clients, options.clients, server.port, WARM_SECONDS)
        warm = sum(len(client.seconds) for client in clients)
        for client in clients:
            client.seconds.clear()
        before = used()
        took = run_all(clients, options.clients, server.port, options.seconds)
        spent = since(before)
    times = sorted(second for client in clients for second in client.seconds)
    with reading(engine) as session:
        kept = session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.received_at.is_not(None)))
    engine.dispose()
    ms = {part: round(1000 * spent[part] / len(times), 1) for part in ("server", "jail", "database")}
    return {
        "photo_kb": round(sum(map(len, photos)) / len(photos) / 1000),
        "visits": len(times),
        "before_the_clock": warm,
        "in_the_register": kept,
        "refused": [text for client in clients for text in client.refused][:3],
        "per_second": round(len(times) / took, 1),
        "p50_seconds": round(times[len(times) // 2], 3),
        "p95_seconds": round(times[int(len(times) * 0.95)], 3),
        "floor_per_second": round(per_second_alone, 1),
        "of_floor": round(len(times) / took / per_second_alone, 2),
        "processor_ms_a_visit": ms,
        "processor_ms_of_the_floor": round(ms_alone, 1),
        "of_floor_by_processor": round(ms_alone / sum(ms.values()), 2),
    }


def run_all(clients: Sequence[Client], at_once: int, port: int, seconds: float) -> float:
    """All phones send, some at once; how many seconds it took."""
    started = time.perf_counter()
    groups = [clients[start::at_once] for start in range(at_once)]
    threads = [threading.Thread(target=take_turns, args=(group, port, started + seconds)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def unlike(data: bytes, number: int) -> bytes:
    """The same picture under other bytes: a comment behind the start marker of the JPEG."""
    comment = f"visit {number}".encode()
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]


@contextmanager
def installations(options: argparse.Namespace) -> Iterator[dict[str, Settings]]:
    """One installation for each database that is asked for."""
    if options.home is not None:
        yield {"home": read_settings({"YANGGUANG_HOME": str(options.home.resolve())})}
        return
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as place, running_server(durable=True) as url:
        wanted = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
        found = {}
        for name in wanted:
            home = Path(place) / name
            home.mkdir()
            address = f"sqlite:///{home / 'bench.sqlite3'}" if name == "sqlite" else url
            found[name] = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": address})
            build_schema(found[name].database_url)
        yield found


def main() -> int:
    """Measure and print, with the bars beside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with installations(options) as found:
        told = {name: measure(settings, options) for name, settings in found.items()}
    print(json.dumps({"bars": BARS, **told}, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
