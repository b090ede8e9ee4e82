"""Which lines keep their own sums back, so that no subtraction between lines and places finds under five households. Pure.

A *block* is what the public sees as one sum of a programme and year: a village, or the 其他 of a place. A line's *share* of
a block is what it paid there. A line shows its sums only where each of its blocks is paid by it alone (then its sum is a
sum of blocks, and says nothing new), or where every share of the block, its own and the others', is five households or
more. So no line that is shown touches a block with a small share, and of such a block only the whole is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.registers.funds.payouts.rules import SMALL_CELL

NATION = "0" * 12
Shares = Mapping[str, Mapping[int, int]]  # public place → line → households that the line reached there


def kept_back(shares: Shares) -> set[int]:
    """Lines of a programme and year that may not show their own sums."""

    def is_small(place: str) -> bool:
        if place == NATION:
            return True  # under five households, or one village, in the whole country
        reached = shares[place].values()
        return len(reached) > 1 and min(reached) < SMALL_CELL

    return {line for place, lines in shares.items() if is_small(place) for line in lines}
