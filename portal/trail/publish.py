"""The public files of the log: tiles, entry bundles, key and checkpoint, as any file server may serve them.

A file once published never changes: it is created exclusively, and identical bytes are no error. Only `checkpoint` is
replaced, by rename. What is to be published is staged outside the public directory first.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.kernel.errors import CannotRun
from portal.trail import merkle

STAGED = "next.stage"


@dataclass(frozen=True)
class Publication:
    """What one commit point adds: the new tree head with its note, and the new files by path."""

    old_size: int
    size: int
    root: bytes
    note: str
    files: dict[str, bytes]


class LogFiles:
    """Reads and writes the public directory of one log."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def read(self, path: str) -> bytes:
        """Bytes of a public file; raises FileNotFoundError."""
        return (self.directory / path).read_bytes()

    def checkpoint(self) -> bytes | None:
        """The newest published checkpoint, or None before the first."""
        with suppress(FileNotFoundError):
            return self.read("checkpoint")
        return None

    def tile(self, level: int, tile: int, width: int) -> bytes:
        """Hashes of a tile at a width; a wider one that exists serves too."""
        return self._at_least(level, tile, width)[: width * merkle.HASH_BYTES]

    def leaves(self, bundle: int, width: int) -> list[bytes]:
        """The first `width` leaves of an entry bundle."""
        return merkle.leaves_of(self._at_least("entries", bundle, width))[:width]

    def entries(self, bundle: int, width: int) -> bytes:
        """An entry bundle at a width as it was published; cut from the full one where that took its place."""
        try:
            return self.read(merkle.tile_path("entries", bundle, width))
        except FileNotFoundError:
            return merkle.bundle_of(self.leaves(bundle, width))

    def leaf(self, index: int, size: int) -> bytes:
        """One leaf of the tree of `size`."""
        bundle, offset = divmod(index, merkle.TILE_WIDTH)
        return self.leaves(bundle, merkle.tile_width(0, bundle, size))[offset]

    def _at_least(self, level: int | str, number: int, width: int) -> bytes:
        try:
            return self.read(merkle.tile_path(level, number, width))
        except FileNotFoundError:
            return self.read(merkle.tile_path(level, number))

    def hashes(self, size: int) -> merkle.TileHashes:
        """Subtree hashes and proofs of the published tree of `size`: reads the few tiles it needs."""
        return merkle.TileHashes(size, self.tile)

    def put_new(self, files: dict[str, bytes]) -> None:
        """Create files exclusively and durably; a file that exists must hold the same bytes."""
        folders: set[Path] = set()
        for path, data in files.items():
            target = self.directory / path
            _make_folders(target.parent, folders)
            _create(target, data)
            folders.add(target.parent)
        for folder in sorted(folders):
            _sync_folder(folder)

    def put_checkpoint(self, note: str) -> None:
        """Replace the checkpoint by a rename that survives a power cut."""
        replace_file(self.directory / "checkpoint", note.encode())

    def put_key(self, vkey: str) -> None:
        """Publish the log's verifier key and the (still empty) witness policy."""
        replace_file(self.directory / "key", f"{vkey}\n".encode())
        replace_file(self.directory / "policy", f"log {vkey}\nquorum none\n".encode())


def extend(
    old_size: int, leaves: Sequence[bytes], hashes: Sequence[bytes], files: LogFiles
) -> tuple[bytes, dict[str, bytes]]:
    """Root and new files of the tree that appends `leaves` (with their leaf hashes) to a published tree."""
    new: dict[str, bytes] = {}
    bundle, width = divmod(old_size, merkle.TILE_WIDTH)
    entries = (files.leaves(bundle, width) if width else []) + list(leaves)
    for start in range(0, len(entries), merkle.TILE_WIDTH):
        part = entries[start : start + merkle.TILE_WIDTH]
        new[merkle.tile_path("entries", bundle + start // merkle.TILE_WIDTH, len(part))] = merkle.bundle_of(part)
    level, count, added = 0, old_size, list(hashes)
    tile_bytes = merkle.TILE_WIDTH * merkle.HASH_BYTES
    while added:
        tile, width = divmod(count, merkle.TILE_WIDTH)
        row = (files.tile(level, tile, width) if width else b"") + b"".join(added)
        added = []
        for start in range(0, len(row), tile_bytes):
            part_of_row = row[start : start + tile_bytes]
            new[merkle.tile_path(level, tile + start // tile_bytes, len(part_of_row) // merkle.HASH_BYTES)] = (
                part_of_row
            )
            if len(part_of_row) == tile_bytes:
                added.append(merkle.full_root(part_of_row))
        level, count = level + 1, count // merkle.TILE_WIDTH

    def read(at: int, number: int, wide: int) -> bytes:
        fresh = new.get(merkle.tile_path(at, number, wide))
        return fresh if fresh is not None else files.tile(at, number, wide)

    return merkle.TileHashes(old_size + len(leaves), read).root(), new


class Staging:
    """One publication on disk before its commit point, so that a crash after it can finish the work."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / STAGED

    def put(self, publication: Publication) -> None:
        """Write and sync; what was staged before is replaced."""
        head = {
            "old_size": publication.old_size,
            "size": publication.size,
            "root": base64.b64encode(publication.root).decode(),
            "note": publication.note,
            "files": [[path, len(data)] for path, data in publication.files.items()],
        }
        body = json.dumps(head).encode() + b"\n" + b"".join(publication.files.values())
        replace_file(self.path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)

    def get(self) -> Publication | None:
        """What is staged; None when there is nothing or it is damaged."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            digest, _, body = self.path.read_bytes().partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != digest:
                return None
            text, _, data = body.partition(b"\n")
            head = json.loads(text)
            files, at = {}, 0
            for path, length in head["files"]:
                files[path] = data[at : at + length]
                at += length
            return Publication(head["old_size"], head["size"], base64.b64decode(head["root"]), head["note"], files)
        return None

    def drop(self) -> None:
        """Nothing is staged any more."""
        self.path.unlink(missing_ok=True)


def finish(publication: Publication, files: LogFiles, staging: Staging, reached: Callable[[str], None]) -> None:
    """What follows a commit point: tiles and bundles, then the checkpoint, then the staging is dropped."""
    files.put_new(publication.files)
    reached("tiles published")
    files.put_checkpoint(publication.note)
    reached("checkpoint published")
    staging.drop()
    reached("staging dropped")


def replace_file(target: Path, data: bytes) -> None:
    """Write a file so that after a power cut there is the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = _write_beside(target, data)
    fresh.replace(target)
    _sync_folder(target.parent)


def _create(target: Path, data: bytes) -> None:
    fresh = _write_beside(target, data)
    try:
        os.link(fresh, target)  # unlike a rename, a link never replaces
    except FileExistsError:
        if target.read_bytes() != data:
            raise CannotRun(
                f"公开日志中已有另一份 {target.name}，停止发布",
                why=str(target),
                fix="请用 yangguang trail verify 核对公开目录，再决定从哪里恢复",
            ) from None
    finally:
        fresh.unlink()


def _write_beside(target: Path, data: bytes) -> Path:
    # One sequencer writes here; without its number in the name, what a killed one left half-written is written over.
    fresh = target.with_name(f".{target.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _make_folders(folder: Path, made: set[Path]) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        made.add(new.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
