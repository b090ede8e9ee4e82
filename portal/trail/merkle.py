"""The tree of RFC 6962 (SHA-256) and its tiles of height 8 (C2SP tlog-tiles). Pure: hands hashes in, hashes out.

A tile of level l and number n holds up to 256 hashes of 32 bytes: the roots of the complete subtrees of 256^l leaves.
A hash reader is any function (level, tile number, width) → bytes of that tile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from portal.trail.verifier import EMPTY_ROOT, leaf_hash, node_hash
from portal.trail.verifier import Invalid as BadProof

HASH_BYTES = 32
TILE_WIDTH = 256

ReadTile = Callable[[int, int, int], bytes]

__all__ = ["EMPTY_ROOT", "BadProof", "leaf_hash", "node_hash"]


def full_root(hashes: bytes) -> bytes:
    """Root over a power of two of concatenated hashes (a full tile has 256)."""
    sha256 = hashlib.sha256
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\x01" + hashes[i : i + 64]).digest() for i in range(0, len(hashes), 64)])
    return hashes


def split_point(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2)."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def tile_levels(size: int) -> Iterator[tuple[int, int]]:
    """(level, number of hashes at that level) of a tree of `size`, while there are any."""
    level, count = 0, size
    while count:
        yield level, count
        level, count = level + 1, count // TILE_WIDTH


def tile_width(level: int, tile: int, size: int) -> int:
    """How many hashes tile (level, tile) has in a tree of `size`: 256, fewer at the right edge, 0 when absent."""
    count = size >> 8 * level
    return max(0, min(TILE_WIDTH, count - tile * TILE_WIDTH))


def grouped(number: int) -> str:
    """Tile number as a path: groups of three digits, all but the last with an x: 1234067 → x001/x234/067."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def tile_path(level: int | str, tile: int, width: int = TILE_WIDTH) -> str:
    """Path of a tile under the log's prefix; level `entries` names the entry bundle with the same number."""
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{grouped(tile)}{partial}"


def bundle_of(leaves: Sequence[bytes]) -> bytes:
    """Entry bundle: each leaf behind its length as two big-endian bytes."""
    return b"".join([len(leaf).to_bytes(2, "big") + leaf for leaf in leaves])


def leaves_of(bundle: bytes) -> list[bytes]:
    """The leaves of an entry bundle; raises ValueError when it does not parse to its last byte."""
    leaves, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or end > len(bundle):
            raise ValueError("entry bundle is cut short")
        leaves.append(bundle[at + 2 : end])
        at = end
    return leaves


class TileHashes:
    """Hashes of any complete subtree, read from the tiles of a tree of `size`. Each tile is read once."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def _tile(self, level: int, tile: int) -> bytes:
        if (level, tile) not in self._tiles:
            width = tile_width(level, tile, self.size)
            data = self._read(level, tile, width)
            if len(data) != width * HASH_BYTES:
                raise BadProof(f"tile {tile_path(level, tile, width)} has {len(data)} bytes, not {width * HASH_BYTES}")
            self._tiles[level, tile] = data
        return self._tiles[level, tile]

    def node(self, height: int, index: int) -> bytes:
        """Root of the complete subtree over leaves [index·2^height, (index+1)·2^height)."""
        level, rest = divmod(height, 8)
        first = index << rest
        tile, offset = divmod(first, TILE_WIDTH)
        data = self._tile(level, tile)
        return full_root(data[offset * HASH_BYTES : (offset + (1 << rest)) * HASH_BYTES])

    def span(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) where the span is one that RFC 6962 itself splits off (start is aligned to it)."""
        width = end - start
        if width == 0:
            return EMPTY_ROOT
        if width & (width - 1) == 0:
            height = width.bit_length() - 1
            return self.node(height, start >> height)
        middle = start + split_point(width)
        return node_hash(self.span(start, middle), self.span(middle, end))

    def root(self, size: int | None = None) -> bytes:
        """Root of the tree at `size` (its present size when none is given)."""
        return self.span(0, self.size if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of leaf `index` in the tree at `size`, from the leaf's sibling up."""
        end = self.size if size is None else size
        if not 0 <= index < end <= self.size:
            raise BadProof(f"leaf {index} is not in a tree of {end}")
        path: list[bytes] = []
        start = 0
        while end - start > 1:
            middle = start + split_point(end - start)
            if index < middle:
                path.append(self.span(middle, end))
                end = middle
            else:
                path.append(self.span(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """Consistency proof from `old` to `size` (RFC 6962 §2.1.2); empty when old is 0 or equal."""
        new = self.size if size is None else size
        if not 0 <= old <= new <= self.size:
            raise BadProof(f"no consistency from {old} to {new}")
        if old in (0, new):
            return []
        path: list[bytes] = []
        start, end, whole = 0, new, True
        while old != end:
            middle = start + split_point(end - start)
            if old <= middle:
                path.append(self.span(middle, end))
                end = middle
            else:
                path.append(self.span(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self.span(start, end))
        return path[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raise unless the tree (new, new_root) continues the tree (old, old_root)."""
    if not 0 <= old <= new:
        raise BadProof("the tree became smaller")
    if any(len(h) != HASH_BYTES for h in (old_root, new_root, *path)):
        raise BadProof("a hash is not 32 bytes")
    if old in (0, new):
        if path or old_root != (new_root if old == new else EMPTY_ROOT) or (new == 0 and new_root != EMPTY_ROOT):
            raise BadProof("the trivial proof does not hold")
        return
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    hashes = list(path) if node else [old_root, *path]  # a power of two: the old root itself starts the walk
    if not hashes:
        raise BadProof("the proof is too short")
    older = newer = hashes[0]
    for sibling, on_left in zip(hashes[1:], turns(node, last, len(hashes) - 1), strict=True):
        older = node_hash(sibling, older) if on_left else older
        newer = node_hash(sibling, newer) if on_left else node_hash(newer, sibling)
    if older != old_root or newer != new_root:
        raise BadProof("the newer tree does not continue the older one")


def turns(node: int, last: int, length: int) -> list[bool]:
    """RFC 9162 §2.1.4.2: for each sibling of a consistency proof whether it stands on the left."""
    turns: list[bool] = []
    while last:
        on_left = bool(node & 1) or node == last
        turns.append(on_left)
        if on_left:
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if len(turns) != length:
        raise BadProof("the proof is too short" if length < len(turns) else "the proof is too long")
    return turns
