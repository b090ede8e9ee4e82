"""Wrong codes for receipts that exist and for such that do not, in turn: the answers must take the same time.

    python -m tests.benchmarks.bench_codes [--asks 3000] [--slow 60] [--database sqlite|postgresql|both]

Bar: medians less than 2 ms apart, and Mann-Whitney finds no difference (p > 0.01). `--asks` of each with a cheap hash, which
hides nothing of the rest; `--slow` of each with the real one. Limits are off: with them nobody asks that often.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import numpy as np
from flask import Flask
from flask.testing import FlaskClient

from portal.factory import create_app
from portal.kernel.database import now_utc, writing
from portal.oversight.complaints.actions import add_message
from portal.settings import Settings
from portal.web.rates import rates
from tests.benchmarks.bench_flood import installations
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import arrive

BARS: Final = {"medians_apart_ms": 2.0, "mann_whitney_p": 0.01}
RECEIPTS: Final = 200


def receipts(app: Flask) -> list[str]:
    """Complaints with some talk, as they lie there after a while."""
    found = []
    with writing(app.extensions["portal.installation"].engine) as session:
        for n in range(RECEIPTS):
            row = arrive(session)
            found.append(row.locator)
            for _ in range(n % 4):
                add_message(session, row, "请问什么时候有答复？", now_utc())
    return found


def unknown() -> str:
    """A locator that nobody has."""
    return "Z" + "".join(random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=7))


def in_turn(client: FlaskClient, known: Sequence[str], asks: int) -> tuple[list[float], list[float]]:
    """Milliseconds of wrong codes for known and for unknown receipts, one after the other, the first of each pair by chance."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(asks + 20):
        pair = [(0, random.choice(known)), (1, unknown())]
        random.shuffle(pair)
        for which, locator in pair:
            code = f"{random.randrange(10**16):016d}"
            began = time.perf_counter()
            answer = client.post(f"/report/{locator}", data={"code": code})
            spent = (time.perf_counter() - began) * 1000
            assert answer.status_code == 404
            if number >= 20:  # the first ones warm everything up
                took[which].append(spent)
    return took


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """Two-sided p by the normal approximation; ties do not occur among clock readings."""
    ranks = np.argsort(np.argsort(np.array([*one, *other]))) + 1
    n, m = len(one), len(other)
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    return math.erfc(abs(u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12) / math.sqrt(2))


def measure(settings: Settings, asks: int, *, cheap: bool) -> dict[str, Any]:
    """Both kinds of asks on one database."""
    app = create_app(settings)
    rates(app).off = True
    with ExitStack() as stack:
        known = receipts(app)
        if cheap:
            stack.enter_context(cheap_hashes())
        wrong, none = in_turn(app.test_client(), known, asks)
    app.extensions["portal.installation"].engine.dispose()
    medians = statistics.median(wrong), statistics.median(none)
    return {
        "asks_of_each": asks, "wrong_code_ms": round(medians[0], 3), "unknown_ms": round(medians[1], 3),
        "medians_apart_ms": round(abs(medians[0] - medians[1]), 3),
        "mann_whitney_p": round(mann_whitney(wrong, none), 3),
    }  # fmt: skip


def main() -> int:
    """Measure and print, with the bars beside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=3000)
    parser.add_argument("--slow", type=int, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options = parser.parse_args()
    with installations(options.database) as found:
        for name, settings in found.items():
            told = {"database": name, "bars": BARS, "cheap_hash": measure(settings, options.asks, cheap=True)}
            told["real_hash"] = measure(settings, options.slow, cheap=False)
            print(json.dumps(told, ensure_ascii=False, indent=2), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
