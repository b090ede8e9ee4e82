"""The row tree of a batch: a file of seven million rows is one event, and each row can still be proven by itself.

`RowTreeBuilder` runs while a file is staged, outside the database and its lock. Tiles and salts go to a temporary
file when they grow, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from portal.trail import merkle
from portal.trail.commitments import ROW_PREFIX, SALT_BYTES

BLOCK = merkle.TILE_WIDTH
BLOCK_BYTES = BLOCK * SALT_BYTES
SPILL_BYTES = 32 << 20
OPS = frozenset({"insert", "update", "delete"})
_INNER = bytes(b ^ 0x36 for b in range(256))
_OUTER = bytes(b ^ 0x5C for b in range(256))
_INNER_REST = b"\x36" * 32 + ROW_PREFIX
_OUTER_REST = b"\x5c" * 32


@dataclass(frozen=True)
class FileFacts:
    """The file a batch came from; all of it is private, committed to by `c.file` of the leaf."""

    sha256: str
    name: str
    bytes: int
    sender: str | None = None
    totals: Mapping[str, Any] = field(default_factory=dict)  # printed control totals, integers


@dataclass(frozen=True)
class BatchManifest:
    """What a batch is. `batch_id` is the id its rows carry (`reserve_ids(connection, "trail_batches", 1)`)."""

    batch_id: int
    kind: str  # `import.payments`, `import.undone`, …
    actor: str
    file: FileFacts | None = None
    why: str | None = None
    unit: str | None = None
    public: Mapping[str, Any] = field(default_factory=dict)  # money batches: {"fen": total, "lines": n}
    subjects: Sequence[tuple[str, str]] = ()
    request_id: str | None = None


class _Spill:
    """Lowest tiles and salts of a tree: in memory while small, in temporary files that end with the tree."""

    def __init__(self, spill_bytes: int) -> None:
        self.tiles: IO[bytes] = tempfile.SpooledTemporaryFile(spill_bytes)  # noqa: SIM115
        self.salts: IO[bytes] = tempfile.SpooledTemporaryFile(spill_bytes)  # noqa: SIM115

    def close(self) -> None:
        self.tiles.close()
        self.salts.close()

    def __del__(self) -> None:
        self.close()


class RowTree:
    """A finished row tree: size, root, counts by table and operation, and its tiles and salts to be stored."""

    def __init__(
        self, n: int, root: bytes, counts: Mapping[tuple[str, str], int], high: list[bytes], spill: _Spill
    ) -> None:
        self.n = n
        self.root = root
        self.counts = dict(counts)
        self._high = high
        self._spill = spill

    @property
    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, tile number, hashes) of every tile, level by level."""
        yield from ((0, number, data) for number, data in _blocks(self._spill.tiles))
        for level, hashes in enumerate(self._high, 1):
            for start in range(0, len(hashes), BLOCK_BYTES):
                yield level, start // BLOCK_BYTES, hashes[start : start + BLOCK_BYTES]

    @property
    def salts(self) -> Iterator[tuple[int, bytes]]:
        """(block number, salts of up to 256 rows)."""
        return _blocks(self._spill.salts)

    def close(self) -> None:
        """Give the temporary files back at once."""
        self._spill.close()


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number, at = 0, 0
    while True:
        stream.seek(at)  # the caller may do other things between two blocks
        data = stream.read(BLOCK_BYTES)
        if not data:
            return
        yield number, data
        number, at = number + 1, at + BLOCK_BYTES


class RowTreeBuilder:
    """Takes the rows of a batch in their order; row numbers start at 0 and run through all tables."""

    def __init__(self, spill_bytes: int = SPILL_BYTES) -> None:
        self.n = 0
        self.counts: Counter[tuple[str, str]] = Counter()
        self._spill = _Spill(spill_bytes)
        self._tile: list[bytes] = []
        self._block = b""
        self._roots: list[bytes] = []

    def add_many(
        self,
        table: str,
        pks: Sequence[int],
        ops: Sequence[str],
        befores: Sequence[str | None],
        afters: Sequence[str | None],
    ) -> int:
        """Add rows of one table: primary keys, operations, hex digests before (None: new) and after (None: deleted).

        Returns the number of the first row added. Raises ValueError on an unknown operation or unequal lengths.
        """
        total = len(pks)
        if not total == len(ops) == len(befores) == len(afters):
            raise ValueError("columns of a batch have different lengths")
        kinds = Counter(ops)
        if not OPS.issuperset(kinds):
            raise ValueError(f"operations are insert, update, delete; not {sorted(set(kinds) - OPS)}")
        self.counts.update({(table, op): count for op, count in kinds.items()})
        first, done = self.n, 0
        while done < total:
            take = min(total - done, BLOCK - len(self._tile))
            end = done + take
            self._add_slice(table, pks[done:end], ops[done:end], befores[done:end], afters[done:end])
            done = end
        return first

    def _add_slice(
        self,
        table: str,
        pks: Sequence[int],
        ops: Sequence[str],
        befores: Sequence[str | None],
        afters: Sequence[str | None],
    ) -> None:
        if not self._tile:
            self._block = os.urandom(BLOCK_BYTES)
        start = len(self._tile) * SALT_BYTES
        salts = self._block[start : start + len(pks) * SALT_BYTES]
        entries = _entries(self.n, table, pks, ops, befores, afters)
        self._tile += _leaf_hashes(salts, entries)
        self.n += len(pks)
        if len(self._tile) == BLOCK:
            self._close_tile()

    def _close_tile(self) -> None:
        data = b"".join(self._tile)
        self._spill.tiles.write(data)
        self._spill.salts.write(self._block[: len(data)])
        if len(self._tile) == BLOCK:
            self._roots.append(merkle.full_root(data))
        self._tile = []

    def finish(self) -> RowTree:
        """Close the tree. The builder must not be used again; the tree's `close` gives its temporary files back."""
        if self._tile:
            self._close_tile()
        high: list[bytes] = []
        roots = self._roots
        while roots:
            high.append(b"".join(roots))
            whole = range(BLOCK, len(roots) + 1, BLOCK)
            roots = [merkle.full_root(b"".join(roots[end - BLOCK : end])) for end in whole]
        root = merkle.TileHashes(self.n, tree_reader(self._spill.tiles, high)).root()
        return RowTree(self.n, root, self.counts, high, self._spill)


def _entries(
    first: int,
    table: str,
    pks: Sequence[int],
    ops: Sequence[str],
    befores: Sequence[str | None],
    afters: Sequence[str | None],
) -> list[bytes]:
    """JCS of each row's entry by formatting: with `_leaf_hashes` the loop that decides how fast a file is imported."""
    numbers, tail = range(first, first + len(pks)), f'","t":"{table}"}}'
    if not any(befores) and all(afters) and ops.count("insert") == len(ops):
        middle = ',"op":"insert","pk":"'
        return [
            f'{{"after":"{after}","before":null,"i":{number}{middle}{pk}{tail}'.encode()
            for number, pk, after in zip(numbers, pks, afters, strict=True)
        ]
    old = [f'"{before}"' if before else "null" for before in befores]
    new = [f'"{after}"' if after else "null" for after in afters]
    return [
        f'{{"after":{after},"before":{before},"i":{number},"op":"{op}","pk":"{pk}{tail}'.encode()
        for number, pk, op, before, after in zip(numbers, pks, ops, old, new, strict=True)
    ]


def _leaf_hashes(salts: bytes, entries: Sequence[bytes]) -> list[bytes]:
    """Leaf hash of each entry's commitment; HMAC (RFC 2104) written out as its two hashes."""
    sha256 = hashlib.sha256
    inner, outer = salts.translate(_INNER), salts.translate(_OUTER)
    starts = range(0, len(salts), SALT_BYTES)
    firsts = [inner[at : at + SALT_BYTES] + _INNER_REST for at in starts]
    seconds = [outer[at : at + SALT_BYTES] + _OUTER_REST for at in starts]
    return [
        sha256(b"\x00" + sha256(second + sha256(first + entry).digest()).digest()).digest()
        for first, second, entry in zip(firsts, seconds, entries, strict=True)
    ]


def tree_reader(low: IO[bytes], high: Sequence[bytes]) -> merkle.ReadTile:
    """Tile reader over a tree that is not stored yet."""

    def read(level: int, tile: int, width: int) -> bytes:
        if level:
            return high[level - 1][tile * BLOCK_BYTES : tile * BLOCK_BYTES + width * merkle.HASH_BYTES]
        low.seek(tile * BLOCK_BYTES)
        return low.read(width * merkle.HASH_BYTES)

    return read
