"""What the sequencer asks before it signs: is the mac right, is every change covered, do the rows' states chain?"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from portal.trail.keys import TrailKeys
from portal.trail.models import ChangeLog, TrailEvent, TrailRow, TrailTable

SHOWN = 200
CHUNK = 500


@dataclass
class Verdicts:
    """What was found in one run. `findings` is the content of a bypass.detected event."""

    good_events: list[Any] = field(default_factory=list)  # rows of trail_events, in the order of n
    bad_events: list[str] = field(default_factory=list)
    good_changes: list[tuple[str, int]] = field(default_factory=list)  # (event id, highest change id)
    bad_changes: list[tuple[str | None, int]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)


def has_valid_mac(keys: TrailKeys, event: Any) -> bool:
    """True when an event was written by the application, not by somebody with SQL rights alone."""
    return hmac.compare_digest(keys.mac(event.leaf, event.openings_hash), event.mac)


def judge_events(keys: TrailKeys, events: Sequence[Any], verdicts: Verdicts) -> None:
    """Sort waiting events by their mac."""
    for event in events:
        if has_valid_mac(keys, event):
            verdicts.good_events.append(event)
        else:
            verdicts.bad_events.append(event.event_id)
            verdicts.findings.append({"what": "event without a valid mac", "event": event.event_id})


def judge_changes(connection: Connection, keys: TrailKeys, verdicts: Verdicts) -> None:
    """Every unjudged line of the change log needs an event of its own transaction: valid mac, not judged before."""
    groups = connection.execute(
        select(ChangeLog.app_event_id, func.max(ChangeLog.id), func.count())
        .where(ChangeLog.verdict.is_(None))
        .group_by(ChangeLog.app_event_id)
        .order_by(func.max(ChangeLog.id))
    ).all()
    for event_id, highest, count in groups:
        event = connection.execute(select(TrailEvent.__table__).where(TrailEvent.event_id == event_id)).first()
        late = event is not None and (event.examined or event.seq is not None)
        if event_id is not None and event is not None and not late and has_valid_mac(keys, event):
            verdicts.good_changes.append((event_id, highest))
        else:
            verdicts.bad_changes.append((event_id, highest))
            verdicts.findings += _changes(connection, event_id, highest, count)


def _changes(connection: Connection, event_id: str | None, highest: int, count: int) -> list[dict[str, Any]]:
    said = ChangeLog.app_event_id.is_(None) if event_id is None else ChangeLog.app_event_id == event_id
    rows = connection.execute(
        select(ChangeLog.table_name, ChangeLog.pk, ChangeLog.op, ChangeLog.db_user)
        .where(ChangeLog.verdict.is_(None), said, ChangeLog.id <= highest)
        .order_by(ChangeLog.id)
        .limit(SHOWN)
    )
    found: list[dict[str, Any]] = [
        {"what": "change without an event", "table": table, "pk": pk, "op": op, "by": user, "said": event_id}
        for table, pk, op, user in rows
    ]
    if count > SHOWN:
        found.append({"what": "more changes without an event", "rows": count - SHOWN, "said": event_id})
    return found


def judge_chains(connection: Connection, verdicts: Verdicts) -> None:
    """`before` of a row's event must equal `after` of the row's event before it, in the order of recording."""
    ids = [event.event_id for event in verdicts.good_events]
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(
            select(TrailRow, TrailEvent.n, TrailTable.name)
            .join(TrailEvent, TrailEvent.event_id == TrailRow.event_id)
            .join(TrailTable, TrailTable.id == TrailRow.table_id)
            .where(TrailRow.event_id.in_(ids[start : start + CHUNK]), TrailRow.before.is_not(None))
        ).all()
        for row in rows:
            earlier = connection.execute(
                select(TrailRow.after)
                .join(TrailEvent, TrailEvent.event_id == TrailRow.event_id)
                .where(TrailRow.table_id == row.table_id, TrailRow.pk == row.pk, TrailEvent.n < row.n)
                .order_by(TrailEvent.n.desc())
                .limit(1)
            ).scalar()
            if earlier is not None and earlier != row.before:
                verdicts.findings.append(
                    {"what": "row changed between two events", "table": row.name, "pk": row.pk, "event": row.event_id}
                )
