"""One sequencer per log: a file lock beside the staging, and on PostgreSQL a session advisory lock as well."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from portal.kernel.errors import CannotRun

ADVISORY = 0x79616E67677561
BUSY = "log_busy"


@contextmanager
def sequencing(engine: Engine, directory: Path) -> Iterator[None]:
    """Be the only sequencer, or raise `CannotRun` at once."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken() from None
        if engine.dialect.name == "sqlite":
            yield
            return
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY}).scalar():
                raise _taken()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY})


def _taken() -> CannotRun:
    return CannotRun("另一个进程正在签发这个日志", why="同一日志同时只能有一个签发进程", fix="请稍后再试", code=BUSY)
