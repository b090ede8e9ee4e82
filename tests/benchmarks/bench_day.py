"""A day of 46,000 visits, compressed: real signing phones, the worker and the log's loop beside, and a count at the end.

    python -m tests.benchmarks.bench_day [--database sqlite|postgresql] [--minutes 4] [--peak 25] [--phones 320]
        [--workers 2] [--home DIR]

The day's curve (nothing at night, a hump in the morning, a smaller one in the afternoon) is played in so many minutes,
`--peak` visits a second at its top, or as many as the machine takes: who is late sends at once. The bar: none is lost. What was
acknowledged is counted in the register once, and in the trail under the leaf that the phone was told.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import itertools
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from portal.commands.trail import checkpoint_once
from portal.jobs.photos import hash_windows
from portal.kernel.database import now_utc, reading
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import PhotoWindows, VisitPhoto
from portal.settings import PROJECT_ROOT, Settings
from portal.trail.connect import connect, keyring_of
from portal.trail.models import TrailEvent
from tests.benchmarks.bench_check_ins import Client, installations, make_clients, photo, unlike
from tests.factories.server import HOST, served

DAY = 46_000
HOURS = 14  # from 7 to 21
SENDERS = 8


def share(hour: float) -> float:
    """How busy an hour after seven is, against the top of the morning."""
    return math.exp(-((hour - 3) ** 2) / 4.5) + 0.8 * math.exp(-((hour - 8.5) ** 2) / 5) + 0.08


def moments(minutes: float, peak: float) -> Iterator[float]:
    """Seconds from the start at which visits are due."""
    top = max(share(n / 100) for n in range(HOURS * 100))
    at, due, step = 0.0, 0.0, 0.01
    while at < minutes * 60:
        due += peak * share(at / 60 / minutes * HOURS) / top * step
        at += step
        while due >= 1:
            due -= 1
            yield at


@dataclass
class Told:
    """What the phones were answered."""

    leaves: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    again: int = 0


def put(told: Told, port: int, token: str, path: str, body: bytes, kind: str) -> str | None:
    """Send until it is answered with a success, as a phone does; None when it is refused."""
    for _attempt in range(40):
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        try:
            connection.request("PUT", path, body, {"Authorization": f"Bearer {token}", "Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read().decode()
        except OSError:
            text, status = "", 0
        else:
            status = answer.status
        finally:
            connection.close()
        if status in (200, 201):
            return text
        if status not in (0, 429, 503):
            told.refused.append(f"{status} {text[:160]}")
            return None
        told.again += 1
        time.sleep(0.5)
    told.refused.append(f"no answer: {path[:20]}")
    return None


def go_round(
    told: Told, phones: Sequence[Client], photos: Sequence[bytes], mine: Sequence[float], start: float, port: int
) -> None:
    """One sender's visits, each by the next of its phones, when it is due or as soon as the one before is through."""
    for number, (due, phone) in enumerate(zip(mine, itertools.cycle(phones), strict=False)):
        time.sleep(max(0.0, start + due - time.perf_counter()))
        began = time.perf_counter()
        told.late.append(began - start - due)
        data = unlike(photos[number % len(photos)], hash((phone.walk.helper_no, number)))
        digest = hashlib.sha256(data).hexdigest()
        claim_id, body = phone.walk.claim(phone.household, photos=[digest], captured_at=now_utc().isoformat())
        phone.walk.sent.clear()
        if put(told, port, phone.token, f"/api/v1/photos/{digest}", data, "image/jpeg") is None:
            continue
        answer = put(told, port, phone.token, f"/api/v1/check-ins/{claim_id}", body, "application/json")
        if answer is not None:
            told.leaves[claim_id] = json.loads(answer)["leaf_hash"]
            told.seconds.append(time.perf_counter() - began)


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """The worker and the loop that publishes the log, as `serve` runs them."""
    environment = {
        **os.environ, "YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url,
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "portal.cli", *words], cwd=PROJECT_ROOT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for words in (("worker",), ("trail", "checkpoint", "--loop"))
    ]  # fmt: skip
    try:
        yield
        assert [process.poll() for process in started] == [None, None], "the worker or the log's loop has ended"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def counted(engine: Engine, told: Told) -> dict[str, Any]:
    """What of the acknowledged visits is where it belongs."""
    with reading(engine) as session:
        kept = {
            claim: count
            for claim, count in session.execute(select(CheckIn.claim_id, func.count()).group_by(CheckIn.claim_id))
        }
        named = session.execute(
            select(Claim.claim_id, TrailEvent.leaf_hash, TrailEvent.seq, VisitPhoto.photo_id)
            .join(TrailEvent, TrailEvent.event_id == Claim.event_id)
            .join(CheckIn, CheckIn.claim_id == Claim.claim_id)
            .join(VisitPhoto, VisitPhoto.check_in_id == CheckIn.id)
        )
        logged = {claim: (leaf.hex(), seq) for claim, leaf, seq, _photo in named}
        waiting = session.scalar(
            select(func.count()).select_from(PhotoWindows).where(PhotoWindows.hashes.is_(None), PhotoWindows.tries == 0)
        )
    return {
        "acknowledged": len(told.leaves),
        "in_the_register_once": sum(kept.get(claim) == 1 for claim in told.leaves),
        "in_the_trail_under_its_leaf": sum(logged.get(claim, ("",))[0] == leaf for claim, leaf in told.leaves.items()),
        "in_the_published_log": sum(logged.get(claim, ("", None))[1] is not None for claim in told.leaves),
        "windows_waiting": waiting,
    }  # fmt: skip


def play(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    """The day, then the count."""
    engine = connect(settings)
    keyring_of(settings)
    if not settings.log_key.exists():
        checkpoint_once(settings, init=True)
    clients = make_clients(settings, options.phones)
    photos, due, told = [photo(seed) for seed in range(120)], list(moments(options.minutes, options.peak)), Told()
    with served(settings, workers=options.workers) as server, beside(settings):
        start = time.perf_counter() + 1
        threads = [
            threading.Thread(
                target=go_round,
                args=(told, clients[n::SENDERS], photos[n::SENDERS], due[n::SENDERS], start, server.port),
            )
            for n in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - start
    at_the_end = counted(engine, told)["windows_waiting"]
    started, hashed = time.perf_counter(), 0
    while done := hash_windows(settings)["hashed"]:
        hashed += done
    drained = time.perf_counter() - started
    started = time.perf_counter()
    published = checkpoint_once(settings)
    signing = round(time.perf_counter() - started, 1)
    seconds, late = sorted(told.seconds), sorted(told.late)
    found = {
        "visits_due": len(due), "minutes": round(took / 60, 1), "per_second": round(len(seconds) / took, 1),
        "a_day_would_take_minutes": round(DAY / (len(seconds) / took) / 60, 1),
        "p50_seconds": round(seconds[len(seconds) // 2], 3), "p95_seconds": round(seconds[int(len(seconds) * 0.95)], 3),
        "latest_start_seconds": round(late[-1], 1), "sent_again": told.again, "refused": told.refused[:3],
        **counted(engine, told), "windows_waiting_at_the_end": at_the_end,
        "windows_per_second": round(hashed / drained, 1) if hashed else None,
        "last_checkpoint": {"added": published.added, "seconds": signing, "findings": len(published.findings)},
    }  # fmt: skip
    engine.dispose()
    return found


def main() -> int:
    """Play and print; 1 when an acknowledged visit is missing anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--peak", type=float, default=25)
    parser.add_argument("--phones", type=int, default=320)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with installations(options) as found:
        told = {name: play(settings, options) for name, settings in found.items()}
    print(json.dumps(told, ensure_ascii=False, indent=2))
    return int(
        any(
            len({t["acknowledged"], t["in_the_register_once"], t["in_the_trail_under_its_leaf"]}) > 1
            for t in told.values()
        )
    )


if __name__ == "__main__":
    raise SystemExit(main())
