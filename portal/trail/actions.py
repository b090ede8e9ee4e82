"""How everything is written down. Every action calls `record` (or `record_batch`) in its own transaction.

Only actions and web/witness write the trail; the sequencer and migrations write their own kinds.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, table_of
from portal.kernel.keeping import transaction_event_id
from portal.kernel.prepared import Prepared
from portal.trail import context, leaves, merkle
from portal.trail.batches import BatchManifest, RowTree
from portal.trail.commitments import Opening, openings_digest
from portal.trail.encoding import normalised
from portal.trail.keys import TrailKeys, keys_of
from portal.trail.models import (
    TrailBatch,
    TrailBatchSalt,
    TrailBatchTile,
    TrailEvent,
    TrailOpening,
    TrailSubject,
)

CHUNK = 200
# Made once: building a statement costs many times what running it does, and every act of everybody runs these.
# Over the tables themselves: the same through mapped classes costs twice as much at each run.
_EVENTS = table_of(TrailEvent)
_EVENT = Prepared(
    insert(_EVENTS),
    (
        "event_id", "leaf", "leaf_hash", "openings_hash", "mac", "recorded_at", "release_at", "sealed", "examined",
    ),
)  # fmt: skip
_OPENINGS = Prepared(insert(table_of(TrailOpening)), ("event_id", "field", "sealed"))
_SUBJECTS = Prepared(
    insert(table_of(TrailSubject)),
    ("kind", "no", "is_first", "event_id", "actor", "type", "division", "recorded_at", "sealed"),
)
_TAKEN = Prepared(select(_EVENTS.c.n).where(_EVENTS.c.event_id == bindparam("event")))


@dataclass(frozen=True)
class RecordedEvent:
    """What was written down: the event's id, and the leaf hash that the person gets as acknowledgement."""

    event_id: str
    leaf_hash: bytes

    @property
    def leaf_hash_hex(self) -> str:
        """The acknowledgement as text."""
        return self.leaf_hash.hex()


@dataclass(frozen=True)
class RecordedBatch(RecordedEvent):
    """A batch that was written down: also its number, row count and the root of its row tree."""

    batch_id: int
    n: int
    root: bytes


def record(
    session: Session,
    *,
    kind: str,
    actor: str,
    subjects: Sequence[tuple[str, str]],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str | None = None,
    unit: str | None = None,
    public: Mapping[str, Any] | None = None,
    request_id: str | None = None,
    sealed: bool = False,
    at: datetime | None = None,
) -> RecordedEvent:
    """Write one act down, in the transaction that does it.

    `kind` names the act (`payment.line.recorded`), `actor` the account or `cli:<OS user>`, `subjects` what it was about
    as (kind, number) pairs, most important first. `before` and `after` are the changed values; money in fen. `public`
    is what the leaf shows and must already be public; `unit` a unit or division code (of a village the leaf shows the
    township). `sealed=True` for log-in, reveal, complaint and inspection: the leaf then looks like any other sealed
    one, and kinds `case.…` wait for the next half-day. The first event of a transaction has the id that the transaction's rows carry.
    Raises `OutsideProfile` for values that have no canonical form (floats, integers beyond 2^53).
    """
    moment = at or now_utc()
    about = [{"kind": k, "no": no} for k, no in subjects]
    draft = leaves.Draft(
        kind=kind,
        actor=actor,
        at=moment,
        subject=about,
        before=normalised(before),
        after=normalised(after),
        why=normalised(why),
        unit=unit,
        public=public,
        request_id=request_id,
    )
    event_id = _take_event_id(session)
    if sealed:
        return _record_sealed(session, draft, event_id, subjects)
    made = leaves.make_leaf(draft, event_id)
    return _write(session, made, subjects, draft, recorded_at=moment, release_at=moment)


def _record_sealed(
    session: Session, draft: leaves.Draft, event_id: str, subjects: Sequence[tuple[str, str]]
) -> RecordedEvent:
    category = category_of(draft.kind)
    moment = release = draft.at
    if category.startswith("case."):
        moment, release = leaves.half_day(draft.at), leaves.next_half_day(draft.at)
    draft = leaves.Draft(**{**vars(draft), "at": moment, "published": release})
    made = leaves.make_sealed_leaf(draft, event_id, category)
    return _write(session, made, subjects, draft, recorded_at=moment, release_at=release, sealed=True)


def category_of(kind: str) -> str:
    """What the monthly opening of a sealed leaf says of it: case.opened, case.step, or access."""
    if kind.split(".")[0] in {"case", "complaint", "report", "inspection"}:
        return "case.opened" if kind.endswith(".opened") else "case.step"
    return "access"


def record_batch(session: Session, manifest: BatchManifest, tree: RowTree) -> RecordedBatch:
    """Write a whole batch down as one event; call it *before* merging the rows, in the same transaction.

    From here on the triggers keep silent for the tables of the tree, and the guard writes one line per table and
    operation instead. The merge puts the heads of its rows itself (`heads.bulk_heads_sql`).
    """
    moment = now_utc()
    facts = manifest.file
    file_value = None
    if facts is not None:
        file_value = {
            "bytes": facts.bytes,
            "name": facts.name,
            "sender": facts.sender,
            "sha256": facts.sha256,
            "totals": dict(facts.totals),
        }
    root = base64.b64encode(tree.root).decode("ascii")
    draft = leaves.Draft(
        kind=manifest.kind,
        actor=manifest.actor,
        at=moment,
        subject=[{"kind": k, "no": no} for k, no in [("batch", str(manifest.batch_id)), *manifest.subjects]],
        why=normalised(manifest.why),
        unit=manifest.unit,
        public=manifest.public,
        request_id=manifest.request_id,
        extra={"rows": {"n": tree.n, "root": root}, "file": normalised(file_value)},
    )
    subjects = [("batch", str(manifest.batch_id)), *manifest.subjects]
    made = leaves.make_leaf(draft, _take_event_id(session))
    done = _write(session, made, subjects, draft, recorded_at=moment, release_at=moment)
    _write_batch(session, manifest, tree, done.event_id, moment)
    context.declare_batch(session, tree.counts)
    return RecordedBatch(done.event_id, done.leaf_hash, manifest.batch_id, tree.n, tree.root)


def _write_batch(session: Session, manifest: BatchManifest, tree: RowTree, event_id: str, moment: datetime) -> None:
    connection = session.connection()
    counts: dict[str, dict[str, int]] = {}
    for (table, op), count in sorted(tree.counts.items()):
        counts.setdefault(table, {})[op] = count
    facts = manifest.file
    row = {
        "id": manifest.batch_id,
        "event_id": event_id,
        "kind": manifest.kind,
        "actor": manifest.actor,
        "why": manifest.why,
        "recorded_at": moment,
        "n": tree.n,
        "root": tree.root,
        "counts": counts,
        "file_sha256": facts.sha256 if facts else None,
        "file_name": facts.name if facts else None,
        "file_bytes": facts.bytes if facts else None,
        "sender": facts.sender if facts else None,
        "totals": dict(facts.totals) if facts else None,
    }
    connection.execute(insert(TrailBatch), row)
    batch = manifest.batch_id
    tiles = ({"batch_id": batch, "level": level, "tile": tile, "hashes": data} for level, tile, data in tree.tiles)
    salts = ({"batch_id": batch, "block": block, "salts": data} for block, data in tree.salts)
    for chunk in _chunks(tiles):
        connection.execute(insert(TrailBatchTile), chunk)
    for chunk in _chunks(salts):
        connection.execute(insert(TrailBatchSalt), chunk)


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _take_event_id(session: Session) -> str:
    """The transaction's own id for its first event, a fresh one for further events."""
    first = transaction_event_id(session)
    if session.info.get(context.RECORDED) == first:
        # A rolled back savepoint may have taken the first event with it: then its id is free again.
        taken = _TAKEN.first(session.connection(), {"event": first})
        if taken is not None:
            return str(uuid.uuid4())
    session.info[context.RECORDED] = first
    return first


def _write(
    session: Session,
    made: leaves.MadeLeaf,
    subjects: Sequence[tuple[str, str]],
    draft: leaves.Draft,
    *,
    recorded_at: datetime,
    release_at: datetime,
    sealed: bool = False,
) -> RecordedEvent:
    connection = session.connection()
    keys = keys_of(session)
    row = event_row(keys, made, recorded_at=recorded_at, release_at=release_at, sealed=sealed)
    _EVENT.run(connection, row)
    if made.openings:
        _OPENINGS.run(connection, *opening_rows(keys, made.event_id, made.openings))
    if subjects:
        common = {
            "event_id": made.event_id,
            "actor": draft.actor,
            "type": draft.kind,
            "division": draft.unit,
            "recorded_at": recorded_at,
            "sealed": sealed,
        }
        rows = [{"kind": kind, "no": no, "is_first": not at, **common} for at, (kind, no) in enumerate(subjects)]
        _SUBJECTS.run(connection, *rows)
    return RecordedEvent(made.event_id, row["leaf_hash"])


def event_row(
    keys: TrailKeys, made: leaves.MadeLeaf, *, recorded_at: datetime, release_at: datetime, sealed: bool
) -> dict[str, Any]:
    """The outbox row of a leaf, with its mac."""
    digest = openings_digest(made.openings)
    return {
        "event_id": made.event_id,
        "leaf": made.leaf,
        "leaf_hash": merkle.leaf_hash(made.leaf),
        "openings_hash": digest,
        "mac": keys.mac(made.leaf, digest),
        "recorded_at": recorded_at,
        "release_at": release_at,
        "sealed": sealed,
        "examined": False,
    }


def opening_rows(keys: TrailKeys, event_id: str, openings: Mapping[str, Opening]) -> list[dict[str, Any]]:
    """Sealed openings of one event; the seal is bound to event and field, so that they cannot change places."""
    return [
        {
            "event_id": event_id,
            "field": field,
            "sealed": keys.keyring.seal(opening.canonical().decode(), seal_name(event_id, field)),
        }
        for field, opening in sorted(openings.items())
    ]


def seal_name(event_id: str, field: str) -> str:
    """The field name under which an opening is sealed."""
    return f"trail/{event_id}/{field}"
