"""Connecting to an installation: an engine that knows its keys, and sessions that the guard watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from portal.kernel import sealing
from portal.kernel.database import WritingSession, make_engine
from portal.settings import Settings
from portal.trail import guard, keys


def connect(settings: Settings) -> Engine:
    """The engine every process uses. Makes the keys of a new home; the guard watches every writing session."""
    engine = make_engine(settings.database_url)
    keyring = sealing.ensure_keys(settings.keys_dir)
    keys.use(engine, keys.load_keys(settings.keys_dir, keyring))
    guard.install(WritingSession)
    return engine


@contextmanager
def connected(settings: Settings) -> Iterator[Engine]:
    """`connect` for a command: the engine's connections are closed at the end."""
    engine = connect(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def keyring_of(settings: Settings) -> sealing.Keyring:
    """The keyring of a home, for actions that seal or open a field."""
    return sealing.ensure_keys(settings.keys_dir)
