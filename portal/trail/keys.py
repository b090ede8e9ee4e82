"""The two keys of the trail: the event key (with the application) and the log key (with the sequencer alone).

The event key makes the macs that the sequencer asks for, so SQL rights alone cannot make an event. Both are 32 random
bytes in a file of their own, readable by one account only, and never in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Dialect, Engine
from sqlalchemy.orm import Session

from portal.kernel.errors import CannotRun

KEY_BYTES = 32
EVENT_NAME = "event.key"


class Sealer(Protocol):
    """What the trail needs of the keyring of kernel/sealing."""

    def seal(self, value: str, field_name: str, /) -> bytes:
        """Encrypt a value for one field."""
        ...

    def open_(self, sealed: bytes, field_name: str, /) -> str:
        """Decrypt what `seal` made for the same field."""
        ...


@dataclass(frozen=True, repr=False)
class TrailKeys:
    """Event key and keyring of one installation."""

    event_key: bytes
    keyring: Sealer

    def mac(self, leaf: bytes, openings_hash: bytes) -> bytes:
        """HMAC-SHA-256(event key, leaf ‖ SHA-256(JCS(openings)))."""
        return hmac.digest(self.event_key, leaf + openings_hash, "sha256")


_KEYS: weakref.WeakKeyDictionary[Dialect, TrailKeys] = weakref.WeakKeyDictionary()


def use(engine: Engine, keys: TrailKeys) -> None:
    """Give an engine its keys, once, where the engine is made. Sessions of the engine find them by `keys_of`."""
    _KEYS[engine.dialect] = keys


def keys_of(session: Session) -> TrailKeys:
    """The keys of the session's engine. Raises `CannotRun` when the start of the process forgot `use`."""
    keys = _KEYS.get(session.get_bind().dialect)
    if keys is None:
        raise CannotRun("留痕密钥没有装入", why="进程启动时没有为数据库指定密钥", fix="请先运行 yangguang init")
    return keys


def load_keys(keys_dir: Path, keyring: Sealer) -> TrailKeys:
    """The keys of a home; the event key is made on first use."""
    return TrailKeys(load_event_key(keys_dir), keyring)


def load_event_key(keys_dir: Path) -> bytes:
    """The event key of a home, made on first use (mode 0600)."""
    return load_or_make(keys_dir / EVENT_NAME)


def load_or_make(path: Path, remark: str = "") -> bytes:
    """Read a 32-byte key written as hex, or make it, with a remark on a second line. Safe against a second process."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{os.urandom(KEY_BYTES).hex()}\n{remark}")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was faster: its key counts
        finally:
            fresh.unlink()
    return read_key(path)


def read_key(path: Path) -> bytes:
    """Read an existing key file. Raises `CannotRun` when it is missing or damaged; never shows its content."""
    try:
        key = bytes.fromhex(path.read_text("utf-8").split("\n")[0].strip())
    except (OSError, ValueError) as error:
        raise CannotRun(
            f"密钥文件 {path.name} 读不出来", why=type(error).__name__, fix="请从备份恢复密钥，或先运行初始化"
        ) from error
    if len(key) != KEY_BYTES:
        raise CannotRun(f"密钥文件 {path.name} 长度不对", fix="请从备份恢复密钥")
    return key


def key_fingerprint(key: bytes) -> str:
    """Eight hex digits that tell two keys apart and give nothing away."""
    return hashlib.sha256(b"yangguang/key/" + key).hexdigest()[:8]
