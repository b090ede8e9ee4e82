"""滞留: how long money has been held, and what share of what arrived was not paid. Pure.

滞留率 = not paid ÷ arrived, both net of what was taken back (county practice: 46.95 % fell to 1.34 %). F01 asks for a
line older than 60 days with more than 10 % of its net amount unspent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

EDGES: Final = (30, 60, 90)
"""Days: a line is in the bucket of the highest edge it has passed ("older than N days" means from day N+1 on)."""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """What ageing needs of one line, in fen."""

    net_fen: int
    held_fen: int
    received_on: date | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Held money of one age: older than `over` days, up to the next edge. `over` is None where the day is unknown."""

    over: int | None
    lines: int
    held_fen: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Ageing of the held money and the 滞留率."""

    buckets: tuple[Bucket, ...]
    arrived_fen: int
    held_fen: int
    overdrawn_fen: int

    @property
    def rate_basis_points(self) -> int:
        """滞留率 in hundredths of a per cent, rounded half up; 0 where nothing arrived."""
        if self.arrived_fen <= 0:
            return 0
        return (self.held_fen * 20000 + self.arrived_fen) // (2 * self.arrived_fen)


def days_held(received_on: date | None, as_of: date) -> int | None:
    """Whole days since the money arrived; None where nobody wrote the day down."""
    return (as_of - received_on).days if received_on else None


def age_edge(days: int | None) -> int | None:
    """The highest edge that an age has passed: 0, 30, 60 or 90; None for an unknown age."""
    if days is None:
        return None
    return max((edge for edge in EDGES if days > edge), default=0)


def retention(lines: Iterable[HeldLine], as_of: date, arrived_fen: int) -> Retention:
    """Bucket the held money by age. `arrived_fen` is what came in from above, net; lines within would count it twice."""
    sums: dict[int | None, list[int]] = {edge: [0, 0] for edge in (0, *EDGES)}
    overdrawn = 0
    for line in lines:
        if line.held_fen < 0:
            overdrawn -= line.held_fen
        if line.held_fen <= 0:
            continue
        bucket = sums.setdefault(age_edge(days_held(line.received_on, as_of)), [0, 0])
        bucket[0] += 1
        bucket[1] += line.held_fen
    buckets = tuple(Bucket(edge, count, fen) for edge, (count, fen) in sums.items())
    return Retention(buckets, arrived_fen, sum(b.held_fen for b in buckets), overdrawn)


def is_retained(line: HeldLine, as_of: date, *, days: int = 60, share_percent: int = 10) -> bool:
    """F01: older than `days` and more than `share_percent` of the net amount unspent."""
    age = days_held(line.received_on, as_of)
    return age is not None and age > days and line.held_fen * 100 > line.net_fen * share_percent
