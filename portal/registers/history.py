"""Who changed what, when, why, and from which row of which file: the versions of one record beside the trail.

Reads only what corrections keep (kernel/keeping) and what the trail says about their events; sealed values stay sealed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.keeping import BOOKKEEPING, Kept, versions
from portal.registers.corrections import Change
from portal.trail.actions import seal_name
from portal.trail.keys import keys_of
from portal.trail.models import TrailBatch, TrailOpening, TrailSubject

HIDDEN = "●●●●"
"""What stands for a sealed value: that it changed is told, from what to what is not."""


@dataclass(frozen=True)
class Source:
    """The act behind a version: who, when, why; for a file its name, batch and row."""

    actor: str
    act: str
    at: datetime | None
    why: str | None = None
    file_name: str | None = None
    batch_id: int | None = None
    row: int | None = None  # the row's number in the batch; intake knows which row of the sheet that was
    table: str = ""
    event_id: str = ""  # the event of the trail that says all this


@dataclass(frozen=True)
class Version:
    """One version of a record, newest first: what it changed against the one before it, and the act behind it."""

    at: datetime
    source: Source | None
    changes: tuple[Change, ...]
    is_first: bool
    is_withdrawal: bool = False
    entered: tuple[Change, ...] = ()  # of the first version: what was registered


def history_of(session: Session, model: type[Kept], row_id: int) -> list[Version]:
    """All versions of one record, newest first, with their acts. Four statements, whatever the number of versions."""
    rows = versions(session, model, row_id)
    events = {r.event_id for r in rows} | {r.superseded_event_id for r in rows if r.superseded_event_id}
    batches = {r.batch_id for r in rows} | {r.superseded_batch_id for r in rows if r.superseded_batch_id}
    acts = _acts(session, {e for e in events if e}, {b for b in batches if b})
    found: list[Version] = []
    before: Any = None
    for row in rows:
        source = _source(acts, row.event_id, row.batch_id, row.batch_row, model.__tablename__)  # type: ignore[attr-defined]  # every user of the mixin names its table
        changes = tuple(_changes(before, row)) if before is not None else ()
        entered = tuple(_changes(None, row)) if before is None else ()
        found.append(Version(row.recorded_at, source, changes, is_first=before is None, entered=entered))
        before = row
    if rows and rows[-1].superseded_at is not None:
        last = rows[-1]
        source = _source(acts, last.superseded_event_id, last.superseded_batch_id, None, "")
        found.append(Version(last.superseded_at, source, (), is_first=False, is_withdrawal=True))
    return found[::-1]


def _values(row: Any) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in BOOKKEEPING}


def _changes(before: Any, after: Any) -> list[Change]:
    new = _values(after)
    old = _values(before) if before is not None else dict.fromkeys(new)
    found = []
    for field, value in new.items():
        if field.endswith("_sealed") or old[field] == value:
            continue
        if field.endswith("_index"):
            hidden = tuple(HIDDEN if v is not None else None for v in (old[field], value))
            found.append(Change(field, *hidden))
        elif not field.startswith("id_"):  # birth date, sex and prefix of an ID follow the number
            found.append(Change(field, old[field], value))
    return found


def _source(
    acts: Mapping[str | int, Source], event: str | None, batch: int | None, row: int | None, table: str
) -> Source | None:
    found = acts.get(batch if batch is not None else event or "")
    return found if found is None or row is None else replace(found, row=row, table=table)


def _acts(session: Session, events: Collection[str], batches: Collection[int]) -> dict[str | int, Source]:
    found: dict[str | int, Source] = {}
    if events:
        columns = (TrailSubject.event_id, TrailSubject.actor, TrailSubject.type, TrailSubject.recorded_at)
        whys = _reasons(session, events)
        for event, actor, kind, at in session.execute(select(*columns).where(TrailSubject.event_id.in_(events))):
            found[event or ""] = Source(actor or "", kind or "", at, whys.get(event or ""), event_id=event or "")
    if batches:
        for batch in session.scalars(select(TrailBatch).where(TrailBatch.id.in_(batches))):
            file = (batch.file_name, batch.id)
            found[batch.id] = Source(
                batch.actor, batch.kind, batch.recorded_at, batch.why, *file, event_id=batch.event_id
            )
    return found


def _reasons(session: Session, events: Collection[str]) -> dict[str, str]:
    keyring = keys_of(session).keyring
    query = select(TrailOpening.event_id, TrailOpening.sealed).where(
        TrailOpening.event_id.in_(events), TrailOpening.field == "why", TrailOpening.sealed.is_not(None)
    )
    opened = {
        event: orjson.loads(keyring.open_(sealed, seal_name(event, "why")))["value"]
        for event, sealed in session.execute(query)
        if sealed is not None
    }
    return {event: why for event, why in opened.items() if why}


def since_version(history: Sequence[Version], at: datetime) -> list[Change]:
    """What others changed after a moment, field by field: from what it was then to what it is now."""
    changed: dict[str, Change] = {}
    for version in history:  # newest first: an older change pushes the "before" back
        if version.at <= at:
            break
        for change in version.changes:
            newest = changed.get(change.field, change)
            changed[change.field] = Change(change.field, change.before, newest.after)
    return list(changed.values())
