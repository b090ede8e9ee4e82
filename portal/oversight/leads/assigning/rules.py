"""How many leads one act may take, and what it may be done to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from portal.kernel.errors import BadInput, Refused
from portal.oversight.leads.models import LeadStatus

MOST: Final = 500
ENDED: Final = frozenset({LeadStatus.SETTLED, LeadStatus.CLOSED})
FOREVER: Final = date(9999, 12, 30)
"""Put off until it gets worse, and not before."""
MOST_SNOOZE_DAYS: Final = 366


def read_numbers(numbers: Sequence[str]) -> list[str]:
    """The numbers of an act, each once; BadInput for none or too many."""
    told = list(dict.fromkeys(number.strip() for number in numbers if number.strip()))
    if not told:
        raise BadInput("一条也没有选", fix="先勾选要办的疑点", code="nothing_chosen")
    if len(told) > MOST:
        raise BadInput(f"一次最多办 {MOST} 条", why=f"选了 {len(told)} 条", fix="分几次办", code="too_many")
    return told


def check_work(status: str) -> None:
    """Nobody gives away or puts off what has ended."""
    if status in ENDED:
        raise Refused("选中的里面有已经了结的疑点", fix="刷新清单，去掉已了结的再办", code="ended")


def check_until(until: date, today: date) -> None:
    """A day to come, within a year."""
    if until != FOREVER and not 0 < (until - today).days <= MOST_SNOOZE_DAYS:
        raise BadInput("暂存到哪天不对", why="要在明天以后、一年以内", fix="改日期，或选“变重了再看”", code="bad_day")
