"""Tables of the trail. Leaves are public bytes kept verbatim; openings are private and sealed.

Trail 留痕 · event 留痕事件 · opening 明文及盐值 · head 登记行的最近状态 · change log 数据库触发器日志.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, LargeBinary, SmallInteger, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

OWN = "the trail's own store: guarded by macs, by the tree and by published checkpoints"
DIGEST = LargeBinary(32)
_WAITING = text("seq IS NULL AND refused_by IS NULL")
_UNJUDGED = text("verdict IS NULL")
_SEQUENCED = text("seq IS NOT NULL")
_FIRST: dict[str, Any] = {"sqlite_where": text("is_first = 1"), "postgresql_where": text("is_first")}


class TrailEvent(Base):
    """One act: its public leaf, and the outbox from which the sequencer takes it."""

    __tablename__ = "trail_events"
    __why_unprotected__ = OWN
    __table_args__ = (
        Index("ix_trail_events_waiting", "release_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("uq_trail_events_seq", "seq", unique=True, sqlite_where=_SEQUENCED, postgresql_where=_SEQUENCED),
    )

    n: Mapped[int] = mapped_column(BigInt, primary_key=True)  # insert order
    event_id: Mapped[str] = mapped_column(String(36), unique=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(DIGEST)
    openings_hash: Mapped[bytes] = mapped_column(DIGEST)
    mac: Mapped[bytes] = mapped_column(DIGEST)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed: Mapped[bool] = mapped_column(Boolean, default=False)
    seq: Mapped[int | None] = mapped_column(BigInt)  # index of the leaf in the tree; none until sequenced
    examined: Mapped[bool] = mapped_column(Boolean, default=False)  # the sequencer has judged its changes
    refused_by: Mapped[str | None] = mapped_column(String(36))  # the bypass.detected event, when the mac was bad


class TrailOpening(Base):
    """Salt and value of one field of one event, sealed. Erasure empties `sealed` and names the erasing event."""

    __tablename__ = "trail_openings"
    __why_unprotected__ = OWN
    __table_args__ = ({"sqlite_with_rowid": False},)

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    field: Mapped[str] = mapped_column(String(16), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    erased_by: Mapped[str | None] = mapped_column(String(36))


class TrailSubject(Base):
    """What an event was about: the chronology of one thing is read from here."""

    __tablename__ = "trail_subjects"
    __why_unprotected__ = OWN
    __table_args__ = (
        Index("ix_trail_subjects_subject", "kind", "no"),
        Index("ix_trail_subjects_event", "event_id"),
        # one entry an event: what a search by anything but the subject walks, with all that its conditions ask
        *(
            Index(f"ix_trail_subjects_{name}", *columns, **_FIRST)
            for name, columns in (
                ("actor", ("actor", "recorded_at", "id", "type", "division", "sealed", "kind")),
                ("type", ("type", "recorded_at", "id", "actor", "division", "sealed", "kind")),
                ("division", ("division", "recorded_at", "id", "type", "actor", "sealed", "kind")),
                ("recorded", ("recorded_at", "id", "type", "division", "sealed", "kind", "actor")),
            )
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    no: Mapped[str] = mapped_column(String(120))
    event_id: Mapped[str | None] = mapped_column(String(36))
    batch_id: Mapped[int | None] = mapped_column(BigInt)
    batch_row: Mapped[int | None] = mapped_column(BigInt)
    actor: Mapped[str | None] = mapped_column(String(120))
    type: Mapped[str | None] = mapped_column(String(80))
    division: Mapped[str | None] = mapped_column(String(40))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_first: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # the most important subject
    sealed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # as its event


class TrailTable(Base):
    """Small number of each protected table, so that heads stay small."""

    __tablename__ = "trail_tables"
    __why_unprotected__ = OWN

    id: Mapped[int] = mapped_column(SmallInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)


class TrailHeads(Base):
    """The last known state of each protected row. A digest of NULL says that the row was deleted."""

    __tablename__ = "trail_heads"
    __why_unprotected__ = OWN
    __table_args__ = ({"sqlite_with_rowid": False},)

    table_id: Mapped[int] = mapped_column(
        SmallInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    pk: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    digest: Mapped[bytes | None] = mapped_column(DIGEST)
    event_id: Mapped[str | None] = mapped_column(String(36))
    batch_id: Mapped[int | None] = mapped_column(BigInt)
    batch_row: Mapped[int | None] = mapped_column(BigInt)


class TrailRow(Base):
    """Which rows an event changed, from which state to which: `before` of one is `after` of the one before it."""

    __tablename__ = "trail_rows"
    __why_unprotected__ = OWN
    __table_args__ = (Index("ix_trail_rows_row", "table_id", "pk"), {"sqlite_with_rowid": False})

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    table_id: Mapped[int] = mapped_column(
        SmallInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    pk: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    before: Mapped[bytes | None] = mapped_column(DIGEST)  # from the kept copy, not from the head
    after: Mapped[bytes | None] = mapped_column(DIGEST)


class TrailHead(Base):
    """One row: the size, root and signed note of the tree. Its UPDATE is the commit point of a publication."""

    __tablename__ = "trail_head"
    __why_unprotected__ = OWN

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInt)
    root: Mapped[bytes] = mapped_column(DIGEST)
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChangeLog(Base):
    """What the database's own triggers saw. `verdict`: none yet, `ok`, or the id of the event that reports it."""

    __tablename__ = "change_log"
    __why_unprotected__ = OWN
    __table_args__ = (
        Index("ix_change_log_unjudged", "id", sqlite_where=_UNJUDGED, postgresql_where=_UNJUDGED),
        Index("ix_change_log_event", "app_event_id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    table_name: Mapped[str] = mapped_column(String(64))
    pk: Mapped[int | None] = mapped_column(BigInt)  # none: a whole statement or a declared batch
    op: Mapped[str] = mapped_column(String(8))
    rows: Mapped[int] = mapped_column(BigInt, server_default="1")
    xid: Mapped[int | None] = mapped_column(BigInt)
    db_user: Mapped[str | None] = mapped_column(String(64))
    app_event_id: Mapped[str | None] = mapped_column(String(36))
    verdict: Mapped[str | None] = mapped_column(String(36))


class TrailContext(Base):
    """SQLite's stand-in for a transaction setting: the event that is being recorded just now (one row)."""

    __tablename__ = "trail_context"
    __why_unprotected__ = OWN

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event_id: Mapped[str | None] = mapped_column(String(36))


class TrailBatch(Base):
    """One imported file or other bulk change: one event, however many rows."""

    __tablename__ = "trail_batches"
    __why_unprotected__ = OWN
    __table_args__ = (Index("ix_trail_batches_file", "file_sha256"), Index("ix_trail_batches_recorded", "recorded_at"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(120))
    why: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    n: Mapped[int] = mapped_column(BigInt)
    root: Mapped[bytes] = mapped_column(DIGEST)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)  # {"payments": {"insert": 7}}
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[str | None] = mapped_column(String(255))
    file_bytes: Mapped[int | None] = mapped_column(BigInt)
    sender: Mapped[str | None] = mapped_column(String(200))
    totals: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TrailBatchTile(Base):
    """Tiles of a batch's row tree (private; the same form as the public tiles)."""

    __tablename__ = "trail_batch_tiles"
    __why_unprotected__ = OWN

    batch_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tile: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class TrailBatchSalt(Base):
    """Salts of 256 rows of a batch. Erasing one row zeroes its 32 bytes; its neighbours stay provable."""

    __tablename__ = "trail_batch_salts"
    __why_unprotected__ = OWN

    batch_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    block: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    salts: Mapped[bytes] = mapped_column(LargeBinary)
