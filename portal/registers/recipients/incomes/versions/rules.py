"""Whose an entry is, and when the versions of a year differ.

A helper's: from the phone, or by the name or number of somebody who helps the household, or by a 帮扶单位. All others are
the village's, which keeps the register. The household's own is what it confirmed as the year's total.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PHONE: Final = "phone-"


class Teller(StrEnum):
    """帮扶人, 村, 本户."""

    HELPER = "帮扶人"
    VILLAGE = "村"
    HOUSEHOLD = "本户"


def teller_of(
    content_key: str,
    entered_by: str | None,
    entered_unit: str | None,
    helpers: Collection[str],
    helping_units: Collection[str],
) -> Teller:
    """Whose version an entry belongs to."""
    if content_key.startswith(PHONE) or entered_by in helpers or entered_unit in helping_units:
        return Teller.HELPER
    return Teller.VILLAGE


@dataclass(frozen=True)
class YearVersions:
    """The totals of one year in fen, each None where that version does not exist, and the gap that is let pass."""

    year: int
    helper_fen: int | None
    village_fen: int | None
    household_fen: int | None
    gap_fen: int

    @property
    def known(self) -> list[int]:
        """The versions there are."""
        return [fen for fen in (self.helper_fen, self.village_fen, self.household_fen) if fen is not None]

    @property
    def apart_fen(self) -> int | None:
        """How far the highest and the lowest lie apart; None where there is but one."""
        return max(self.known) - min(self.known) if len(self.known) > 1 else None

    @property
    def differs(self) -> bool:
        """Whether any two differ by more than the gap (I05)."""
        return self.apart_fen is not None and self.apart_fen > self.gap_fen
