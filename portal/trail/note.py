"""Signing tree heads: checkpoints as signed notes (C2SP). Reading them is the verifier's part."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.kernel.errors import CannotRun
from portal.trail.keys import load_or_make, read_key
from portal.trail.verifier import Key, parse_key

ED25519 = b"\x01"


@dataclass(frozen=True, repr=False)
class LogKey:
    """The log's name (its origin) and private key. Only the sequencer's process ever holds one."""

    name: str
    seed: bytes

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def vkey(self) -> str:
        """The public half, as verifiers want it: name+key id+base64(0x01 ‖ key)."""
        public = ED25519 + self._private.public_key().public_bytes_raw()
        return f"{self.name}+{_key_id(self.name, public).hex()}+{base64.b64encode(public).decode()}"

    @property
    def verifier(self) -> Key:
        """The public half, ready to check with."""
        return parse_key(self.vkey)

    def sign(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a tree head."""
        text = f"{self.name}\n{size}\n{base64.b64encode(root).decode()}\n"
        private = self._private
        public = ED25519 + private.public_key().public_bytes_raw()
        signature = base64.b64encode(_key_id(self.name, public) + private.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


def make_log_key(path: Path, origin: str) -> LogKey:
    """The log's key, made where there is none (mode 0600). The origin stands in the same file and never changes."""
    check_origin(origin)
    load_or_make(path, f"{origin}\n")
    return load_log_key(path)


def load_log_key(path: Path) -> LogKey:
    """The log's key and origin. Raises `CannotRun` before `trail checkpoint --init` or under another account."""
    if not path.exists():
        raise CannotRun("日志还没有建立", why="找不到日志密钥", fix="请先运行 yangguang trail checkpoint --init")
    seed = read_key(path)
    origin = path.read_text("utf-8").split("\n")[1].strip()
    check_origin(origin)
    return LogKey(origin, seed)


def check_origin(origin: str) -> None:
    """Refuse a name that a note cannot carry."""
    if not origin or "://" in origin or any(c.isspace() or c == "+" for c in origin):
        raise CannotRun(
            f"日志名称 {origin!r} 不合规", why="应为 公开域名/log，不含协议、空格和加号", fix="请改用 --origin 指定"
        )


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
