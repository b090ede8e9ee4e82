"""Decisions on pairings taken together: how many at once, how many are allowed, what a hand-over does to each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.kernel.errors import Refused
from portal.registers.corrections import MIN_REASON
from portal.registers.helpers.rules import is_in_force

LIMIT: Final = "helper_max_households"
MOST_AWAY: Final = timedelta(days=92)
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """From which day to which a pairing is in force; without an end until further notice."""

    started_on: date
    ended_on: date | None = None

    def meets(self, other: Span) -> bool:
        """Whether there is a day on which both are in force."""
        ends_before = self.ended_on is not None and self.ended_on < other.started_on
        begins_after = other.ended_on is not None and other.ended_on < self.started_on
        return not (ends_before or begins_after)

    def beyond(self, other: Span) -> list[Span]:
        """The days, as spans, on which it is in force and the other, which it meets, is not."""
        found = []
        if self.started_on < other.started_on:
            found.append(Span(self.started_on, other.started_on - ONE_DAY))
        if other.ended_on is not None and (self.ended_on is None or self.ended_on > other.ended_on):
            found.append(Span(other.ended_on + ONE_DAY, self.ended_on))
        return found


def most_at_once(spans: Iterable[Span], within: Span) -> int:
    """The most of these spans that are in force on one day of another span."""
    near = [span for span in spans if span.meets(within)]
    days = {max(span.started_on, within.started_on) for span in near}
    return max((sum(is_in_force(s.started_on, s.ended_on, day) for s in near) for day in days), default=0)


@dataclass(frozen=True)
class Load:
    """户数: how many households a helper has at once now and would have; `limit` None: the place has set none."""

    helper_no: str
    helper_name: str
    before: int
    after: int
    limit: int | None

    @property
    def is_over(self) -> bool:
        """More than the place allows, and more than before: who is over already may keep what he has."""
        return self.limit is not None and self.after > self.limit and self.after > self.before


def load_refusal(loads: Iterable[Load], beyond_why: str) -> None:
    """Refuse to go beyond the limit of the place without a reason of its own (helper_max_households)."""
    over = [load for load in loads if load.is_over]
    if over and len(beyond_why.strip()) < MIN_REASON:
        worst = max(over, key=lambda load: load.after - (load.limit or 0))
        raise Refused(
            "超过了当地规定的每人帮扶户数",
            why=f"{worst.helper_name} 将有 {worst.after} 户，当地上限 {worst.limit} 户",
            fix="换一名帮扶人，或写明超过上限的理由",
            code="over_limit",
        )


def reason_beyond(why: str, beyond_why: str) -> str:
    """The reason of an act that went beyond the limit, as the trail keeps it."""
    return f"{why}；超过户数上限的理由：{beyond_why.strip()}"


class Move(StrEnum):
    """What a hand-over does to the old pairing: 到前一天结束, or 撤销 where it would only have begun later."""

    ENDS = "结束"
    NEVER_BEGINS = "撤销"


def move_of(span: Span, first_day: date) -> tuple[Move, Span]:
    """How one pairing is handed over: what becomes of the old one, and from when to when the new one is in force.

    The old one is in force until the day before. One that began on that day or later was never in force before it: it
    is taken out, and the other helper has it from its own first day.
    """
    if span.started_on >= first_day:
        return Move.NEVER_BEGINS, span
    return Move.ENDS, Span(first_day, span.ended_on)


def hand_over_problem(
    helper_id: int, open_ids: Collection[int], shares: Mapping[int, int], first_day: date, today: date
) -> None:
    """Refuse a hand-over that would leave a pairing to nobody, give it to the same helper, or lie far from today."""
    if not open_ids:
        raise Refused("这名帮扶人没有要交接的结对", fix="已经交接完的，看接手人的页面")
    missing = set(open_ids) - set(shares)
    if missing:
        raise Refused(f"还有 {len(missing)} 条结对没有说交给谁", fix="每一条都选好接手的人，一户也不能落下")
    if set(shares) - set(open_ids):
        raise Refused("有的结对已经不在这名帮扶人名下", why="可能刚被别人改过", fix="重新打开交接页面再核对一次")
    if helper_id in shares.values():
        raise Refused("不能交给本人", fix="填另一名帮扶人的编号")
    if abs(first_day - today) > MOST_AWAY:
        raise Refused("交接日期离今天太远", why="前后不超过三个月", fix="核对年份和月份")
