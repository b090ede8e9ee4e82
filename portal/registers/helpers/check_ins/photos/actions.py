"""What is done with photos: kept as they come, opened by an act, compared by the worker, forgotten when their time is over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.accounts.reveals.actions import count_reveal
from portal.kernel import sealed_files
from portal.kernel.clock import day_cn
from portal.kernel.database import table_of, take_turns
from portal.kernel.errors import NotFound, Refused
from portal.kernel.photos.hashing import pack
from portal.kernel.photos.reading import ReadPhoto, read_photo
from portal.kernel.prepared import Prepared, PreparedInsert
from portal.kernel.sealing import Keyring
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.rules import NATION
from portal.registers.helpers.check_ins.photos.models import Photo, PhotoBand, PhotoMatch, PhotoWindows
from portal.registers.helpers.check_ins.photos.queries import find_any_upload, is_uploaded
from portal.registers.helpers.check_ins.photos.rules import (
    FOLDER,
    Likeness,
    band_rows,
    check_digest,
    derivative_name,
    original_name,
)
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.reveals import OVER_QUOTA, QUOTA
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record
from portal.trail.guard import write_row

EXIF_SEAL = seal_name("photos", "exif_sealed")
_FACTS = ("media_type", "width", "height", "phash", "exif_sealed")
_INSERT = PreparedInsert(table_of(Photo))
_WAITING = Prepared(insert(table_of(PhotoWindows)), ("photo_id", "tries"))


def keep_photo(
    session: Session, context: Context, helper_no: str, device_id: str, sha256: str, data: bytes, at: datetime
) -> bool:
    """Keep one upload of a device; True the first time, False when this device has sent it before.

    The picture is read, hashed, sealed and synced before the session is touched, so that no lock is held meanwhile:
    hand in a session that has not been used yet. Killed at any moment, there is a whole upload or none. Raises
    BadInput `digest_mismatch` or `bad_photo`.
    """
    digest = check_digest(sha256, data)
    folder, keyring = context.files_dir / FOLDER, keyring_of(session)
    is_there = sealed_files.place_of(folder, derivative_name(sha256)).exists()
    photo = None if is_there else _store(folder, sha256, data, keyring)
    take_turns(session, f"photo/{sha256}")
    if is_uploaded(session, device_id, digest):
        return False
    same = find_any_upload(session, digest) if photo is None else None
    if photo is None and (same is None or same.forgotten_at is not None):
        photo = _store(folder, sha256, data, keyring)
    facts = _facts(photo, keyring) if photo is not None else {name: getattr(same, name) for name in _FACTS}
    upload = {"sha256": digest, "helper_no": helper_no, "device_id": device_id, "size": len(data), "received_at": at}
    number = write_row(session, _INSERT, {**upload, **facts})
    _WAITING.run(session.connection(), {"photo_id": number, "tries": 0})
    record(
        session,
        kind="photo.kept",
        actor=context.actor,
        subjects=[("photo", str(number))],
        after={"bytes": len(data), "device": device_id, "helper": helper_no, "sha256": sha256},
        request_id=context.request_id,
        at=at,
    )
    return True


def _store(folder: Path, sha256: str, data: bytes, keyring: Keyring) -> ReadPhoto:
    """Original first, rebuilt picture last: where the second lies, both do."""
    photo = read_photo(data)
    sealed_files.keep(folder, original_name(sha256), data, keyring)
    sealed_files.keep(folder, derivative_name(sha256), photo.derivative, keyring)
    return photo


def _facts(photo: ReadPhoto, keyring: Keyring) -> dict[str, Any]:
    exif = keyring.seal(json.dumps(photo.exif, sort_keys=True), EXIF_SEAL) if photo.exif else None
    phash = photo.phash.to_bytes(8, "big")
    return dict(zip(_FACTS, (photo.media_type, photo.width, photo.height, phash, exif), strict=True))


def open_original(session: Session, context: Context, photo_id: int, act: Act, at: datetime) -> bytes:
    """Show somebody an original as it was uploaded: reason, sealed event, and the day's quota of sealed fields.

    The door asks for the permission. Raises BadInput without a reason, Refused over the quota (commit all the same:
    that it was asked is recorded), NotFound when the original has been destroyed.
    """
    why = need_reason(act)
    photo = session.get(Photo, photo_id)
    if photo is None or photo.forgotten_at is not None:
        raise NotFound("这张原图没有了", why="原图按期限销毁，留下重制的图片", fix="看重制的图片")
    quota = value_for(session, QUOTA, NATION, day_cn(at)).whole
    counted = count_reveal(session, act.actor, day_cn(at), quota, stepped_up=act.stepped_up)
    record(
        session,
        kind="access.photo_opened" if counted.allowed else OVER_QUOTA,
        actor=act.actor,
        subjects=[("photo", str(photo.id)), ("helper", photo.helper_no)],
        after={"field": "photos.original", "of_today": counted.shown, "over": counted.over},
        why=why,
        request_id=act.request_id,
        sealed=True,
        at=at,
    )
    if not counted.allowed:
        raise Refused("今天查看加密内容的次数用完了", fix="重新验证动态码再看", code="over_quota")
    return sealed_files.read(context.files_dir / FOLDER, original_name(photo.sha256.hex()), keyring_of(session))


def file_windows(
    session: Session, hashed: Mapping[int, Sequence[int]], alike: Mapping[int, Sequence[Likeness]], at: datetime
) -> None:
    """Keep the 38 window hashes of some photos with the earlier photos that they look like; file them for later ones.

    Writes computed tables only.
    """
    matches = [
        {
            "photo_id": photo_id,
            "earlier_id": like.earlier_id,
            "bits": like.bits,
            "window": like.window,
            "mirrored": like.mirrored,
        }
        for photo_id, found in alike.items()
        for like in found
    ]
    if matches:
        session.execute(insert(PhotoMatch), matches)
    session.execute(insert(PhotoBand), [row for photo_id, own in hashed.items() for row in band_rows(photo_id, own)])
    done = [{"photo_id": photo_id, "hashes": pack(own), "done_at": at} for photo_id, own in hashed.items()]
    session.execute(update(PhotoWindows), done)


def note_failure(session: Session, photo_id: int) -> None:
    """A photo whose windows could not be hashed: it is tried three times, then left."""
    tries = select(PhotoWindows.tries + 1).where(PhotoWindows.photo_id == photo_id).scalar_subquery()
    session.execute(update(PhotoWindows).where(PhotoWindows.photo_id == photo_id).values(tries=tries))
