"""Sealed columns: personal identifiers are stored encrypted, found through a keyed blind index, opened by an act.

A sealed value is `version (1) ‖ key id (4) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag`, bound to its field's name.
The keys are files beside the database, never in it. The newest sealing key seals, every one that is present opens.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.kernel.errors import BadInput, CannotRun, ProductError

VERSION: Final = 1
KEY_BYTES: Final = 32
INDEX_BYTES: Final = 16
_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = 1 + _ID_BYTES
_SHORTEST: Final = _HEAD_BYTES + _NONCE_BYTES + 16
_SEAL_NAME: Final = re.compile(r"seal-(\d{4})-([0-9a-f]{8})\.key")
INDEX_NAME: Final = "index.key"
_BUNDLED_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.key")
_BUNDLE_FORMAT: Final = "yangguang-keys-1"


class SealError(ProductError):
    """A sealed value cannot be opened: its key is missing, or it was altered or belongs to another field."""

    code = "sealed"


@dataclass(frozen=True)
class Keyring:
    """The sealing keys and the index key of one installation. Holds no state that changes; safe to share."""

    newest: bytes
    _openers: dict[bytes, AESGCM] = field(repr=False)
    _index_key: bytes = field(repr=False)
    _inner: Any = field(init=False, repr=False)
    _outer: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare HMAC's two halves once (RFC 2104): copying them is 2.5 times as fast as a fresh HMAC."""
        padded = self._index_key.ljust(64, b"\0")
        object.__setattr__(self, "_inner", hashlib.sha256(bytes(byte ^ 0x36 for byte in padded)))
        object.__setattr__(self, "_outer", hashlib.sha256(bytes(byte ^ 0x5C for byte in padded)))

    def seal(self, value: str, field_name: str) -> bytes:
        """Encrypt one value for one field; two seals of the same value differ."""
        return self.seal_bytes(value.encode(), field_name)

    def seal_bytes(self, value: bytes, field_name: str) -> bytes:
        """Encrypt bytes (a photo) for one field."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._openers[self.newest].encrypt(nonce, value, field_name.encode())
        return self._head + nonce + sealed

    def seal_many(self, values: Iterable[str | None], field_name: str) -> list[bytes | None]:
        """Encrypt a column; None stays None. Random nonces are drawn at once."""
        column = list(values)
        encrypt, head, name = self._openers[self.newest].encrypt, self._head, field_name.encode()
        nonces = os.urandom(_NONCE_BYTES * len(column))
        sealed: list[bytes | None] = []
        for value, start in zip(column, range(0, len(nonces), _NONCE_BYTES), strict=True):
            if value is None:
                sealed.append(None)
                continue
            nonce = nonces[start : start + _NONCE_BYTES]
            sealed.append(head + nonce + encrypt(nonce, value.encode(), name))
        return sealed

    def open_(self, sealed: bytes, field_name: str) -> str:
        """Decrypt one value of one field; raises SealError, which never shows the value."""
        return self.open_bytes(sealed, field_name).decode()

    def open_bytes(self, sealed: bytes, field_name: str) -> bytes:
        """Decrypt bytes of one field; raises SealError."""
        if len(sealed) < _SHORTEST or sealed[0] != VERSION:
            raise SealError("这不是本系统加密的内容", fix="用备份核对这一列，再运行 yangguang doctor")
        key_id = sealed[1:_HEAD_BYTES]
        opener = self._openers.get(key_id)
        if opener is None:
            raise SealError(f"缺少编号 {key_id.hex()} 的密钥", fix="把当时的密钥文件放回 keys 目录（备份里有）")
        nonce, body = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], sealed[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return opener.decrypt(nonce, body, field_name.encode())
        except InvalidTag:
            raise SealError("加密内容被改动过，或放错了字段", fix="用备份和日志核对这条记录") from None

    def open_many(self, sealed: Iterable[bytes | None], field_name: str) -> list[str | None]:
        """Decrypt a column; None stays None."""
        return [None if value is None else self.open_(value, field_name) for value in sealed]

    def reseal(self, sealed: bytes, field_name: str) -> bytes:
        """The same value under the newest key (used after a rotation); unchanged where it already is."""
        if sealed[1:_HEAD_BYTES] == self.newest:
            return sealed
        return self.seal(self.open_(sealed, field_name), field_name)

    def blind_index(self, value: str) -> bytes:
        """16 bytes by which a number is found without opening it: HMAC-SHA256 over its first 18 characters.

        Hand in normalised text (`identity`, `cells`); a 20- or 22-digit card number so meets the ID it extends.
        """
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value[:18].encode())
        outer.update(inner.digest())
        index: bytes = outer.digest()[:INDEX_BYTES]
        return index

    def blind_index_many(self, values: Iterable[str | None]) -> list[bytes | None]:
        """The blind index of a column; None stays None."""
        index = self.blind_index
        return [None if value is None else index(value) for value in values]

    def derived(self, purpose: str, length: int) -> bytes:
        """Bytes for another purpose, always the same in this installation (HKDF-SHA256 over the key that never rotates)."""
        return HKDF(SHA256(), length, salt=None, info=purpose.encode()).derive(self._index_key)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of the keys that can open, in hexadecimal."""
        return tuple(key_id.hex() for key_id in self._openers)

    @property
    def _head(self) -> bytes:
        return bytes([VERSION]) + self.newest


def make_keyring(seal_keys: Sequence[bytes], index_key: bytes) -> Keyring:
    """A keyring from raw keys, oldest first (tests and the staging file use this; servers use `load_keys`)."""
    openers = {_key_id(key): AESGCM(key) for key in seal_keys}
    return Keyring(_key_id(seal_keys[-1]), openers, index_key)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"yangguang key id" + key).digest()[:_ID_BYTES]


def ensure_keys(directory: Path) -> Keyring:
    """Load the keys of an installation, creating them (mode 0600) where none exist. Safe against a second process."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(directory):
        if not _seal_files(directory):
            _create_seal_key(directory, 1)
        if not (directory / INDEX_NAME).exists():
            _write_once(directory / INDEX_NAME, os.urandom(KEY_BYTES))
    return load_keys(directory)


def load_keys(directory: Path) -> Keyring:
    """Load existing keys; raises CannotRun with the cure where they are missing or damaged."""
    files = _seal_files(directory)
    index_file = directory / INDEX_NAME
    if not files or not index_file.is_file():
        raise CannotRun(f"密钥目录里没有密钥：{directory}", fix="新装先运行 yangguang init；旧系统把备份里的密钥放回去")
    return make_keyring([_read_key(path) for path in files], _read_key(index_file))


def add_key(directory: Path) -> Keyring:
    """Rotate: a new sealing key seals from now on, the older ones still open."""
    with _locked(directory):
        files = _seal_files(directory)
        _create_seal_key(directory, int(files[-1].name[5:9]) + 1 if files else 1)
    return load_keys(directory)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _seal_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir() if _SEAL_NAME.fullmatch(path.name))


def _create_seal_key(directory: Path, number: int) -> None:
    key = os.urandom(KEY_BYTES)
    _write_once(directory / f"seal-{number:04d}-{_key_id(key).hex()}.key", key)


def _write_once(path: Path, key: bytes) -> None:
    _write_file_once(path, base64.b16encode(key) + b"\n")


def _write_file_once(path: Path, content: bytes) -> None:
    """Create a file for its owner only, complete or not at all; one that exists is left alone."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def _read_key(path: Path) -> bytes:
    try:
        key = base64.b16decode(path.read_bytes().strip())
    except ValueError:
        key = b""
    match = _SEAL_NAME.fullmatch(path.name)
    if len(key) != KEY_BYTES or (match and match[2] != _key_id(key).hex()):
        raise CannotRun(f"密钥文件坏了：{path.name}", fix="从备份恢复这个文件（yangguang restore）")
    return key


def export_keys(directory: Path, passphrase: str) -> bytes:
    """Every `*.key` file in one bundle, sealed under a passphrase (age format: the `age` command opens it too)."""
    if len(passphrase) < 12:
        raise BadInput("口令太短", why="备份里的密钥只由这个口令保护", fix="口令至少 12 个字")
    load_keys(directory)
    keys = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(directory.glob("*.key"))}
    bundle = json.dumps({"format": _BUNDLE_FORMAT, "keys": keys}, sort_keys=True)
    return bytes(pyrage.passphrase.encrypt(bundle.encode(), passphrase))


def import_keys(bundle: bytes, passphrase: str, directory: Path) -> Keyring:
    """Put the keys of a bundle into a directory. A key that is there with other content is never overwritten."""
    keys = _open_bundle(bundle, passphrase)
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(directory):
        for name, content in keys.items():
            path = directory / name
            if path.exists() and path.read_bytes() != content:
                raise CannotRun(
                    f"密钥目录里已有另一个 {name}", why="覆盖它会让现有数据再也打不开", fix="恢复到一个空的数据目录"
                )
        for name, content in keys.items():
            _write_file_once(directory / name, content)
    return load_keys(directory)


def _open_bundle(bundle: bytes, passphrase: str) -> dict[str, bytes]:
    try:
        opened = json.loads(pyrage.passphrase.decrypt(bundle, passphrase))
    except (pyrage.DecryptError, ValueError):
        raise BadInput("密钥包打不开", why="口令不对，或文件坏了", fix="核对口令；换一份备份再试") from None
    names = opened.get("keys", {}) if isinstance(opened, dict) and opened.get("format") == _BUNDLE_FORMAT else {}
    if not names or not all(_BUNDLED_NAME.fullmatch(name) for name in names):
        raise BadInput("这不是本系统的密钥包", fix="选 yangguang backup 生成的文件")
    return {name: base64.b64decode(content) for name, content in names.items()}
