"""The job queue: Huey on a SQLite file of its own, with signed messages.

Huey pickles its messages, so whoever writes the queue's store would run code: messages are signed with a secret that
lies outside the store, and carry ids only.
"""

from __future__ import annotations

from huey import SqliteHuey
from huey.serializer import SignedSerializer

from portal.settings import Settings
from portal.trail.keys import load_or_make


def make_queue(settings: Settings) -> SqliteHuey:
    """The queue of an installation."""
    secret = load_or_make(settings.keys_dir / "queue.key").hex()
    return SqliteHuey(
        "yangguang",
        filename=str(settings.home / "queue.sqlite3"),
        serializer=SignedSerializer(secret=secret, salt="yangguang-queue"),
        fsync=True,
    )
