# ruff: noqa: E501  # columns and rows stand on one line each
"""Import of many payments against a bare loop over the same rows, in the same run; and the preview of a big workbook.

`python -m tests.benchmarks.bench_import [--rows 1000000] [--database sqlite|postgresql|both]`. The bare loop is what
cannot be done without: seal, index, digest, commit to (row tree) and load the rows raw (sqlite3 executemany, PostgreSQL
COPY) into the same tables without triggers. The import reads the CSV, validates it, compares it with the register,
stages, merges, keeps heads and roll-ups and records the batch.
"""

from __future__ import annotations

import argparse
import csv
import gc
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Engine, create_engine, text
from stdnum.cn import ric

from portal.intake.actions import Sender, load_rows
from portal.intake.files import Sources, stage_file
from portal.intake.importing import Wish, import_file
from portal.intake.kinds import find_kind
from portal.intake.stage import stage_rows
from portal.kernel.database import WRITING, Base, make_engine, protected_tables
from portal.kernel.sealing import Keyring
from portal.registers.sealed import seal_name
from portal.schema import metadata
from portal.settings import Settings, read_settings
from portal.trail import triggers
from portal.trail.batches import RowTreeBuilder
from portal.trail.connect import connect, keyring_of
from portal.trail.encoding import digest_columns, row_digest
from tests.postgres import running_server

HEADER = (
    "批次号",
    "序号",
    "拨付编号",
    "收款人",
    "收款人证件号码",
    "银行账号",
    "金额",
    "发放日期",
    "发放事由",
    "所属期",
)
LINES = 400
CHUNK = 10_000
NAMES = digest_columns(column.name for column in Base.metadata.tables["payments"].columns)


def numbers(count: int) -> list[str]:
    """Valid resident IDs that hardly repeat."""
    chance = random.Random(7)
    found = []
    for _ in range(count):
        body = f"320826{chance.randint(1935, 2020)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{chance.randint(0, 999):03d}"
        found.append(body + ric.calc_check_digit(body + "0"))
    return found


def rows_of(count: int) -> Iterator[tuple[str, ...]]:
    """Payment lines as a bank's list has them."""
    ids = numbers(min(count, 100_000))
    for i in range(count):
        yield (
            f"FF2026{i // 5000:05d}", str(i % 5000 + 1), f"B{i % LINES}", f"收款人{i % 9973}", ids[i % len(ids)], f"6228480402{i:09d}",
            f"{i % 900 + 100}.{i % 100:02d}", f"2026-{i % 9 + 1:02d}-{i % 28 + 1:02d}", "惠农补贴", f"2026-{i % 9 + 1:02d}",
        )  # fmt: skip


def write_csv(path: Path, count: int) -> None:
    """The file that is imported."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows_of(count))


def set_up(database_url: str, home: Path, *, watched: bool) -> tuple[Settings, Engine]:
    """A database with one programme and its lines; the bare loop's has no triggers."""
    settings = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": database_url})
    empty = make_engine(settings.database_url)
    with empty.execution_options(**{WRITING: True}).begin() as connection:
        metadata.create_all(connection)
        triggers.install(connection, [table.name for table in protected_tables()] if watched else [])
    empty.dispose()
    engine = connect(settings)
    staged = stage_rows(
        engine,
        keyring_of(settings),
        settings.staging_dir,
        "programmes",
        [{"code": ["ZX"], "name": ["专项"], "year": [2026]}],
    )
    load_rows(engine, staged, actor="bench", source="bench") if watched else _load_bare(
        engine, "programmes", staged.path
    )
    columns = {"no": [f"B{i}" for i in range(LINES)], "programme_code": ["ZX"] * LINES, "amount_fen": [10**11] * LINES}
    staged = stage_rows(engine, keyring_of(settings), settings.staging_dir, "allocations", [columns])
    load_rows(engine, staged, actor="bench", source="bench") if watched else _load_bare(
        engine, "allocations", staged.path
    )
    return settings, engine


def _load_bare(engine: Engine, table: str, path: Path | None) -> None:
    assert path is not None
    names = digest_columns(column.name for column in Base.metadata.tables[table].columns)
    listed = ", ".join(names)
    kept = sqlite3.connect(path)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        for row in kept.execute(f"SELECT id, {listed} FROM new_{table}").fetchall():
            values = {"id": row[0], **dict(zip(names, row[1:], strict=True)), "recorded_at": "2026-01-01T00:00:00.000Z"}
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)
    kept.close()
    path.unlink()


def bare(engine: Engine, keyring: Keyring, path: Path, count: int) -> None:
    """Seal, index, digest, commit, load: nothing else."""
    lines = dict(_ids(engine))
    tree = RowTreeBuilder()
    columns = ("id", *NAMES, "recorded_at")
    with path.open(encoding="utf-8", newline="") as stream, _loader(engine, columns) as load:
        reader = csv.reader(stream)
        next(reader)
        done = 0
        while done < count:
            chunk = list(islice(reader, CHUNK))
            batch, seq, line, name, number, account, amount, day, reason, month = zip(*chunk, strict=True)
            n = len(chunk)
            blank: list[None] = [None] * n
            made = {
                "account_index": keyring.blind_index_many(account), "account_sealed": keyring.seal_many(account, seal_name("payments", "account_sealed")),
                "allocation_id": [lines[no] for no in line], "amount_fen": [int(a.replace(".", "")) for a in amount], "batch_no": batch,
                "currency": ["CNY"] * n, "extensions": blank, "household_id": blank, "paid_on": day, "payee_id_check": ["ok"] * n,
                "payee_id_index": keyring.blind_index_many(number), "payee_id_sealed": keyring.seal_many(number, seal_name("payments", "payee_id_sealed")),
                "payee_kind": ["个人"] * n, "payee_name": name, "period": month, "reason": reason, "resend_batch_no": blank, "resend_seq": blank,
                "seq": [int(s) for s in seq],
            }  # fmt: skip
            shown = {k: [v.hex() for v in c] if isinstance(c[0], bytes) else c for k, c in made.items()}
            digests = [
                row_digest(dict(zip(NAMES, values, strict=True)))
                for values in zip(*(shown[k] for k in NAMES), strict=True)
            ]
            ids = range(done + 1, done + n + 1)
            tree.add_many("payments", list(ids), ["insert"] * n, blank, digests)
            load(zip(ids, *(made[k] for k in NAMES), ["2026-01-01T00:00:00.000Z"] * n, strict=True))
            done += n
    tree.finish().close()


def _ids(engine: Engine) -> Iterator[Any]:
    with engine.connect() as connection:
        yield from connection.execute(text("SELECT no, id FROM allocations")).all()


@contextmanager
def _loader(engine: Engine, columns: tuple[str, ...]) -> Iterator[Callable[[Iterator[tuple[Any, ...]]], None]]:
    """One transaction: executemany on SQLite, COPY on PostgreSQL."""
    listed = ", ".join(columns)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(text("SELECT 1"))
        raw: Any = connection.connection.dbapi_connection
        if engine.dialect.name == "sqlite":
            statement = f"INSERT INTO payments ({listed}) VALUES ({', '.join('?' * len(columns))})"
            yield lambda rows: raw.executemany(statement, rows)
            return
        with raw.cursor() as cursor, cursor.copy(f"COPY payments ({listed}) FROM STDIN") as copy:

            def load(rows: Iterator[tuple[Any, ...]]) -> None:
                for row in rows:
                    copy.write_row(row)

            yield load


def preview(settings: Settings, engine: Engine, folder: Path, count: int = 20_000) -> float:
    """Seconds from a workbook on disk to its finished preview."""
    path = folder / "preview.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number, row in enumerate(rows_of(count), 1):
            sheet.write_row(number, 0, [f"P{row[0]}", int(row[1]), *row[2:6], float(row[6]), *row[7:]])
    begun = time.perf_counter()
    staged, _ = stage_file(Sources(engine, keyring_of(settings), settings.staging_dir), find_kind("payments"), path)
    seconds = time.perf_counter() - begun
    assert staged.rows_read == count and staged.errors == [], staged.errors[:3]
    assert staged.path is not None
    staged.path.unlink()
    return seconds


def measure(name: str, server: str | None, count: int) -> dict[str, Any]:
    """One database: both loads in the same run, then the preview."""
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-") as folder:
        path = Path(folder) / "payments.csv"
        write_csv(path, count)
        result: dict[str, Any] = {"database": name, "rows": count}
        for what, watched in (("bare", False), ("import", True)):
            home = Path(folder) / what
            home.mkdir()
            url = f"sqlite:///{home}/yangguang.sqlite3" if server is None else _database(server, f"bench_{what}")
            settings, engine = set_up(url, home, watched=watched)
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            if watched:
                answer = import_file(
                    Sources(engine, keyring_of(settings), settings.staging_dir),
                    path,
                    Wish(find_kind("payments")),
                    Sender("bench"),
                )
                assert (answer["accepted"], answer["rejected"]) == (count, 0), answer["errors"][:3]
            else:
                bare(engine, keyring_of(settings), path, count)
            result[f"{what}_s"] = round(time.perf_counter() - wall, 2)
            result[f"{what}_cpu_s"] = round(time.process_time() - cpu, 2)
            if watched:
                result["preview_20000_s"] = round(preview(settings, engine, Path(folder)), 2)
            engine.dispose()
        result["ratio"] = round(result["import_s"] / result["bare_s"], 2)
        result["rows_per_s"] = round(count / result["import_s"])
        result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        result["child_peak_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        return result


def _database(server: str, name: str) -> str:
    engine = create_engine("postgresql+psycopg://" + server.split("://", 1)[1], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + f"/{name}"


def main() -> int:
    """Print one line per database; exit 1 when a bar is missed at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked = parser.parse_args()
    missed = False
    for name in ("sqlite", "postgresql"):
        if asked.database not in (name, "both"):
            continue
        with running_server() if name == "postgresql" else nullcontext(None) as server:
            result = measure(name, server, asked.rows)
        print(result)
        full = asked.rows >= 1_000_000
        missed = (
            missed or (full and (result["ratio"] > 2 or result["peak_mib"] > 1024)) or result["preview_20000_s"] > 8
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
