"""Decisions on check-ins: the life of one, who may judge, what is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.kernel.errors import Refused
from portal.kernel.geo import Datum, Point, convert
from portal.registers.helpers.check_ins.models import State

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.ACCEPTED: frozenset({State.ASKED, State.COUNTED, State.NOT_COUNTED}),
    State.ASKED: frozenset({State.EXPLAINED, State.COUNTED, State.NOT_COUNTED}),
    State.EXPLAINED: frozenset({State.ASKED, State.COUNTED, State.NOT_COUNTED}),
    State.COUNTED: frozenset({State.ASKED, State.NOT_COUNTED}),
    State.NOT_COUNTED: frozenset({State.COUNTED}),
}
"""收到→请说明→已说明→有效或不计. Questions and a household's denial may come late; only a person takes the last step."""

JUDGED: Final = frozenset({State.COUNTED, State.NOT_COUNTED})
MEETS_DUTY: Final = frozenset(set(State) - {State.NOT_COUNTED})
"""States in which a visit meets the duty to visit: being asked takes nothing away."""

_COARSE_E7: Final = 100_000  # a hundredth of a degree: about a kilometre


@dataclass(frozen=True)
class Context:
    """Who sends something and where its files lie: handed to every action of this register."""

    actor: str
    files_dir: Path
    request_id: str | None = None


def may_step(old: State, new: State) -> bool:
    """Whether a check-in may go from one state to another."""
    return new in TRANSITIONS[old]


def step_refusal(old: State, new: State) -> None:
    """Refuse a step that the life of a check-in does not have."""
    if not may_step(old, new):
        raise Refused("这次走访现在不能这样处理", why=f"它的状态是“{STATE_NAMES[old]}”", fix="刷新页面，看它现在的状态")


STATE_NAMES: Final[Mapping[State, str]] = {
    State.ACCEPTED: "已收到",
    State.ASKED: "请本人说明",
    State.EXPLAINED: "已说明",
    State.COUNTED: "有效",
    State.NOT_COUNTED: "不计",
}


def coarse(place: Point) -> tuple[int, int]:
    """A place rounded to about a kilometre (WGS-84, degrees × 10^7): what stays when the point itself is erased."""
    wgs = convert(place, Datum.WGS84)
    return _rounded(wgs.lat_e7), _rounded(wgs.lng_e7)


def _rounded(value: int) -> int:
    return round(value / _COARSE_E7) * _COARSE_E7
