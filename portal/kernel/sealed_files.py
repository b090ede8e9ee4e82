"""Sealed files: content that strangers sent, kept encrypted in a directory of the home, complete or not at all.

A file appears under its name by one rename after it has been written and synced; whoever is killed before leaves only a
temporary file, which `remove_leftovers` takes away. Names say nothing: they are digests. What is sealed is bound to its
name, so that two files cannot change places.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring

_SPREAD: Final = 3
_TEMPORARY: Final = ".part"


def place_of(directory: Path, name: str) -> Path:
    """Where a file of this name lies: 4,096 folders by the first three characters of the name."""
    return directory / name[:_SPREAD] / name


def keep(directory: Path, name: str, data: bytes, keyring: Keyring) -> bool:
    """Seal bytes into a file, durable when this returns; True when it is new. The same name is the same content."""
    path = place_of(directory, name)
    if path.exists():
        _sync(path.parent)  # somebody else may have renamed it just now
        return False
    _make_folder(path.parent)
    temporary = path.with_name(f".{name[:8]}.{os.getpid()}.{os.urandom(6).hex()}{_TEMPORARY}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(keyring.seal_bytes(data, _seal_name(name)))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)
    return True


def read(directory: Path, name: str, keyring: Keyring) -> bytes:
    """The content of a file; NotFound when it is gone, SealError when it was altered."""
    try:
        sealed = place_of(directory, name).read_bytes()
    except FileNotFoundError:
        raise NotFound("这个文件不在了", why="可能已按期限销毁", fix="从备份恢复，或联系管理员") from None
    return keyring.open_bytes(sealed, _seal_name(name))


def remove(directory: Path, name: str) -> None:
    """Take a file away for good."""
    path = place_of(directory, name)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync(path.parent)


def remove_leftovers(directory: Path, before: float) -> int:
    """Delete temporary files last touched before a moment (seconds since 1970); returns how many."""
    old = [path for path in directory.glob(f"*/.*{_TEMPORARY}") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _seal_name(name: str) -> str:
    return f"files/{name}"


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each one durable."""
    missing = [part for part in (folder, *folder.parents) if not part.is_dir()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
        _sync(part.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
