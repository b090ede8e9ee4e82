"""The upload behind a preview: kept sealed beside the staging file until the import is decided, so that it can be re-read."""

from __future__ import annotations

import secrets
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.kernel.errors import CannotRun, Refused
from portal.kernel.sealing import Keyring
from portal.kernel.sheets.reading import file_digest

SEAL = "intake.original"
PIECE = 1 << 20


def keep_original(path: Path, directory: Path, keyring: Keyring) -> str:
    """Seal an upload piece by piece; returns the name under which it lies in the staging directory."""
    kept = directory / f"{secrets.token_hex(12)}.original"
    kept.touch(mode=0o600)
    with path.open("rb") as source, kept.open("wb") as target:
        while piece := source.read(PIECE):
            sealed = keyring.seal(b64encode(piece).decode(), SEAL)
            target.write(len(sealed).to_bytes(4, "big") + sealed)
    return kept.name


@contextmanager
def opened_original(directory: Path, name: str | None, sha256: str, keyring: Keyring) -> Iterator[Path]:
    """The upload in the clear while the block lasts. CannotRun when it is gone, Refused when it is not the same file."""
    path = directory / name if name else None
    if path is None or not path.is_file():
        raise CannotRun("这次上传的原表不在了", why="可能已放弃或被清理", fix="重新上传这份表")
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".upload") as clear:
        with path.open("rb") as source:
            while head := source.read(4):
                sealed = source.read(int.from_bytes(head, "big"))
                clear.write(b64decode(keyring.open_(sealed, SEAL)))
        clear.flush()
        if file_digest(Path(clear.name)) != sha256:
            raise Refused("存着的原表和上传时不一样了", fix="重新上传这份表")
        yield Path(clear.name)


def remove_original(directory: Path, name: str | None) -> None:
    """The import is decided: the upload goes."""
    if name:
        (directory / name).unlink(missing_ok=True)
