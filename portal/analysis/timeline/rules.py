"""What a timeline is made of, and its order: the latest day first, within a day by kind, within a kind by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.kernel.errors import BadInput
from portal.kernel.keyset import Key, Start


class Kind(StrEnum):
    """种类 of what happened. Their order is that of one day, the last first."""

    STATUS = "状态"
    STEP = "程序"
    RECONFIRM = "重新确认"
    PAYMENT = "资金"
    INCOME = "收入"
    VISIT = "走访"
    NEED = "帮扶需求"
    REQUEST = "求助申报"
    ANSWER = "本户回应"
    LEAD = "比对结果"


RANK: Final[Mapping[Kind, int]] = {kind: place for place, kind in enumerate(Kind, 1)}


@dataclass(frozen=True)
class Item:
    """One thing that happened, as the register has it. Only `disclosure` hands it on.

    `what`: the trade's word for it; `state`: how it stands or ended; `source`: from which office or unit; `person`: who,
    by name; `number`: what addresses call it; `more`: what only some may see.
    """

    on: date
    kind: Kind
    id: int
    number: str
    what: str
    state: str = ""
    amount_fen: int | None = None
    source: str = ""
    person: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    is_confidential: bool = False

    @property
    def key(self) -> Key:
        """Its place in the order."""
        return (self.on.isoformat(), RANK[self.kind], self.id)


def in_order(items: Iterable[Item]) -> list[Item]:
    """The latest first."""
    return sorted(items, key=lambda item: item.key, reverse=True)


def beside(items: Iterable[Item], start: Start | None) -> list[Item]:
    """Those after a place in the order, or (going back) up to it."""
    ordered = in_order(items)
    if start is None:
        return ordered
    at = place_of(start)
    return [item for item in ordered if (item.key >= at if start.back else item.key < at)]


def place_of(start: Start) -> tuple[str, int, int]:
    """The place that an address names; BadInput for anything else."""
    match start.key:
        case (str() as day, int() as rank, int() as number):
            return day, rank, number
    raise BadInput("这个翻页地址读不出来", why="地址可能被截断了", fix="从列表第一页重新翻", code="bad_cursor")


def page_of(items: Iterable[Item], start: Start | None, limit: int) -> list[Item]:
    """The nearest `limit` of what the sources gave, on the side that was asked for."""
    found = beside(items, start)
    return found[-limit:] if start is not None and start.back else found[:limit]
