"""What the page of the transparency log shows: read from the published files only, as an outsider would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class LogState:
    """The newest checkpoint; `size` None before the first one."""

    size: int | None = None
    root: str = ""
    origin: str = ""
    key: str = ""
    signed_at: datetime | None = None


def log_state(folder: Path) -> LogState:
    """Read `checkpoint` and `key` of a published log."""
    checkpoint, key = folder / "checkpoint", folder / "key"
    if not checkpoint.is_file():
        return LogState()
    origin, size, root = checkpoint.read_text(encoding="utf-8").split("\n")[:3]
    vkey = key.read_text(encoding="utf-8").split("\n")[0] if key.is_file() else ""
    return LogState(int(size), root, origin, vkey, datetime.fromtimestamp(checkpoint.stat().st_mtime, UTC))
