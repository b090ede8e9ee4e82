"""The backup archive: one tar with the database, the files, the log, and the keys sealed under a passphrase.

Its last member is the manifest, with the SHA-256 of every other one: a truncated or altered archive shows.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from portal.kernel.errors import BadInput

MANIFEST = "manifest.json"
DATABASE = "database"
KEYS = "keys.age"
CHUNK = 1 << 20


@dataclass
class Writer:
    """Adds members and remembers their digests."""

    tar: tarfile.TarFile
    digests: dict[str, str] = field(default_factory=dict)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file by streaming it."""
        with path.open("rb") as source:
            info = tarfile.TarInfo(name)
            info.size, info.mode = path.stat().st_size, 0o600
            digest = hashlib.sha256()
            self.tar.addfile(info, _Hashing(source, digest.update))
            self.digests[name] = digest.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self.tar.addfile(info, io.BytesIO(content))
        self.digests[name] = hashlib.sha256(content).hexdigest()

    def add_tree(self, prefix: str, root: Path) -> int:
        """Add every file below a folder; returns their number."""
        count = 0
        for path in sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else ():
            self.add_file(f"{prefix}/{path.relative_to(root).as_posix()}", path)
            count += 1
        return count

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the manifest."""
        content = orjson.dumps({**facts, "members": self.digests}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(content), 0o600
        self.tar.addfile(info, io.BytesIO(content))


class _Hashing(io.RawIOBase):
    """A file that tells what was read of it."""

    def __init__(self, source: IO[bytes], update: Callable[[bytes], None]) -> None:
        self._source, self._update = source, update

    def read(self, size: int = -1) -> bytes:
        """Read on, and hash it."""
        block = self._source.read(size)
        self._update(block)
        return block


def unpack(archive: Path, target: Path) -> dict[str, Any]:
    """Unpack into an empty folder, compare every member with the manifest; returns the manifest.

    BadInput names the member that is missing, foreign or altered; nothing outside `target` is ever written.
    """
    digests: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                if not member.isfile() or not _is_safe(member.name):
                    raise BadInput(f"备份里有不该有的成员 {member.name!r}", fix="换一份备份；这一份没有被使用")
                source = tar.extractfile(member)
                if source is None:
                    continue
                if member.name == MANIFEST:
                    manifest = orjson.loads(source.read())
                else:
                    digests[member.name] = _copy(source, target / member.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadInput(
            f"备份文件读不完整：{archive.name}", why=str(error), fix="换一份备份；这一份没有被使用"
        ) from error
    if manifest is None:
        raise BadInput(
            f"备份文件没有清单：{archive.name}", why="写到一半就断了，或者不是本平台的备份", fix="换一份备份"
        )
    _compare(manifest["members"], digests)
    return manifest


def _is_safe(name: str) -> bool:
    parts = Path(name).parts
    return (
        not Path(name).is_absolute()
        and ".." not in parts
        and parts[0] in {MANIFEST, DATABASE, KEYS, "files", "log", "marks"}
    )


def _copy(source: IO[bytes], target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while block := source.read(CHUNK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _compare(promised: dict[str, str], found: dict[str, str]) -> None:
    for name in _both(promised, found):
        if promised.get(name) != found.get(name):
            raise BadInput(
                f"备份里的 {name} 和清单对不上", why="缺了、多了，或者被改过", fix="换一份备份；这一份没有被使用"
            )


def _both(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return sorted({*one, *other})
