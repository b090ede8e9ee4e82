"""Connecting to an installation: an engine that knows its keys, and sessions that the guard watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from portal.kernel import sealing
from portal.kernel.database import WritingSession, make_engine, read_url
from portal.kernel.errors import CannotRun
from portal.settings import Settings
from portal.trail import guard, keys


def connect(settings: Settings) -> Engine:
    """The engine every process uses; the guard watches every writing session.

    Makes the keys of a home whose database says nothing yet. CannotRun when there is no home, or when a home that
    holds records has lost a key: with a fresh one nothing could be opened or found again.
    """
    refuse_missing(settings)
    engine = make_engine(settings.database_url)
    if missing_keys(settings) and _is_in_use(engine):
        engine.dispose()
        refuse_lost_keys(settings)
    keyring = sealing.ensure_keys(settings.keys_dir)
    keys.use(engine, keys.load_keys(settings.keys_dir, keyring))
    guard.install(WritingSession)
    return engine


def refuse_missing(settings: Settings) -> None:
    """CannotRun where nothing was ever set up; looking must not leave an empty database behind."""
    file = database_file(settings)
    if not settings.home.is_dir() or (file is not None and not file.exists()):
        raise CannotRun(
            f"数据目录 {settings.home.name} 里没有数据库",
            why="这里还没有建立平台，或者数据库文件不见了",
            fix="新装先运行 yangguang init 或 make demo；丢了的用 yangguang restore 恢复",
        )


def database_file(settings: Settings) -> Path | None:
    """The file of a SQLite database; None where the database is a server."""
    url = read_url(settings.database_url)
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def missing_keys(settings: Settings) -> list[str]:
    """Key files that a home lacks, by name (a sealing key's as `seal-*.key`)."""
    there = {path.name for path in settings.keys_dir.glob("*.key")}
    lacking = [name for name in (sealing.INDEX_NAME, keys.EVENT_NAME) if name not in there]
    return lacking if any(name.startswith("seal-") for name in there) else ["seal-*.key", *lacking]


def refuse_lost_keys(settings: Settings) -> None:
    """CannotRun that names the key files that are gone and says where they come back from."""
    raise CannotRun(
        f"密钥不见了：{'、'.join(missing_keys(settings))}",
        why="换新的密钥会让已经加密的内容再也打不开、查不到",
        fix="用 yangguang restore 把备份恢复到一个空目录，再把其中 keys/ 里的文件放回来",
    )


def _is_in_use(engine: Engine) -> bool:
    """Whether anything was ever recorded here."""
    if not inspect(engine).has_table("trail_events"):
        return False
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM trail_events LIMIT 1")).first() is not None


@contextmanager
def connected(settings: Settings) -> Iterator[Engine]:
    """`connect` for a command: the engine's connections are closed at the end."""
    engine = connect(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def keyring_of(settings: Settings) -> sealing.Keyring:
    """The keyring of a home that `connect` has opened, for actions that seal or open a field."""
    return sealing.load_keys(settings.keys_dir)
