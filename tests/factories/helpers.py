"""Helpers and pairings."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.corrections import Act
from portal.registers.helpers.actions import add_helper, pair
from portal.registers.helpers.models import Helper, Pairing

ACT = Act("user:maker", "县里安排结对")


def make_helper(session: Session, no: str = "B-1", name: str = "王帮扶", **more: Any) -> Helper:
    """A paired cadre."""
    return add_helper(session, {"no": no, "name": name, "kind": "结对干部", **more}, ACT)


def make_pairing(session: Session, helper: Helper, **more: Any) -> Pairing:
    """A pairing from the first day of 2026; give exactly one target."""
    return pair(session, helper.id, {"started_on": date(2026, 1, 1), **more}, ACT)
