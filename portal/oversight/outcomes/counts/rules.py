"""How the count is shown: small years are put together, and what is too small altogether is not said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Chain:
    """问题 → 立案 → 处理 → 追缴 of one year; `year` None: the years whose numbers are too small to stand alone."""

    year: int | None
    problems: int
    cases: int
    persons: int
    sanctioned: int  # of these, by party or administrative sanction
    recovered_fen: int

    def plus(self, other: Chain) -> Chain:
        """Both together, of no year."""
        sums = (getattr(self, name) + getattr(other, name) for name in SUMS)
        return Chain(None, *sums)


SUMS = ("problems", "cases", "persons", "sanctioned", "recovered_fen")


@dataclass(frozen=True)
class PublicCount:
    """What everybody reads: all years together (None: fewer than the smallest cell), and the years that may stand alone."""

    total: Chain | None
    years: Sequence[Chain]
    smallest: int

    @property
    def is_small(self) -> bool:
        """Whether there are some, but too few to say how many."""
        return self.total is None


NOTHING = Chain(None, 0, 0, 0, 0, 0)


def public_count(chains: Sequence[Chain], smallest: int) -> PublicCount:
    """A year stands alone from `smallest` cases on; the others are one line, which draws in one more when it is small itself.

    So nobody finds a small year by subtraction.
    """
    total = NOTHING
    for chain in chains:
        total = total.plus(chain)
    if 0 < total.cases < smallest or (not total.cases and (total.persons or total.recovered_fen)):
        return PublicCount(None, [], smallest)
    alone = [chain for chain in chains if chain.cases >= smallest and not 0 < chain.persons < smallest]
    rest = [chain for chain in chains if chain not in alone]
    while rest and alone and sum(chain.cases for chain in rest) < smallest:
        drawn_in = min(alone, key=lambda chain: chain.cases)
        alone.remove(drawn_in)
        rest.append(drawn_in)
    merged = NOTHING
    for chain in rest:
        merged = merged.plus(chain)
    return PublicCount(total, [*alone, *([merged] if rest else [])], smallest)
