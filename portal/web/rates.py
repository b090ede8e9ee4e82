"""How often somebody may ask: one bucket of tokens for each name, refilled steadily. Kept in memory, per process.

It stops a phone that has run wild and a script that guesses, not a flood; whoever is stopped is told for how long.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, current_app

from portal.kernel.errors import ProductError

_KEPT: Final = "portal.rates"
_MOST_NAMES: Final = 50_000


class TooManyRequests(ProductError):
    """The bucket is empty; `retry_after` seconds fill it enough."""

    status = 429
    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__("请求太频繁", why="这部手机短时间内发得太多", fix="过一会儿自动再试；没发出的内容不会丢")
        self.retry_after = seconds


@dataclass(frozen=True)
class Rate:
    """A bucket: how many at once, and how many more each second."""

    name: str
    burst: float
    per_second: float


@dataclass
class Rates:
    """The buckets of this process."""

    levels: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    off: bool = False

    def take(self, rate: Rate, who: str, now: float) -> float:
        """Take one token; returns 0, or the seconds until there is one."""
        with self.lock:
            level, at = self.levels.pop((rate.name, who), (rate.burst, now))  # what is used last stands last
            level = min(rate.burst, level + max(0.0, now - at) * rate.per_second)
            self._make_room()
            if level < 1:
                self.levels[rate.name, who] = (level, now)
                return (1 - level) / rate.per_second
            self.levels[rate.name, who] = (level - 1, now)
            return 0.0

    def _make_room(self) -> None:
        """Forget the names that were used longest ago, never what holds for all: a flood of names lifts no limit."""
        if len(self.levels) >= _MOST_NAMES:
            oldest = [key for key in self.levels if key[1]][: _MOST_NAMES // 4]
            for key in oldest:
                del self.levels[key]

    def give_back(self, rate: Rate, who: str) -> None:
        """Return a token that was taken for nothing."""
        with self.lock:
            level, at = self.levels.get((rate.name, who), (rate.burst, 0.0))
            self.levels[rate.name, who] = (min(rate.burst, level + 1), at)


def install(app: Flask) -> None:
    """Give an application its buckets (factory)."""
    app.extensions[_KEPT] = Rates()


def rates(app: Flask | None = None) -> Rates:
    """The buckets of an application (the present one)."""
    kept: Rates = (app or current_app).extensions[_KEPT]
    return kept


def take(rate: Rate, who: str) -> None:
    """Take one token of somebody's bucket; TooManyRequests when it is empty."""
    buckets = rates()
    if buckets.off:
        return
    wait = buckets.take(rate, who, time.monotonic())
    if wait:
        raise TooManyRequests(math.ceil(wait))


class TooOften(ProductError):
    """Somebody guesses; `retry_after` seconds help. Told, never slept."""

    status = 429
    code = "too_often"

    def __init__(self, seconds: float) -> None:
        super().__init__("试得太多了", why="连续输错，这个编号要等一等", fix="过一会儿再试，或者打电话问")
        self.retry_after = math.ceil(seconds)


def wait_for(rate: Rate, who: str) -> float:
    """Take one token of somebody's bucket; the seconds to wait when it is empty, else 0."""
    buckets = rates()
    return 0.0 if buckets.off else buckets.take(rate, who, time.monotonic())


def give_back(rate: Rate, who: str) -> None:
    """Return somebody's token: a right guess is none."""
    rates().give_back(rate, who)
