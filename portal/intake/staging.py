# ruff: noqa: S608  # every name in these statements is our own
"""The staging file: a SQLite file per import, outside the database and its lock. Sealed values only.

It holds finished rows with their ids and digests, the row tree, the refused rows (sealed) and what the rows refer to.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table

from portal.kernel.errors import CannotRun, CellProblem
from portal.kernel.sealing import Keyring
from portal.kernel.sheets.reading import UNPACKED
from portal.trail.batches import RowTree
from portal.trail.encoding import digest_columns

REFUSED_SEAL = "intake.refused"
UNPACKED_S = 3600
NEW_HEAD = ("row", "id", "digest")
CHANGED_HEAD = ("row", "id", "digest", "before", "copy_id", "copy_row")
_CHUNK = 10_000


class StoredTree(RowTree):
    """A row tree read back from its staging file."""

    def __init__(self, n: int, root: bytes, counts: Mapping[tuple[str, str], int], file: StagingFile) -> None:
        self.n = n
        self.root = root
        self.counts = dict(counts)
        self._file = file

    @property
    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, tile number, hashes) of every tile."""
        yield from self._file.select("SELECT level, tile, hashes FROM tree_tiles ORDER BY level, tile")

    @property
    def salts(self) -> Iterator[tuple[int, bytes]]:
        """(block number, salts)."""
        yield from self._file.select("SELECT block, salts FROM tree_salts ORDER BY block")

    def close(self) -> None:
        """Nothing of its own to give back."""


class StagingFile:
    """One staging file, being written or read."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self.path = path
        self._prepared: set[str] = set()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if fresh:
            path.chmod(0o600)
            for statement in (
                "PRAGMA page_size=16384",
                "PRAGMA journal_mode=OFF",
                "PRAGMA synchronous=OFF",
                "PRAGMA locking_mode=EXCLUSIVE",
                "PRAGMA cache_size=-16384",
                "CREATE TABLE facts (name TEXT PRIMARY KEY, value)",
                "CREATE TABLE tree_tiles (level, tile, hashes)",
                "CREATE TABLE tree_salts (block, salts)",
                "CREATE TABLE refused (row INTEGER PRIMARY KEY, sealed)",
                "CREATE TABLE errors (id INTEGER PRIMARY KEY, row, header, value, why, fix)",
                "CREATE INDEX errors_by_row ON errors (row, id)",
                "CREATE TABLE referred (table_name, id, PRIMARY KEY (table_name, id)) WITHOUT ROWID",
                "BEGIN",
            ):
                self._db.execute(statement)

    @classmethod
    def create(cls, directory: Path) -> StagingFile:
        """A new staging file with an unguessable name, readable by its owner only."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(directory / f"{secrets.token_hex(12)}.staged", fresh=True)

    @classmethod
    def open(cls, path: Path) -> StagingFile:
        """An existing one; CannotRun when it is gone."""
        if not path.is_file():
            raise CannotRun("这次导入的暂存文件不在了", why="可能已放弃或被清理", fix="重新上传这份表")
        return cls(path, fresh=False)

    def prepare(self, table: Table) -> None:
        """Make the two staging tables of a register table, once."""
        if table.name in self._prepared:
            return
        names = ", ".join(f'"{name}"' for name in data_columns(table))
        self._db.execute(f"CREATE TABLE new_{table.name} (row INTEGER PRIMARY KEY, id, digest, {names})")
        head = "row INTEGER PRIMARY KEY, id, digest, before, copy_id, copy_row"
        self._db.execute(f"CREATE TABLE changed_{table.name} ({head}, {names})")
        self._prepared.add(table.name)

    def add_new(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows as (row, id, digest, data columns…)."""
        marks = ", ".join("?" * (len(NEW_HEAD) + len(data_columns(table))))
        self._db.executemany(f"INSERT INTO new_{table.name} VALUES ({marks})", rows)

    def add_changed(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows as (row, id, digest, before, copy_id, copy_row, data columns…)."""
        marks = ", ".join("?" * (len(CHANGED_HEAD) + len(data_columns(table))))
        self._db.executemany(f"INSERT INTO changed_{table.name} VALUES ({marks})", rows)

    def add_withdrawn(self, table: str, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Rows that end: (row, id, digest)."""
        self._db.execute(f"CREATE TABLE IF NOT EXISTS withdrawn_{table} (row INTEGER PRIMARY KEY, id, digest)")
        self._db.executemany(f"INSERT INTO withdrawn_{table} VALUES (?, ?, ?)", rows)

    @staticmethod
    def json_text(value: Any) -> str:
        """A JSON column as it is staged."""
        return orjson.dumps(value).decode()

    def add_refused(self, keyring: Keyring, rows: Iterable[tuple[int, Any]]) -> None:
        """(row number, content) of refused rows, sealed: they are the user's own cells, ids among them."""
        sealed = ((row, keyring.seal(orjson.dumps(content).decode(), REFUSED_SEAL)) for row, content in rows)
        self._db.executemany(
            "INSERT INTO refused VALUES (?, ?) ON CONFLICT (row) DO UPDATE SET sealed = excluded.sealed", sealed
        )

    def refused(self, keyring: Keyring) -> Iterator[tuple[int, Any]]:
        """The refused rows, opened."""
        for row, sealed in self.select("SELECT row, sealed FROM refused ORDER BY row"):
            yield row, orjson.loads(keyring.open_(sealed, REFUSED_SEAL))

    def refused_rows(self, keyring: Keyring, rows: Iterable[int]) -> dict[int, Any]:
        """Some refused rows by row number, opened; rows beyond those kept are missing."""
        wanted = list(rows)
        marks = ", ".join("?" * len(wanted))
        found = self._db.execute(f"SELECT row, sealed FROM refused WHERE row IN ({marks})", wanted)
        return {row: orjson.loads(keyring.open_(sealed, REFUSED_SEAL)) for row, sealed in found.fetchall()}

    def add_errors(self, errors: Iterable[CellProblem]) -> None:
        """Wrong cells as the preview shows them, sensitive values masked already."""
        rows = ((e.row, e.column, e.value, e.why, e.fix) for e in errors)
        self._db.executemany("INSERT INTO errors (row, header, value, why, fix) VALUES (?, ?, ?, ?, ?)", rows)

    def knows_errors(self) -> bool:
        """False for a preview made before wrong cells were kept beside it."""
        asked = "SELECT 1 FROM sqlite_master WHERE type='table' AND name = 'errors'"
        return self._db.execute(asked).fetchone() is not None

    def errors_after(self, row: int, rows: int) -> tuple[list[CellProblem], bool]:
        """The wrong cells of the next `rows` refused rows below sheet row `row`, and whether more follow."""
        asked = "SELECT DISTINCT row FROM errors WHERE row > ? ORDER BY row LIMIT ?"
        numbers = [number for (number,) in self._db.execute(asked, (row, rows + 1)).fetchall()]
        if not numbers:
            return [], False
        last = numbers[:rows][-1]
        wanted = "SELECT row, header, value, why, fix FROM errors WHERE row > ? AND row <= ? ORDER BY row, id"
        return [CellProblem(*found) for found in self._db.execute(wanted, (row, last))], len(numbers) > rows

    def errors(self) -> Iterator[CellProblem]:
        """All wrong cells in the order of the sheet."""
        for found in self.select("SELECT row, header, value, why, fix FROM errors ORDER BY row, id"):
            yield CellProblem(*found)

    def add_referred(self, table: str, ids: Iterable[int]) -> None:
        """Rows of the database that staged rows refer to: the merge asks whether they still stand."""
        self._db.executemany("INSERT OR IGNORE INTO referred VALUES (?, ?)", ((table, i) for i in ids))

    def finish(self, tree: RowTree, facts: Mapping[str, Any]) -> str:
        """Keep the tree and the facts, close the file and return its SHA-256."""
        self._db.executemany("INSERT INTO tree_tiles VALUES (?, ?, ?)", tree.tiles)
        self._db.executemany("INSERT INTO tree_salts VALUES (?, ?)", tree.salts)
        counts = [[table, op, count] for (table, op), count in sorted(tree.counts.items())]
        whole = {"n": tree.n, "root": tree.root.hex(), "counts": counts, **facts}
        self._db.execute("INSERT INTO facts VALUES ('whole', ?)", (orjson.dumps(whole).decode(),))
        self._db.execute("COMMIT")
        self.close()
        return file_sha256(self.path)

    def facts(self) -> dict[str, Any]:
        """What `finish` kept."""
        (text,) = next(self.select("SELECT value FROM facts WHERE name = 'whole'"))
        facts: dict[str, Any] = orjson.loads(text)
        return facts

    def tree(self) -> StoredTree:
        """The row tree as staged."""
        facts = self.facts()
        counts = {(table, op): count for table, op, count in facts["counts"]}
        return StoredTree(facts["n"], bytes.fromhex(facts["root"]), counts, self)

    def select(self, statement: str) -> Iterator[Any]:
        """Stream a query; a cursor of its own, so that several may run."""
        cursor = self._db.cursor()
        cursor.arraysize = _CHUNK
        yield from cursor.execute(statement)

    def count(self, table: str) -> int:
        """Rows of one staging table, 0 when it was never made."""
        there = self._db.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name = ?", (table,)).fetchone()
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) if there else 0

    def keep_refused_only(self) -> None:
        """After the merge the staged rows stand in the register: drop them here, keep what goes back to the user."""
        names = [name for (name,) in self.select("SELECT name FROM sqlite_master WHERE type='table'")]
        for name in names:
            if name.startswith(("new_", "changed_", "tree_")) or name == "referred":
                self._db.execute(f"DROP TABLE {name}")
        self._db.execute("VACUUM")

    def close(self) -> None:
        """Close the file; it stays where it is."""
        self._db.close()

    def discard(self) -> None:
        """Close and delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)


def data_columns(table: Table) -> tuple[str, ...]:
    """The columns that an import writes itself, in the order of the digest; bookkeeping comes with the merge."""
    return digest_columns(column.name for column in table.columns)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_leftovers(directory: Path, kept: set[str], older_than_s: float, now: float) -> int:
    """Delete what a killed process left: staging files that no import names, unpacked sheets; returns how many."""
    gone = 0
    for path in (*directory.glob("*.staged"), *directory.glob("*.original")):
        if path.name not in kept and now - path.stat().st_mtime > older_than_s:
            path.unlink(missing_ok=True)
            gone += 1
    for folder in directory.glob(f"{UNPACKED}*"):  # rows in the clear: these go sooner
        if now - folder.stat().st_mtime > min(older_than_s, UNPACKED_S):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone
