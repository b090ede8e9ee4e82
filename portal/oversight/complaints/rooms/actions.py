"""Opening, keeping open and closing the case room of one signed-in browser."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.oversight.complaints.rooms.models import CaseRoom

IDLE: Final = timedelta(minutes=15)
KEY_BYTES: Final = 32
_NONCE: Final = 12


def open_room(session: Session, session_id: int, secret: bytes, at: datetime) -> bytes:
    """Keep what was unlocked under a fresh key; returns the key, which nothing but the browser's cookie may hold."""
    key, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE)
    blob = nonce + ChaCha20Poly1305(key).encrypt(nonce, secret, _bound(session_id))
    close_room(session, session_id)
    session.execute(delete(CaseRoom).where(CaseRoom.used_at < at - IDLE))
    session.add(CaseRoom(session_id=session_id, blob=blob, used_at=at))
    session.flush()
    return key


def enter_room(session: Session, session_id: int, key: bytes, at: datetime) -> bytes | None:
    """What was unlocked; None when the room is closed, idle for too long, or the key is another's."""
    room = session.scalar(select(CaseRoom).where(CaseRoom.session_id == session_id))
    if room is None or len(key) != KEY_BYTES or not _is_fresh(room.used_at, at):
        return None
    try:
        return ChaCha20Poly1305(key).decrypt(room.blob[:_NONCE], room.blob[_NONCE:], _bound(session_id))
    except InvalidTag:
        return None


def touch_room(session: Session, session_id: int, at: datetime) -> None:
    """The room was used: its quarter of an hour begins anew."""
    room = session.scalar(select(CaseRoom).where(CaseRoom.session_id == session_id))
    if room is not None and _is_fresh(room.used_at, at):
        room.used_at = at
        session.flush()


def close_room(session: Session, session_id: int) -> None:
    """Forget what was unlocked."""
    session.execute(delete(CaseRoom).where(CaseRoom.session_id == session_id))


def _is_fresh(used_at: datetime, at: datetime) -> bool:
    return abs(at - used_at) <= IDLE


def _bound(session_id: int) -> bytes:
    return f"yangguang|case room|{session_id}".encode()
