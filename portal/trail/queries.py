"""Reads of the trail: the chronology of one thing, single events and batches, and the state of the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound
from portal.trail.actions import seal_name
from portal.trail.commitments import Opening
from portal.trail.keys import TrailKeys, keys_of
from portal.trail.models import TrailBatch, TrailEvent, TrailHead, TrailOpening, TrailSubject


@dataclass(frozen=True)
class Entry:
    """One act in a chronology: who did what to it, when and why, from which state to which."""

    event_id: str
    kind: str
    actor: str
    at: datetime
    why: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    subjects: Sequence[tuple[str, str]]
    unit: str | None
    public: Mapping[str, Any]
    leaf_hash: str
    index: int | None  # place in the published tree; None while it waits
    erased: tuple[str, ...] = ()  # fields whose opening was erased


@dataclass(frozen=True)
class Batch:
    """One import or other bulk change."""

    batch_id: int
    event_id: str
    kind: str
    actor: str
    why: str | None
    at: datetime
    rows: int
    root: str
    counts: Mapping[str, Mapping[str, int]]
    file_name: str | None
    file_sha256: str | None
    file_bytes: int | None
    sender: str | None
    totals: Mapping[str, Any] | None


@dataclass(frozen=True)
class LogFacts:
    """The state of the log, as `/log/` tells it."""

    size: int
    root: str
    short_root: str  # first 16 hex digits: what is written on paper beside the size
    note: str
    signed_at: datetime
    waiting: (
        int  # recorded in the open, releasable, not yet published; sealed ones are counted with their padding alone
    )
    oldest_waiting_at: datetime | None


@dataclass
class Opened:
    """Openings of one event, from the keyring."""

    fields: dict[str, Opening] = field(default_factory=dict)
    erased: tuple[str, ...] = ()

    def value(self, name: str) -> Any:
        """The opened value; None when the field was absent or erased."""
        opening = self.fields.get(name)
        return None if opening is None else opening.value


def list_history(session: Session, kind: str, no: str, *, limit: int = 200, before_n: int | None = None) -> list[Entry]:
    """Chronology of one subject, newest first: every event that named it. Page with the last entry's `n` order.

    Rows that came in a batch are told by their own `batch_id` and `batch_row`: read `get_batch` beside this.
    """
    about = (TrailSubject.kind == kind, TrailSubject.no == no)
    statement = (
        select(TrailEvent.event_id)
        .where(TrailEvent.event_id.in_(select(TrailSubject.event_id).where(*about)))
        .order_by(TrailEvent.n.desc())
        .limit(limit)
    )
    if before_n is not None:
        statement = statement.where(TrailEvent.n < before_n)
    return get_events(session, session.scalars(statement).all())


def list_by_actor(session: Session, actor: str, *, limit: int = 200) -> list[Entry]:
    """What one account did, newest first."""
    mine = select(TrailSubject.event_id).where(TrailSubject.actor == actor, TrailSubject.is_first)
    newest = select(TrailEvent.event_id).where(TrailEvent.event_id.in_(mine)).order_by(TrailEvent.n.desc()).limit(limit)
    return get_events(session, session.scalars(newest).all())


def get_event(session: Session, event_id: str) -> Entry:
    """One event by id. Raises NotFound."""
    found = get_events(session, [event_id])
    if not found:
        raise NotFound("没有这条留痕", fix="请核对编号")
    return found[0]


def get_events(session: Session, event_ids: Sequence[str]) -> list[Entry]:
    """Events in the order asked for; unknown ids are left out."""
    if not event_ids:
        return []
    keys = keys_of(session)
    rows = session.execute(select(TrailEvent.__table__).where(TrailEvent.event_id.in_(event_ids))).all()
    opened = open_events(session, keys, event_ids)
    entries = {row.event_id: _entry(row, opened.get(row.event_id, Opened())) for row in rows}
    return [entries[event_id] for event_id in event_ids if event_id in entries]


def leaf_hash_of(session: Session, event_id: str) -> bytes | None:
    """The leaf hash of an event: the acknowledgement that was given for it."""
    return session.scalar(select(TrailEvent.leaf_hash).where(TrailEvent.event_id == event_id))


def open_events(session: Session, keys: TrailKeys, event_ids: Iterable[str]) -> dict[str, Opened]:
    """Openings of some events. Showing them to somebody is the caller's responsibility."""
    opened: dict[str, Opened] = {}
    statement = select(TrailOpening.__table__).where(TrailOpening.event_id.in_(list(event_ids)))
    for row in session.execute(statement):
        one = opened.setdefault(row.event_id, Opened())
        if row.sealed is None:
            one.erased += (row.field,)
            continue
        plain = json.loads(keys.keyring.open_(row.sealed, seal_name(row.event_id, row.field)))
        one.fields[row.field] = Opening(base64.b64decode(plain["salt"]), plain["value"])
    return opened


def _entry(row: Any, opened: Opened) -> Entry:
    leaf = json.loads(row.leaf)
    subject, kind = opened.value("subject") or [], leaf["t"]
    if row.sealed and isinstance(subject, dict):
        subject, kind = subject["of"], subject["t"]
    at = opened.value("at")
    return Entry(
        event_id=row.event_id,
        kind=kind,
        actor=opened.value("actor") or "",
        at=datetime.fromisoformat(at.replace("Z", "+00:00")) if at else row.recorded_at,
        why=opened.value("why"),
        before=opened.value("before"),
        after=opened.value("after"),
        subjects=[(item["kind"], item["no"]) for item in subject],
        unit=leaf["u"],
        public=leaf["pub"],
        leaf_hash=row.leaf_hash.hex(),
        index=row.seq,
        erased=opened.erased,
    )


def get_batch(session: Session, batch_id: int) -> Batch:
    """One batch by its number. Raises NotFound."""
    row = session.get(TrailBatch, batch_id)
    if row is None:
        raise NotFound("没有这个批次", fix="请核对批次号")
    return _batch(row)


def find_batch_of_file(session: Session, sha256: str, kind: str | None = None) -> Batch | None:
    """The newest batch that came from a file with this digest (the same file twice changes nothing)."""
    statement = select(TrailBatch).where(TrailBatch.file_sha256 == sha256).order_by(TrailBatch.id.desc()).limit(1)
    if kind is not None:
        statement = statement.where(TrailBatch.kind == kind)
    row = session.scalars(statement).first()
    return None if row is None else _batch(row)


def list_batches(session: Session, *, limit: int = 50, before: int | None = None) -> list[Batch]:
    """Batches, newest first; page with the last one's number."""
    statement = select(TrailBatch).order_by(TrailBatch.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(TrailBatch.id < before)
    return [_batch(row) for row in session.scalars(statement)]


def _batch(row: TrailBatch) -> Batch:
    return Batch(
        batch_id=row.id,
        event_id=row.event_id,
        kind=row.kind,
        actor=row.actor,
        why=row.why,
        at=row.recorded_at,
        rows=row.n,
        root=base64.b64encode(row.root).decode(),
        counts=row.counts,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        file_bytes=row.file_bytes,
        sender=row.sender,
        totals=row.totals,
    )


def find_log_facts(session: Session) -> LogFacts | None:
    """Newest tree head and what waits for the next one; None before the log was initialised."""
    head = session.get(TrailHead, 1)
    if head is None:
        return None
    return LogFacts(
        size=head.size,
        root=base64.b64encode(head.root).decode(),
        short_root=head.root.hex()[:16],
        note=head.note,
        signed_at=head.signed_at,
        waiting=count_unsequenced(session, TrailEvent.sealed.is_(False)),
        oldest_waiting_at=oldest_unsequenced_at(session),
    )


def count_unsequenced(session: Session, *where: ColumnElement[bool]) -> int:
    """Events that could be published and are not yet."""
    return session.scalar(select(func.count()).select_from(TrailEvent).where(*_releasable(), *where)) or 0


def oldest_unsequenced_at(session: Session) -> datetime | None:
    """Since when the oldest of them could have been published; None when nothing waits."""
    return session.scalar(select(func.min(TrailEvent.release_at)).where(*_releasable()))


def _releasable() -> tuple[Any, ...]:
    return (TrailEvent.seq.is_(None), TrailEvent.refused_by.is_(None), TrailEvent.release_at <= now_utc())


def find_index(session: Session, leaf_hash_or_id: str) -> int | None:
    """Place in the tree of a leaf known by its hash (hex, as acknowledged) or its event id; None while it waits."""
    wanted = [TrailEvent.event_id == leaf_hash_or_id]
    if len(leaf_hash_or_id) == 64:
        wanted.append(TrailEvent.leaf_hash == bytes.fromhex(leaf_hash_or_id))
    return session.scalar(select(TrailEvent.seq).where(or_(*wanted)))
