"""Decisions on proposed parameters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.divisions.parameters.proposals.models import ProposalState

DATES: Final = frozenset({"valid_from", "valid_to"})


def decision_problem(state: str, proposed_by: str, actor: str) -> None:
    """Refuse to decide what is decided, and to approve what one has proposed oneself."""
    if state != ProposalState.WAITING:
        raise Refused("这项改动已经处理过", why=f"它的状态是“{state}”", fix="刷新页面")
    if proposed_by == actor:
        raise Refused(
            "改参数要两个人", why="这项改动是您提出的", fix="请另一位有复核权限的同事处理", code="same_person"
        )


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a proposal keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the parameter takes them."""
    return {name: date.fromisoformat(v) if name in DATES and v else v for name, v in values.items()}
