"""Letting in whoever needs no account, and not a flood: a proof of work (ALTCHA), limits, and a slower queue.

A browser with scripts solves a one-time challenge while its owner fills in the form; how hard it is follows the load.
Without a solution nobody is refused: the message goes into the slower queue. What comes beyond the capacity is told when
to come again (429) before anything costly is done: each class of message (solved as hard as is asked now, solved in
quieter times, not solved) has a capacity of its own, so that none takes another's place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from altcha import v1
from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.accounts.challenges.actions import spend_challenge
from portal.accounts.challenges.queries import is_spent
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.trail.leaves import next_half_day
from portal.web.networks import network_mark
from portal.web.rates import Rate, rates
from portal.web.sessions import database, installation

FIELD: Final = "altcha"
"""The form field that carries the solution."""
LIFE: Final = timedelta(hours=1)
EASIEST: Final = 1 << 19
HARDEST: Final = 1 << 21
"""Largest number of a challenge: 2^18 to 2^20 hashes on the average."""
BUSY_A_MINUTE: Final = 20
"""From this many messages a minute the work doubles, from four times as many it doubles again."""
COUNTED_MOST: Final = 1000
"""No more messages of a minute than this are counted: the work is as hard as it gets long before."""
GRACE: Final = 1
"""Work that is one step easier than what is asked now was asked when the page was opened: it has more room than still easier."""
AT_ONCE: Final = 4
GRACED_AT_ONCE: Final = 2
EASIER_AT_ONCE: Final = 1
SLOW_AT_ONCE: Final = 1
"""How many of a class a process works on at the same time: what waits behind them would wait longer than two seconds."""
AGAIN_SECONDS: Final = 2.0
SLOW_STEP: Final = timedelta(minutes=10)
SLOWEST: Final = timedelta(hours=24)
_KEPT: Final = "portal.proof_of_work"
_NEEDED: Final = ("algorithm", "challenge", "number", "salt", "signature")


class Crowded(ProductError):
    """More than can be taken now; `retry_after` seconds help. Nothing was written, what was typed is still on the page."""

    status = 429
    code = "crowded"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            "现在提交的人太多，还没有收到您的内容",
            why="填的内容还在这一页",
            fix="等一会儿再按一次提交；急事请直接打电话",
        )
        self.retry_after = max(1, math.ceil(seconds))


@dataclass(frozen=True)
class Gate:
    """The limits of one kind of message: for one network and for all together, with proof and in the slower queue."""

    purpose: str
    network: Rate
    network_slow: Rate
    network_counted: Rate
    all_worked: Rate
    all_graced: Rate
    all_easier: Rate
    all_slow: Rate


def gate_of(purpose: str, *, per_second: float = 2.0) -> Gate:
    """The usual limits of a purpose. `per_second`: how many this process takes steadily, with proof."""
    return Gate(
        purpose,
        Rate(f"{purpose}.network", 20, 1 / 30),
        Rate(f"{purpose}.network.slow", 5, 1 / 120),
        Rate(f"{purpose}.network.counted", BUSY_A_MINUTE / 2, BUSY_A_MINUTE / 120),
        Rate(f"{purpose}.worked", 30 * max(1.0, per_second / 2), per_second),
        Rate(f"{purpose}.graced", 10, per_second / 4),
        Rate(f"{purpose}.easier", 5, per_second / 10),
        Rate(f"{purpose}.slow", 20, per_second / 10),
    )


@dataclass(frozen=True)
class Proof:
    """A right solution: what it is spent under, when it runs out anyway, and how hard it was (0 to 2)."""

    digest: bytes
    expires_at: datetime
    level: int


@dataclass(frozen=True)
class Admission:
    """Let in: with a proof that is to be spent, or into the slower queue with its delay."""

    proof: Proof | None
    delay: timedelta

    @property
    def is_slow(self) -> bool:
        """True for the slower queue."""
        return self.proof is None


@dataclass
class Load:
    """What came in lately, in this process: how hard the work is and how slow the slower queue follow it."""

    arrivals: dict[Hashable, float] = field(default_factory=dict)
    slow: deque[float] = field(default_factory=deque)
    at_work: dict[str, int] = field(default_factory=dict)
    digests: set[bytes] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self, now: float, digest: bytes | None = None) -> None:
        """One more message, whether it is let in or not; a proof counts once."""
        with self.lock:
            self.arrivals.setdefault(digest or object(), now)
            self._forget_arrivals(now)

    def queue(self, now: float) -> int:
        """One more in the slower queue; returns how many came there within the hour."""
        with self.lock:
            self.slow.append(now)
            while self.slow[0] < now - 3600:
                self.slow.popleft()
            return len(self.slow)

    def level(self, now: float) -> int:
        """How hard the work is: 0 in quiet times, 2 in a flood."""
        with self.lock:
            self._forget_arrivals(now)
            recent = len(self.arrivals)
        return (recent >= BUSY_A_MINUTE) + (recent >= 4 * BUSY_A_MINUTE)

    def largest_number(self, now: float) -> int:
        """How far a challenge counts at most: 2^19 in quiet times, 2^21 in a flood."""
        return _largest(self.level(now))

    def _forget_arrivals(self, now: float) -> None:
        while self.arrivals and (len(self.arrivals) > COUNTED_MOST or next(iter(self.arrivals.values())) < now - 60):
            del self.arrivals[next(iter(self.arrivals))]

    @contextmanager
    def working(self, name: str, most: int, digest: bytes | None) -> Iterator[None]:
        """Room for one message of a class while it is worked on; Crowded without. A proof is at work once at a time."""
        with self.lock:
            if self.at_work.get(name, 0) >= most or digest in self.digests:
                raise Crowded(AGAIN_SECONDS)
            self.at_work[name] = self.at_work.get(name, 0) + 1
            if digest is not None:
                self.digests.add(digest)
        try:
            yield
        finally:
            with self.lock:
                self.at_work[name] -= 1
                self.digests.discard(digest or b"")


def install(app: Flask) -> None:
    """Give an application its load (factory)."""
    app.extensions[_KEPT] = Load()


def load(app: Flask | None = None) -> Load:
    """The load of an application (the present one)."""
    kept: Load = (app or current_app).extensions[_KEPT]
    return kept


def challenge(purpose: str) -> str:
    """A fresh challenge as JSON, for the page that holds the form. It names its purpose and runs out after an hour."""
    level = load().level(time.monotonic())
    made = v1.create_challenge(
        v1.ChallengeOptions(
            max_number=_largest(level),
            salt_length=20,  # longer than a block of SHA-256 with what follows: each try is one block of work
            hmac_key=_key(),
            expires=datetime.now(UTC) + LIFE,
            params={"purpose": purpose, "level": str(level)},
        )
    )
    values = {
        "algorithm": made.algorithm, "challenge": made.challenge, "maxnumber": made.max_number, "salt": made.salt,
        "signature": made.signature,
    }  # fmt: skip
    return orjson.dumps(values).decode()


def _largest(level: int) -> int:
    return (EASIEST, EASIEST * 2, HARDEST)[level]


def admit(gate: Gate, solution: str) -> Admission:
    """Let a message in, or say when to come again (Crowded). Cheap: two hashes and a few buckets, nothing is written.

    A solution that is missing, wrong, used, too old or made for another purpose leads into the slower queue.
    """
    return _let_in(gate, _arrived(gate, solution))


@contextmanager
def admitted(gate: Gate, solution: str) -> Iterator[Admission]:
    """`admit` for what costs a slow hash: room for it as well, until the block ends. Raises Crowded before the block."""
    proof = _arrived(gate, solution)
    room, most = _room_for(proof)
    with load().working(f"{gate.purpose}.{room}", most, proof.digest if proof is not None else None):
        yield _let_in(gate, proof)


def _room_for(proof: Proof | None) -> tuple[str, int]:
    """The room of a message's class, and how many of it are worked on at once."""
    if proof is None:
        return "slow", SLOW_AT_ONCE
    lacking = load().level(time.monotonic()) - proof.level
    if lacking <= 0:
        return "worked", AT_ONCE
    return ("graced", GRACED_AT_ONCE) if lacking <= GRACE else ("easier", EASIER_AT_ONCE)


def _arrived(gate: Gate, solution: str) -> Proof | None:
    """What a message proves. It is counted also when there is no room for it: how hard the work is follows what comes.

    Of one network only as many are counted as cannot make the work harder for everybody.
    """
    proof, buckets, now = _proven(gate.purpose, solution), rates(), time.monotonic()
    if buckets.off or not buckets.take(gate.network_counted, network_mark(), now):
        load().arrive(now, proof.digest if proof is not None else None)
    return proof


def _let_in(gate: Gate, proof: Proof | None) -> Admission:
    who, now = network_mark(), time.monotonic()
    if proof is None:
        _take(gate.network_slow, who)
        _take(gate.all_slow, "")
        return Admission(None, min(SLOWEST, SLOW_STEP * load().queue(now)))
    _take(gate.network, who)
    lacking = load().level(now) - proof.level
    _take(gate.all_worked if lacking <= 0 else gate.all_graced if lacking <= GRACE else gate.all_easier, "")
    return Admission(proof, timedelta(0))


def spend(session: Session, admission: Admission) -> Admission:
    """Use the proof up in the transaction of the message. One that was used before leads into the slower queue.

    What is kept says the half-day in which the challenge ran out, no more.
    """
    proof = admission.proof
    if proof is None or spend_challenge(session, proof.digest, next_half_day(proof.expires_at), now_utc()):
        return admission
    return Admission(None, SLOW_STEP)


def _take(rate: Rate, who: str) -> None:
    buckets = rates()
    if not buckets.off and (wait := buckets.take(rate, who, time.monotonic())):
        raise Crowded(wait)


def _key() -> bytes:
    return installation().keyring.derived("yangguang proof of work", 32)


def _proven(purpose: str, solution: str) -> Proof | None:
    """What a right solution proves; None for every other one, and for one that was used before."""
    payload = _read(solution)
    if payload is None or not v1.verify_solution(payload, _key())[0]:
        return None
    params = v1.extract_params(payload)
    level = params.get("level", ["0"])
    if params.get("purpose") != [purpose] or len(params.get("expires", ())) != 1 or level not in (["0"], ["1"], ["2"]):
        return None
    digest = hashlib.sha256(payload["signature"].encode()).digest()
    if is_spent(database(), digest):
        return None
    return Proof(digest, datetime.fromtimestamp(int(params["expires"][0]), UTC), int(level[0]))


def _read(solution: str) -> Any | None:
    if not solution or len(solution) > 2000:
        return None
    try:
        payload = orjson.loads(base64.b64decode(solution, validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(payload, Mapping) or set(payload) != set(_NEEDED):
        return None
    words = all(isinstance(payload[name], str) for name in _NEEDED if name != "number")
    return payload if words and type(payload["number"]) is int and payload["algorithm"] == "SHA-256" else None
