"""柳荫村 told by hand: the village of the guided tour, whose figures of the as-of year read well on a page.

Its six projects received 170.6 万元; 27.9 万元 meant for it still lie in three accounts, 18.6 of them for 63 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class WillowProject:
    """One project of the village: how much arrived (yuan), how many of the eight dated stages are reached."""

    name: str
    kind: str
    letters: str
    yuan: int
    reached: int
    last_ago: int  # days since the newest stage
    due_in: int
    progress: int
    responsible: str
    households: int
    village: str = "320826114205"


WILLOW: Final = (
    WillowProject("冷链分拣中心", "产业", "XJCY", 465_000, 7, 9, -14, 100, "许建平", 66),
    WillowProject("通组道路2.1公里", "基础设施", "XJJC", 375_000, 6, 205, 40, 72, "孙志国", 128),
    WillowProject("灌溉渠清淤衬砌", "基础设施", "XJJC", 322_000, 8, 6, -40, 100, "孙志国", 141),
    WillowProject("稻虾共作基地二期", "产业", "XJCY", 304_000, 6, 195, 65, 55, "许建平", 52),
    WillowProject("村级光伏电站", "产业", "SHBF", 160_000, 8, 74, -110, 100, "周永福", 46),
    WillowProject("活动中心修缮", "公共服务", "SHBF", 80_000, 8, 60, -90, 100, "周永福", 198),
)
"""到账 46.5 + 37.5 + 32.2 + 30.4 + 16.0 + 8.0 = 170.6 万元."""

WAITING: Final = (("XJCY", 186_000, 63, True), ("XJCY", 65_000, 22, False), ("XJJC", 28_000, 12, False))
"""Money for the village that waits: kind, yuan, days, and whether the township (else the county's department) has it."""
