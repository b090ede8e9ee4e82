"""What decides every value of the demonstration: scale, seed and as-of date."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

YEARS_BACK: Final = 4
"""The demonstration covers the as-of year and this many before it."""

LIANSHUI: Final = "320826"


@dataclass(frozen=True)
class Scale:
    """How much of everything: sizes of one scale."""

    name: str
    counties: tuple[str, ...]
    townships: tuple[str, ...] | None  # None: all of the counties
    villages: int
    households: int
    helpers: int
    programmes: int
    projects: int
    weak_villages: int
    rows_a_file: int  # a file of payments covers as many months as fit
    has_city: bool = False


SCALES: Final = {
    "village": Scale("village", (LIANSHUI,), ("320826114000",), 3, 200, 60, 40, 12, 1, 100_000),
    "county": Scale("county", (LIANSHUI,), None, 136, 12_000, 4_000, 60, 72, 30, 200_000),
    "city": Scale(
        "city",
        ("320803", "320804", "320812", "320813", "320826", "320830", "320831", "320871"),
        None,
        1_412,
        87_600,
        46_000,
        153,
        514,
        260,
        250_000,
        has_city=True,
    ),
}


@dataclass(frozen=True)
class Plan:
    """One demonstration: equal plans make equal tables."""

    scale: Scale
    seed: int
    as_of: date

    @property
    def years(self) -> range:
        """The years covered, the as-of year last."""
        return range(self.as_of.year - YEARS_BACK, self.as_of.year + 1)

    def rng(self, label: str) -> np.random.Generator:
        """A generator of its own for each part: adding a draw in one part leaves all others alone."""
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(label.encode())]))


def make_plan(scale: str, seed: int, as_of: date) -> Plan:
    """The plan of a named scale; KeyError on an unknown one."""
    return Plan(SCALES[scale], seed, as_of)
