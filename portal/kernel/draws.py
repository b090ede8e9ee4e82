"""Random draws 随机抽查 that anybody can repeat: population digest, ratio and seed give the sample, and nothing else does.

Each member's lot is SHA-256 of `yangguang/draw/v1`, the seed, the population's digest and the member, a line feed between
them; the smallest lots are drawn. So neither the order of a list nor a library's random numbers matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

DOMAIN: Final = "yangguang/draw/v1"


@dataclass(frozen=True)
class Drawn:
    """A draw: digest and size of the population, share in per cent, seed, and who was drawn, in the order of the lots."""

    population_sha256: str
    population: int
    per_cent: Decimal
    seed: str
    sample: tuple[str, ...]


def population_digest(members: Iterable[str]) -> str:
    """SHA-256 (hexadecimal) of the members, sorted by their bytes, each once, each on a line. Raises ValueError for a line feed."""
    found = hashlib.sha256(f"{DOMAIN}\n".encode())
    for member in _in_order(members):
        found.update(f"{member}\n".encode())
    return found.hexdigest()


def sample_size(population: int, per_cent: Decimal) -> int:
    """How many are drawn: the share rounded up (至少一个), so that a small place is not left out. Raises ValueError."""
    if not 0 <= per_cent <= 100:
        raise ValueError("a share lies between 0 and 100 per cent")
    return int((population * per_cent / 100).to_integral_value(ROUND_CEILING))


def lot(seed: str, population_sha256: str, member: str) -> str:
    """A member's lot in a draw (hexadecimal)."""
    return hashlib.sha256("\n".join((DOMAIN, seed, population_sha256, member)).encode()).hexdigest()


def draw(members: Iterable[str], per_cent: Decimal, seed: str) -> Drawn:
    """Draw a share of the members. The same members, share and seed give the same sample on every machine."""
    if not seed or "\n" in seed:
        raise ValueError("a seed is one line of text")
    known = _in_order(members)
    digest = population_digest(known)
    lots = sorted((lot(seed, digest, member), member) for member in known)
    sample = tuple(member for _, member in lots[: sample_size(len(known), per_cent)])
    return Drawn(digest, len(known), per_cent, seed, sample)


def _in_order(members: Iterable[str]) -> list[str]:
    known = sorted(set(members), key=str.encode)
    if any("\n" in member for member in known):
        raise ValueError("a member is one line of text")
    return known
