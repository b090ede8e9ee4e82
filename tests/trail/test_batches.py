"""A file is one event; each of its rows can still be proven alone."""

from __future__ import annotations

import hashlib
import hmac
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, text

from portal.kernel.database import now_utc, reading, reserve_ids, writing
from portal.kernel.errors import CannotRun
from portal.registers.divisions.calendar.models import CalendarDay
from portal.settings import Settings
from portal.trail import batches, commitments, encoding, heads, merkle, prove, queries, verifier
from portal.trail.actions import RecordedBatch, record, record_batch
from portal.trail.batches import BatchManifest, FileFacts, RowTreeBuilder
from portal.trail.guard import Unrecorded
from portal.trail.models import ChangeLog, TrailBatchTile, TrailEvent, TrailHeads
from portal.trail.publish import LogFiles
from tests.trail.arrange import open_log

FACTS = FileFacts("ab" * 32, "日历.xlsx", 1234, "县政府办", {"rows": 300})


def test_entries_by_formatting_are_the_canonical_ones() -> None:
    chance = random.Random(7)
    for _ in range(300):
        number, pk = chance.randrange(10**7), chance.randrange(10**12)
        before, after = (chance.choice([None, chance.randbytes(32).hex()]) for _ in range(2))
        op = chance.choice(sorted(batches.OPS))
        value = {"after": after, "before": before, "i": number, "op": op, "pk": str(pk), "t": "payments"}
        expected = encoding.canonical(value)
        assert commitments.row_entry(number, "payments", pk, op, before, after) == expected
        assert batches._entries(number, "payments", [pk], [op], [before], [after]) == [expected]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 700, 65536 + 3])
def test_the_row_tree_is_the_plain_tree_over_salted_entries(count: int) -> None:
    builder = RowTreeBuilder(spill_bytes=1000)
    digests = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    split = count // 3
    for start, end, op in ((0, split, "insert"), (split, count, "update")):
        befores = [None if op == "insert" else "cd" * 32] * (end - start)
        assert (
            builder.add_many("payments", range(start, end), [op] * (end - start), befores, digests[start:end]) == start
        )
    tree = builder.finish()
    salts = b"".join(block for _, block in tree.salts)
    leaves = []
    for n in range(count):
        op, before = ("insert", None) if n < split else ("update", "cd" * 32)
        entry = commitments.row_entry(n, "payments", n, op, before, digests[n])
        salt = salts[n * 32 : n * 32 + 32]
        leaves.append(merkle.leaf_hash(hmac.digest(salt, commitments.ROW_PREFIX + entry, "sha256")))
    assert tree.root == verifier.tree_root(leaves)
    tiles = {(level, number): data for level, number, data in tree.tiles}
    assert set(tiles) == {(lv, n) for lv, c in merkle.tile_levels(count) for n in range(-(-c // 256))}
    hashes = merkle.TileHashes(count, lambda level, number, width: tiles[level, number][: width * 32])
    for n in {0, split, count - 1} if count else ():
        verifier.verify_inclusion(leaves[n], n, count, hashes.inclusion(n), tree.root)
    assert len(set(salts[i : i + 32] for i in range(0, len(salts), 32))) == count
    tree.close()


def test_unknown_operations_and_ragged_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="replace"):
        RowTreeBuilder().add_many("payments", [1], ["replace"], [None], ["ab" * 32])
    with pytest.raises(ValueError, match="lengths"):
        RowTreeBuilder().add_many("payments", [1, 2], ["insert"], [None], ["ab" * 32])


def load(engine: Engine, count: int, *, put_heads: bool = True) -> RecordedBatch:
    """What an import does: ids, digests and the row tree first, then one short transaction."""
    table = CalendarDay.__table__
    with writing(engine) as session:
        connection = session.connection()
        batch_id = reserve_ids(connection, "trail_batches", 1)
        first = reserve_ids(connection, "calendar_days", count)
        rows = [
            {"id": first + n, "day": date(2026, 1, 1) + timedelta(days=n), "is_working": True, "basis": None,
             "recorded_at": now_utc(), "batch_id": batch_id, "batch_row": n}
            for n in range(count)
        ]  # fmt: skip
        digests = [
            encoding.row_digest({**encoding.row_values(["day", "is_working", "basis"], r), "extensions": None})
            for r in rows
        ]
        builder = RowTreeBuilder()
        builder.add_many("calendar_days", [r["id"] for r in rows], ["insert"] * count, [None] * count, digests)
        tree = builder.finish()
        manifest = BatchManifest(batch_id, "import.calendar_days", "cli:demo", FACTS, public={"lines": count})
        done = record_batch(session, manifest, tree)
        connection.execute(insert(table), rows)
        if put_heads:
            staged = "CREATE TEMPORARY TABLE staged AS SELECT id AS pk, batch_row AS row FROM calendar_days"
            connection.execute(text(staged))
            blob = "BLOB" if engine.dialect.name == "sqlite" else "bytea"
            connection.execute(text(f"ALTER TABLE staged ADD COLUMN digest {blob}"))
            values = [{"d": bytes.fromhex(d), "p": r["id"]} for d, r in zip(digests, rows, strict=True)]
            connection.execute(text("UPDATE staged SET digest = :d WHERE pk = :p"), values)
            number = heads.table_id(connection, "calendar_days")
            connection.execute(text(heads.bulk_heads_sql(number, batch_id, "staged", fresh=True)))
            connection.execute(text("DROP TABLE staged"))
        tree.close()
    return done


def test_a_batch_is_one_leaf_and_one_line_of_the_change_log(engine: Engine) -> None:
    done = load(engine, 300)
    table = CalendarDay.__table__
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(TrailEvent)) == 1
        # PostgreSQL writes a line per statement, and this insert is many; COPY is one.
        said = (ChangeLog.op, ChangeLog.pk, ChangeLog.app_event_id)
        lines = session.execute(select(*said, func.sum(ChangeLog.rows)).group_by(*said)).all()
        assert lines == [("insert", None, done.event_id, 300)]
        known = dict(session.execute(select(TrailHeads.pk, TrailHeads.digest)).all())
        rows = session.execute(select(table)).mappings().all()
        assert {r["id"]: encoding.row_digest(encoding.row_values(table, r)) for r in rows} == {
            k: v.hex() for k, v in known.items()
        }
        batch = queries.get_batch(session, done.batch_id)
        assert (batch.rows, batch.counts, batch.file_name) == (300, {"calendar_days": {"insert": 300}}, "日历.xlsx")
        assert queries.find_batch_of_file(session, "ab" * 32) == batch
        entry = queries.get_event(session, done.event_id)
        assert (entry.kind, entry.public, entry.actor) == ("import.calendar_days", {"lines": 300}, "cli:demo")
        assert session.scalar(select(func.count()).select_from(TrailBatchTile)) == 3


def test_a_batch_that_recorded_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(Unrecorded), writing(engine) as session:
        rows = [
            {
                "id": n,
                "day": date(2026, 1, n),
                "is_working": True,
                "recorded_at": now_utc(),
                "batch_id": 9,
                "batch_row": n,
            }
            for n in (1, 2)
        ]
        session.execute(insert(CalendarDay.__table__), rows)


def test_a_row_of_a_batch_is_proven_in_two_steps(engine: Engine, settings: Settings) -> None:
    log = open_log(engine, settings)
    done = load(engine, 300)
    assert log.run().findings == []
    files = LogFiles(settings.log_dir)
    with reading(engine) as session:
        record_ = prove.find_record(session, "calendar_day", "2026-10-27")
        proof = prove.prove(session, files, record_, ["file"])
    report = verifier.check_proof(proof, log.log_key.verifier)
    assert report.shown["row"]["values"]["day"] == "2026-10-27"
    assert report.shown["row"]["entry"]["i"] == 299
    assert report.shown["open"]["file"]["name"] == "日历.xlsx"
    assert report.shown["leaf"]["id"] == done.event_id
    with writing(engine) as session:
        session.execute(text("UPDATE calendar_days SET basis = 'x' WHERE batch_row = 299"))
        record(session, kind="calendar.day.set", actor="demo", subjects=[])
    with reading(engine) as session, pytest.raises(CannotRun, match="行树不符"):
        prove.prove(session, files, prove.find_record(session, "calendar_day", "2026-10-27"))


def test_triggers_speak_again_after_the_batch(engine: Engine) -> None:
    load(engine, 3)
    with writing(engine) as session:
        session.add(CalendarDay(day=date(2027, 1, 1), is_working=True))
        record(session, kind="calendar.day.set", actor="demo", subjects=[])
    with reading(engine) as session:
        assert set(session.scalars(select(ChangeLog.pk))) == {None, 4}


def test_a_failed_batch_leaves_the_triggers_in_place(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        builder = RowTreeBuilder()
        builder.add_many("calendar_days", [1], ["insert"], [None], ["ab" * 32])
        record_batch(session, BatchManifest(1, "import.calendar_days", "cli:demo"), builder.finish())
        raise ZeroDivisionError
    with writing(engine) as session:
        point = session.begin_nested()
        builder = RowTreeBuilder()
        builder.add_many("calendar_days", [1], ["insert"], [None], ["ab" * 32])
        record_batch(session, BatchManifest(1, "import.calendar_days", "cli:demo"), builder.finish())
        point.rollback()
        record(session, kind="test", actor="demo", subjects=[])
    with pytest.raises(Unrecorded), writing(engine) as session:
        session.add(CalendarDay(day=date(2027, 1, 1), is_working=True))
