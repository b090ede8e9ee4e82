"""Watched rows as the gate needs them: their values, kept for a minute, and the alarm when one is seen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from flask import current_app

from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.publishing.canaries.actions import record_sightings
from portal.publishing.canaries.queries import How, Watched, list_watched, marks_of
from portal.publishing.gate import Finding, Kind
from portal.web.sessions import database, installation, short_write

FRESH_SECONDS: Final = 60
_KEPT: Final = "portal.watched"
ACTOR: Final = "system:gate"


def forget() -> None:
    """Read the rows anew at the next question (after planting, in tests)."""
    current_app.extensions.pop(_KEPT, None)


def values() -> tuple[str, ...]:
    """Every value that must not leave; none where the app stands alone (tests of the gate itself)."""
    return tuple(value for row in _rows() for value in row.values)


def _rows() -> list[Watched]:
    if "portal.installation" not in current_app.extensions:
        return []
    kept = current_app.extensions.get(_KEPT)
    if kept is None or time.monotonic() - kept[0] > FRESH_SECONDS:
        kept = (time.monotonic(), list_watched(database(), installation().keyring))
        current_app.extensions[_KEPT] = kept
    rows: list[Watched] = kept[1]
    return rows


def alarm(found: Iterable[Finding], how: How, place: str, request_no: str) -> None:
    """A watched row was on its way out, or was asked for: write it down and tell the inspectors at once."""
    marks = marks_of(_rows())
    seen = {marks[f.excerpt] for f in found if f.kind is Kind.CANARY and f.excerpt in marks}
    if not seen:
        return
    with short_write() as session:
        record_sightings(session, seen, how, place, ACTOR, request_no)
        refresh_rule(session, "S07", as_of=today_cn(), actor=ACTOR)
