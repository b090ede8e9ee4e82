"""The true sentence on top of a money page, from the same numbers as its picture."""

from __future__ import annotations

from dataclasses import dataclass

from portal.registers.funds.flow import FlowSummary
from portal.registers.funds.flows.rules import say
from portal.web.language import ENGLISH, current_language
from portal.web.language import gettext as _


@dataclass(frozen=True)
class Sentence:
    """`2026 年柳荫村收到 312.4 万元，91% 已到项目或农户，27.9 万元还在账上，最久 63 天。`"""

    opening: str
    received: int
    reached: str
    held: int
    returned: int
    days: int | None
    nothing: str = ""  # the whole sentence where no money is recorded: that is not the same as none received


def sentence(summary: FlowSummary, year: int, place: str) -> Sentence:
    """The clauses of a picture's figures. The share is cut downwards: never more than is true."""
    whole, tenth = divmod(summary.reached_permille, 10)
    return Sentence(
        opening=opening(year, place),
        received=summary.received_fen,
        reached=f"{whole}.{tenth}%" if tenth else f"{whole}%",
        held=summary.held_fen,
        returned=summary.returned_fen,
        days=summary.longest_days if summary.held_fen > 0 else None,
        nothing="" if summary.received_fen or summary.held_fen else plain_sentence(summary, year, place),
    )


def opening(year: int, place: str) -> str:
    """`2026 年柳荫村收到`; a name that says its year already keeps it once."""
    if place.startswith(str(year)):
        return str(_("%(place)s收到", place=place))
    return str(_("%(year)s 年%(place)s收到", year=year, place=place))


def plain_sentence(summary: FlowSummary, year: int, place: str) -> str:
    """The same as plain text, as the register says it."""
    return say(summary, None if place.startswith(str(year)) else year, place, english=current_language() == ENGLISH)
