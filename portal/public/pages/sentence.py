"""The true sentence on top of a money page, from the same numbers as its picture."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.registers.funds.flow import FlowSummary
from portal.web.filters import share


@dataclass(frozen=True)
class Sentence:
    """`2026 年柳荫村收到 312.4 万元，91% 已到项目或农户，27.9 万元还在账上，最久 63 天。`"""

    opening: str
    after: str
    received: int
    reached: str
    held: int
    returned: int
    days: int | None


def sentence(summary: FlowSummary, year: int, place: str) -> Sentence:
    """The clauses of a picture's figures. The share is of what was received and not sent back."""
    net = summary.received_fen - summary.returned_fen
    return Sentence(
        opening=_("%(year)s 年%(place)s收到", year=year, place=place),
        after=_("帮扶资金"),
        received=summary.received_fen,
        reached=share(summary.paid_fen, net),
        held=summary.held_fen,
        returned=summary.returned_fen,
        days=summary.longest_days if summary.held_fen > 0 else None,
    )
