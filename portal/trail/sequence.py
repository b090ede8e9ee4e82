"""The sequencer: takes recorded events in order, gives them their place in the tree, signs and publishes.

There is one sequencer per log. Order of a publication: stage and sync → one UPDATE of `trail_head` (the commit point)
→ public tiles and bundles → checkpoint by rename → drop the staging. A crash anywhere leaves a log that verifies, and
the next start finishes what was committed. It refuses to sign when the public log knows more than the database.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.sql import bindparam

from portal.kernel.database import WRITING, now_utc, table_of
from portal.kernel.errors import CannotRun
from portal.trail import leaves, merkle, monthly, publish
from portal.trail.actions import event_row, opening_rows
from portal.trail.judging import Verdicts, judge_chains, judge_changes, judge_events
from portal.trail.keys import TrailKeys
from portal.trail.models import ChangeLog, TrailEvent, TrailHead, TrailOpening, TrailSubject
from portal.trail.note import LogKey
from portal.trail.verifier import Invalid, check_signature, parse_checkpoint

SLICE = 1 << 16
LEAST_SEALED = 8
ACTOR = "system:sequencer"


def _ignore(_step: str) -> None:
    """Nothing happens at the steps of a publication, except in tests of crashes."""


@dataclass(frozen=True)
class Published:
    """State of the log after a run."""

    size: int
    root: bytes
    note: str
    added: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """A leaf that the sequencer itself adds: a report, a heartbeat, or padding."""

    made: leaves.MadeLeaf
    kind: str
    sealed: bool
    subjects: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Sequencer:
    """One run over one database and one public directory. Hold `locks.sequencing` around it."""

    engine: Engine
    keys: TrailKeys
    log_key: LogKey
    files: publish.LogFiles
    staging: publish.Staging
    reached: Callable[[str], None] = _ignore
    clock: Callable[[], datetime] = now_utc

    def init(self) -> Published:
        """Sign and publish the empty tree; harmless on a log that exists."""
        with self._writing() as connection:
            head = connection.execute(select(TrailHead.__table__)).first()
            if head is None:
                note = self.log_key.sign(0, merkle.EMPTY_ROOT)
                row = {"id": 1, "size": 0, "root": merkle.EMPTY_ROOT, "note": note, "signed_at": self.clock()}
                connection.execute(insert(TrailHead), row)
        self.files.put_key(self.log_key.vkey)
        return self.recover()

    def recover(self) -> Published:
        """Bring the public files to the commit point. Raises `CannotRun` when they are ahead of the database."""
        with self._reading() as connection:
            head = connection.execute(select(TrailHead.__table__)).first()
        if head is None:
            raise CannotRun("日志还没有建立", fix="请先运行 yangguang trail checkpoint --init")
        public = self._public()
        if public is not None and (public.size > head.size or (public.size == head.size and public.root != head.root)):
            raise CannotRun(
                f"公开日志已有 {public.size} 条，数据库只记到 {head.size} 条（或根不同），拒绝签发",
                why="数据库可能被回退或恢复自旧备份",
                fix="请先从公开日志补回叶子，再继续签发",
            )
        size = public.size if public else 0
        staged = self.staging.get()
        if public is None or size < head.size:
            if staged is None or (staged.old_size, staged.size, staged.root) != (size, head.size, head.root):
                staged = self._rebuild(size, head)
            publish.finish(staged, self.files, self.staging, self.reached)
        elif staged is not None:
            self.staging.drop()  # staged, but never committed
        return Published(head.size, head.root, head.note)

    def _public(self) -> Any:
        note = self.files.checkpoint()
        if note is None:
            return None
        try:
            checkpoint = parse_checkpoint(note)
            check_signature(checkpoint, self.log_key.verifier)
        except Invalid as error:
            raise CannotRun("公开的检查点不是本日志签发的，拒绝继续", why=str(error), fix="请核对公开目录") from error
        return checkpoint

    def _rebuild(self, size: int, head: Any) -> publish.Publication:
        """The files between the public size and the commit point, from the leaves in the database."""
        with self._reading() as connection:
            stored = select(TrailEvent.leaf).where(TrailEvent.seq >= size, TrailEvent.seq < head.size)
            found = [leaf for (leaf,) in connection.execute(stored.order_by(TrailEvent.seq))]
        root, files = publish.extend(size, found, [merkle.leaf_hash(leaf) for leaf in found], self.files)
        if size + len(found) != head.size or root != head.root:
            raise CannotRun("数据库中的叶子与已签发的根不符，拒绝继续", fix="请从公开日志恢复，并核对数据库")
        return publish.Publication(size, head.size, head.root, head.note, files)

    def run(self, *, heartbeat: bool = False) -> Published:
        """Publish everything that waits, in slices; with `heartbeat`, at least a sign of life."""
        state = self.recover()
        added, findings = 0, self._monthly()
        while True:
            step = self._slice(state, heartbeat=heartbeat and not added)
            if step is None:
                return Published(state.size, state.root, state.note, added, findings)
            state = step
            added += step.added
            findings += step.findings
            if step.added < SLICE:
                return Published(state.size, state.root, state.note, added, findings)

    def _monthly(self) -> list[dict[str, Any]]:
        """Before anything new is signed: close the months that have ended, open what is due."""
        now = self.clock()
        with self._reading() as connection:
            monthly.close_months(self.files, connection.execute(select(TrailHead.signed_at)).scalar_one(), now)
            return monthly.open_kinds(connection, self.keys, self.files, now)

    def _slice(self, state: Published, *, heartbeat: bool) -> Published | None:
        now = self.clock()
        verdicts = self._judge(now)
        extra = self._own_leaves(verdicts, now, heartbeat=heartbeat)
        if not verdicts.good_events and not extra:
            return None
        ordered = _arrange(verdicts.good_events, extra, now)
        if self.files.hashes(state.size).root() != state.root:
            raise CannotRun("公开目录中的瓦片与已签发的根不符，拒绝签发", fix="请运行 yangguang trail verify 找出改动")
        found = [item.leaf if isinstance(item, _Waiting) else item.made.leaf for item in ordered]
        hashes = [
            item.leaf_hash if isinstance(item, _Waiting) else merkle.leaf_hash(item.made.leaf) for item in ordered
        ]
        root, files = publish.extend(state.size, found, hashes, self.files)
        size = state.size + len(found)
        publication = publish.Publication(state.size, size, root, self.log_key.sign(size, root), files)
        self.staging.put(publication)
        self.reached("staged")
        self._commit(state, publication, ordered, verdicts, now)
        self.reached("committed")
        publish.finish(publication, self.files, self.staging, self.reached)
        return Published(size, root, publication.note, len(found), verdicts.findings)

    def _judge(self, now: datetime) -> Verdicts:
        verdicts = Verdicts()
        with self._reading() as connection:
            waiting = (
                select(TrailEvent.__table__)
                .where(TrailEvent.seq.is_(None), TrailEvent.refused_by.is_(None), TrailEvent.release_at <= now)
                .order_by(TrailEvent.n)
                .limit(SLICE)
            )
            judge_events(self.keys, [_Waiting(*_fields(row)) for row in connection.execute(waiting)], verdicts)
            judge_changes(connection, self.keys, verdicts)
            judge_chains(connection, verdicts)
        return verdicts

    def _own_leaves(self, verdicts: Verdicts, now: datetime, *, heartbeat: bool) -> list[Made]:
        own: list[Made] = []
        if verdicts.findings:
            tables = sorted({(f["table"], str(f["pk"])) for f in verdicts.findings if "table" in f})
            own.append(self._note("bypass.detected", now, {"findings": verdicts.findings}, tables))
        if heartbeat and not own and all(event.sealed for event in verdicts.good_events):  # these look like padding
            own.append(self._note("log.heartbeat", now, None, []))
        return own

    def _note(self, kind: str, now: datetime, after: Any, subjects: list[tuple[str, str]]) -> Made:
        about = [{"kind": k, "no": n} for k, n in subjects]
        draft = leaves.Draft(kind=kind, actor=ACTOR, at=now, subject=about, after=after)
        return Made(leaves.make_leaf(draft, str(uuid.uuid4())), kind, False, subjects)

    def _commit(
        self, state: Published, new: publish.Publication, ordered: Sequence[Any], verdicts: Verdicts, now: datetime
    ) -> None:
        """The commit point: numbers, verdicts and the new head in one transaction."""
        with self._writing() as connection:
            numbers = list(zip(range(state.size, new.size), ordered, strict=True))
            _number(connection, [(seq, item.n) for seq, item in numbers if isinstance(item, _Waiting)])
            self._insert(connection, [(seq, item) for seq, item in numbers if isinstance(item, Made)], now)
            report = next(
                (item.made.event_id for item in ordered if getattr(item, "kind", "") == "bypass.detected"), ""
            )
            _mark(connection, verdicts, report)
            moved = connection.execute(
                update(TrailHead)
                .where(TrailHead.size == state.size, TrailHead.root == state.root)
                .values(size=new.size, root=new.root, note=new.note, signed_at=now)
            )
            if moved.rowcount != 1:
                raise CannotRun("日志的头已被别的进程移动，停止签发", fix="同一日志只能有一个签发进程")
            self.reached("committing")

    def _insert(self, connection: Connection, items: Sequence[tuple[int, Made]], now: datetime) -> None:
        if not items:
            return
        rows = [
            {**event_row(self.keys, item.made, recorded_at=now, release_at=now, sealed=item.sealed), "seq": seq}
            for seq, item in items
        ]
        connection.execute(insert(TrailEvent), rows)
        openings = [o for _, item in items for o in opening_rows(self.keys, item.made.event_id, item.made.openings)]
        connection.execute(insert(TrailOpening), openings)
        subjects = [
            {
                "kind": kind,
                "no": no,
                "event_id": item.made.event_id,
                "actor": ACTOR,
                "type": item.kind,
                "recorded_at": now,
                "is_first": not at,
                "sealed": item.sealed,
            }
            for _, item in items
            for at, (kind, no) in enumerate(item.subjects)
        ]
        if subjects:
            connection.execute(insert(TrailSubject), subjects)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One snapshot: an event is seen together with the changes of its transaction, or not at all."""
        options = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.engine.execution_options(**options).connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.execution_options(**{WRITING: True}).begin() as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class _Waiting:
    n: int
    event_id: str
    leaf: bytes
    leaf_hash: bytes
    openings_hash: bytes
    mac: bytes
    sealed: bool


def _fields(row: Any) -> tuple[Any, ...]:
    return (row.n, row.event_id, row.leaf, merkle.leaf_hash(row.leaf), row.openings_hash, row.mac, row.sealed)


def _arrange(events: Sequence[_Waiting], own: Sequence[Made], now: datetime) -> list[_Waiting | Made]:
    """Open leaves in the order of recording, then the sealed ones shuffled among their padding."""
    opened: list[_Waiting | Made] = [event for event in events if not event.sealed]
    hidden: list[_Waiting | Made] = [event for event in events if event.sealed]
    wanted = LEAST_SEALED
    while wanted < len(hidden):
        wanted *= 2
    # Padding takes its days from the real ones, so that the day tells nothing either.
    days = [leaves.stated_day(event.leaf) for event in events if event.sealed] or [now]
    chance = random.SystemRandom()
    hidden += [Made(leaves.make_padding(chance.choice(days)), "pad", True) for _ in range(wanted - len(hidden))]
    chance.shuffle(hidden)
    return [*opened, *own, *hidden]


def _number(connection: Connection, numbers: Sequence[tuple[int, int]]) -> None:
    statement = (
        update(table_of(TrailEvent))
        .where(TrailEvent.n == bindparam("of"), TrailEvent.seq.is_(None))
        .values(seq=bindparam("number"))
    )
    if numbers:
        connection.execute(statement, [{"of": n, "number": seq} for seq, n in numbers])


def _mark(connection: Connection, verdicts: Verdicts, report: str) -> None:
    """Write the verdicts down; a bad event never gets a number."""
    for event_id in verdicts.bad_events:
        connection.execute(update(TrailEvent).where(TrailEvent.event_id == event_id).values(refused_by=report))
    for said, highest, verdict in [
        *((event_id, highest, "ok") for event_id, highest in verdicts.good_changes),
        *((event_id, highest, report) for event_id, highest in verdicts.bad_changes),
    ]:
        mine = ChangeLog.app_event_id.is_(None) if said is None else ChangeLog.app_event_id == said
        unjudged = (ChangeLog.verdict.is_(None), mine, ChangeLog.id <= highest)
        connection.execute(update(ChangeLog).where(*unjudged).values(verdict=verdict))
    for event_id, _ in verdicts.good_changes:
        connection.execute(update(TrailEvent).where(TrailEvent.event_id == event_id).values(examined=True))
