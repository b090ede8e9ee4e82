"""Trees, tiles and proofs agree with independent implementations, and wrong proofs are refused."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable

import pytest
from pymerkle import InmemoryTree

from portal.trail import merkle
from portal.trail.publish import LogFiles, extend
from portal.trail.verifier import Invalid, tree_root, verify_inclusion

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
SIZES = range(1101) if SOAK else [*range(33), *range(250, 262), 300]
RANDOM_TRIPLES = 10_000 if SOAK else 200
LEAVES = [f"leaf {n}".encode() for n in range(70_003 if SOAK else 1101)]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


class Nothing(LogFiles):
    """A log that has no file yet."""

    def __init__(self) -> None:
        pass


def tree(size: int) -> merkle.TileHashes:
    """A tree of `size` that is read through its tiles only."""
    _, files = extend(0, LEAVES[:size], HASHES[:size], Nothing())
    return merkle.TileHashes(size, lambda level, number, width: files[merkle.tile_path(level, number, width)])


def test_roots_from_tiles_are_the_plain_roots() -> None:
    for size in SIZES:
        assert tree(size).root() == tree_root(HASHES[:size]), size


def test_proofs_agree_with_pymerkle() -> None:
    oracle = InmemoryTree(algorithm="sha256")
    done = 0
    for size in sorted(set(SIZES) - {0}):
        for leaf in LEAVES[done:size]:
            oracle.append_entry(leaf)
        done = size
        ours = tree(size)
        assert ours.root() == oracle.get_root(size)
        for index in {0, size // 3, size // 2, size - 1}:
            path = ours.inclusion(index)
            theirs = oracle.prove_inclusion(index + 1, size).path
            assert [HASHES[index], *path] == list(theirs), (size, index)
            verify_inclusion(HASHES[index], index, size, path, ours.root())


def test_every_leaf_and_every_older_tree_is_provable() -> None:
    for size in [1, 2, 3, 7, 8, 9, 64, 65, 255, 256, 257, 300]:
        ours = tree(size)
        for index in range(size):
            verify_inclusion(HASHES[index], index, size, ours.inclusion(index), ours.root())
        for old in range(size + 1):
            merkle.verify_consistency(old, size, tree_root(HASHES[:old]), ours.root(), ours.consistency(old))


def test_random_sizes_indexes_and_older_trees() -> None:
    chance = random.Random(6962)
    big = tree(len(LEAVES))
    for _ in range(RANDOM_TRIPLES):
        size = chance.randrange(1, len(LEAVES) + 1)
        index, old = chance.randrange(size), chance.randrange(size + 1)
        root = big.root(size)
        verify_inclusion(HASHES[index], index, size, big.inclusion(index, size), root)
        merkle.verify_consistency(old, size, big.root(old), root, big.consistency(old, size))


def flip(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


Path = list[bytes]
DAMAGES: dict[str, Callable[[Path], Path]] = {
    "truncated": lambda p: p[:-1],
    "first missing": lambda p: p[1:],
    "extra at the end": lambda p: [*p, HASHES[0]],
    "extra at the start": lambda p: [HASHES[0], *p],
    "repeated": lambda p: [p[0], *p],
    "empty": lambda p: [],
    "reversed": lambda p: p[::-1],
    "swapped": lambda p: [p[1], p[0], *p[2:]],
    "bit in the first": lambda p: [flip(p[0]), *p[1:]],
    "bit in the last": lambda p: [*p[:-1], flip(p[-1])],
    "zero hash": lambda p: [bytes(32), *p[1:]],
    "short hash": lambda p: [p[0][:31], *p[1:]],
    "long hash": lambda p: [p[0] + b"\x00", *p[1:]],
    "empty hash": lambda p: [b"", *p[1:]],
    "empty root": lambda p: [merkle.EMPTY_ROOT, *p[1:]],
}
SHAPES = [(5, 8), (0, 8), (7, 8), (6, 7), (3, 13), (255, 300), (256, 300), (299, 300), (513, 1030)]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_inclusion_proofs_are_refused(damage: Callable[[Path], Path]) -> None:
    damaged = 0
    for index, size in SHAPES:
        ours = tree(size)
        bad = damage(path := ours.inclusion(index))
        if bad != path:
            damaged += 1
            with pytest.raises(Invalid):
                verify_inclusion(HASHES[index], index, size, bad, ours.root())
    assert damaged >= len(SHAPES) - 1


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_consistency_proofs_are_refused(damage: Callable[[Path], Path]) -> None:
    damaged = 0
    for old, size in [(3, 8), (6, 7), (7, 13), (200, 300), (257, 300), (513, 1030)]:
        ours = tree(size)
        bad = damage(path := ours.consistency(old))
        if bad != path:
            damaged += 1
            with pytest.raises(Invalid):
                merkle.verify_consistency(old, size, ours.root(old), ours.root(), bad)
    assert damaged >= 5


def test_a_right_proof_for_other_facts_is_refused() -> None:
    for index, size in SHAPES:
        ours = tree(size)
        path, root = ours.inclusion(index), ours.root()
        node = merkle.node_hash(HASHES[index], path[0])
        wrong = [
            (HASHES[index ^ 1], index, size, path, root),
            (LEAVES[index][:32].ljust(32), index, size, path, root),
            (HASHES[index], index ^ 1, size, path, root),
            (HASHES[index], size, size, path, root),
            (HASHES[index], -1, size, path, root),
            (HASHES[index], index, size * 2 + 1, path, root),
            (HASHES[index], index, index, path, root),
            (HASHES[index], index, 0, path, root),
            (HASHES[index], index, size, path, flip(root)),
            (HASHES[index], index, size, path, merkle.EMPTY_ROOT),
            (HASHES[index], index, size, path, root[:31]),
            (hashlib.sha256(LEAVES[index]).digest(), index, size, path, root),
            (node, index // 2, size, path[1:], root),
        ]
        for case in wrong:
            with pytest.raises(Invalid):
                verify_inclusion(*case)


def test_a_right_consistency_proof_for_other_trees_is_refused() -> None:
    for old, size in [(1, 2), (3, 8), (4, 8), (6, 7), (7, 13), (256, 300), (257, 300)]:
        ours = tree(size)
        path, root, old_root = ours.consistency(old), ours.root(), ours.root(old)
        wrong = [
            (old, size, flip(old_root), root, path),
            (old, size, old_root, flip(root), path),
            (old, size, root, old_root, path),
            (old, size, old_root, old_root, path),
            (size, old, root, old_root, path),
            (old - 1, size, ours.root(old - 1), root, path),
            (old, old, old_root, root, []),
            (old, old, old_root, old_root, path),
            (0, size, old_root, root, []),
            (0, size, merkle.EMPTY_ROOT, root, path),
            (-1, size, old_root, root, path),
            (old, size, old_root[:31], root, path),
            (old, size, merkle.EMPTY_ROOT, root, path),
        ]
        for case in wrong:
            with pytest.raises(Invalid):
                merkle.verify_consistency(*case)
    merkle.verify_consistency(0, 0, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    with pytest.raises(Invalid):
        merkle.verify_consistency(0, 0, HASHES[0], HASHES[0], [])


def test_proofs_beyond_the_tree_are_not_made() -> None:
    for index in (-1, 8, 9):
        with pytest.raises(Invalid):
            tree(8).inclusion(index)
    for old in (-1, 9):
        with pytest.raises(Invalid):
            tree(8).consistency(old)
    with pytest.raises(Invalid):
        merkle.TileHashes(8, lambda level, number, width: b"short").root()


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a\x00"])
def test_cut_bundles_are_refused(bundle: bytes) -> None:
    with pytest.raises(ValueError, match="cut"):
        merkle.leaves_of(bundle)
