"""Decisions on objections: a declared life cycle; who objects says what about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portal.kernel.errors import BadInput, Conflict
from portal.publishing.notices.objections.models import ObjectionState

S = ObjectionState
TRANSITIONS: Final[Mapping[ObjectionState, tuple[ObjectionState, ...]]] = {
    S.RECEIVED: (S.TAKEN_UP,),
    S.TAKEN_UP: (S.UPHELD, S.UNFOUNDED),
    S.UPHELD: (),
    S.UNFOUNDED: (),
}
MOST_TEXT: Final = 2000
MOST_CONTACT: Final = 100
THROUGH: Final = ("网上", "来人", "电话", "书面")


def read_no(text: str) -> str:
    """A number as it was meant: capitals, with its prefix."""
    plain = "".join(char for char in text.upper() if char.isascii() and char.isalnum())[:20]
    return plain if not plain.startswith("YY") else f"YY-{plain[2:]}"


def step_refusal(state: str, wanted: ObjectionState) -> None:
    """Refuse a step that does not follow."""
    if wanted not in TRANSITIONS[ObjectionState(state)]:
        raise Conflict(f"这条异议现在是“{state}”", why="可能别人已经办过", fix="刷新页面")


def text_problem(text: str, contact: str) -> None:
    """Refuse an empty objection, and one that no form takes."""
    if len(text.strip()) < 2:
        raise BadInput("没有写哪里不对", fix="用一两句话写明哪一行、哪里不对", code="text")
    if len(text) > MOST_TEXT or len(contact) > MOST_CONTACT:
        raise BadInput("写得太长", fix="写要紧的；材料可以送到联系电话那里", code="text")
