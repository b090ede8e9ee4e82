"""Reads of photos: own uploads, where else a picture was used, what waits for its windows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.kernel import many
from portal.kernel.photos.hashing import unsigned
from portal.kernel.prepared import Prepared, among, listed, size_for
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import Photo, PhotoBand, PhotoMatch, PhotoWindows, VisitPhoto
from portal.registers.helpers.check_ins.photos.rules import Filed, near_parts, near_whole

MOST_TRIES = 3


@dataclass(frozen=True)
class PhotoRow:
    """One upload."""

    id: int
    sha256: str
    phash: int  # unsigned
    width: int
    height: int
    size: int
    media_type: str
    received_at: datetime
    exif_sealed: bytes | None
    is_forgotten: bool


def _row(photo: Photo | Row[*tuple[Any, ...]]) -> PhotoRow:
    return PhotoRow(
        photo.id, photo.sha256.hex(), int.from_bytes(photo.phash, "big"), photo.width, photo.height, photo.size, photo.media_type,
        photo.received_at, photo.exif_sealed, photo.forgotten_at is not None,
    )  # fmt: skip


_PHOTOS, _NAMED, _VISITS = Photo.__table__, VisitPhoto.__table__, CheckIn.__table__
# Made once, over the tables themselves: every upload of every phone runs these.
_UPLOAD = Prepared(
    select(_PHOTOS.c.id).where(_PHOTOS.c.sha256 == bindparam("sha"), _PHOTOS.c.device_id == bindparam("device"))
)


@cache
def _own(size: int) -> Prepared:
    return Prepared(
        select(_PHOTOS)
        .where(among(_PHOTOS.c.sha256, size), _PHOTOS.c.helper_no == bindparam("helper"))
        .order_by(_PHOTOS.c.id.desc())
    )


@cache
def _uses(size: int) -> Prepared:
    return Prepared(
        select(
            _PHOTOS.c.sha256, _VISITS.c.id, _VISITS.c.claim_id, _VISITS.c.helper_id, _VISITS.c.household_id,
            _VISITS.c.captured_at,
        )
        .join_from(_PHOTOS, _NAMED, _NAMED.c.photo_id == _PHOTOS.c.id)
        .join(_VISITS, _VISITS.c.id == _NAMED.c.check_in_id)
        .where(among(_PHOTOS.c.sha256, size), _VISITS.c.superseded_at.is_(None))
        .order_by(_VISITS.c.captured_at, _VISITS.c.id)
        .limit(50)
    )  # fmt: skip


def is_uploaded(session: Session, device_id: str, sha256: bytes) -> bool:
    """Whether a device has sent these bytes before."""
    return _UPLOAD.first(session.connection(), {"sha": sha256, "device": device_id}) is not None


def find_any_upload(session: Session, sha256: bytes) -> Photo | None:
    """The first upload of these bytes by whatever device."""
    return session.scalar(select(Photo).where(Photo.sha256 == sha256).order_by(Photo.id).limit(1))


def list_own(session: Session, helper_no: str, digests: Collection[str]) -> dict[str, PhotoRow]:
    """A helper's uploads among some digests (hex), the first of each; others' are not there."""
    if not digests:
        return {}
    wanted = [bytes.fromhex(digest) for digest in digests]
    rows = _own(size_for(wanted)).rows(session.connection(), {**listed(wanted), "helper": helper_no})
    return {photo.sha256.hex(): _row(photo) for photo in rows}


def photos_of(session: Session, check_in_ids: Collection[int]) -> dict[int, list[PhotoRow]]:
    """The photos of some check-ins, in their order."""
    rows = session.execute(
        select(VisitPhoto.check_in_id, Photo)
        .join(Photo, Photo.id == VisitPhoto.photo_id)
        .where(VisitPhoto.check_in_id.in_(check_in_ids))
        .order_by(VisitPhoto.check_in_id, VisitPhoto.position)
    )
    found: dict[int, list[PhotoRow]] = {}
    for check_in, photo in rows:
        found.setdefault(check_in, []).append(_row(photo))
    return found


@dataclass(frozen=True)
class Reuse:
    """Another visit that named the very same bytes."""

    sha256: str
    check_in_id: int
    claim_id: str
    helper_id: int
    household_id: int
    captured_at: datetime


def list_uses(session: Session, digests: Iterable[bytes]) -> list[Reuse]:
    """Visits that named a photo with one of these digests, whoever uploaded it; the earliest fifty."""
    wanted = list(digests)
    if not wanted:
        return []
    rows = _uses(size_for(wanted)).rows(session.connection(), listed(wanted))
    return [Reuse(row[0].hex(), row[1], row[2], row[3], row[4], row[5]) for row in rows]


def list_waiting(session: Session, limit: int) -> Sequence[tuple[int, str]]:
    """Photos whose windows are not hashed yet, oldest first: id and digest."""
    rows = session.execute(
        select(Photo.id, Photo.sha256)
        .join(PhotoWindows, PhotoWindows.photo_id == Photo.id)
        .where(PhotoWindows.hashes.is_(None), PhotoWindows.tries < MOST_TRIES)
        .order_by(PhotoWindows.photo_id)
        .limit(limit)
    )
    return [(number, sha.hex()) for number, sha in rows]


def list_near(session: Session, hashes: Sequence[int], before_id: int) -> list[Filed]:
    """Hashes of photos earlier than one that may be near its own 38, by their keys: without looking at any other."""
    found: list[Filed] = []
    for keys in (near_whole(hashes), near_parts(hashes)):
        query = select(PhotoBand.photo_id, PhotoBand.window, PhotoBand.hash).where(
            many.among(session, PhotoBand.key, keys), PhotoBand.photo_id < before_id
        )
        found += [Filed(photo, window, unsigned(value)) for photo, window, value in session.execute(query)]
    return found


@dataclass(frozen=True)
class MatchRow:
    """A likeness that the worker found: the later photo, the earlier one, and how they lie."""

    photo_id: int
    earlier_id: int
    bits: int
    window: int
    mirrored: bool


def list_matches(session: Session, photo_ids: Collection[int]) -> list[MatchRow]:
    """Earlier photos that some photos look like."""
    rows = session.execute(
        select(PhotoMatch.photo_id, PhotoMatch.earlier_id, PhotoMatch.bits, PhotoMatch.window, PhotoMatch.mirrored)
        .where(PhotoMatch.photo_id.in_(photo_ids))
        .order_by(PhotoMatch.photo_id, PhotoMatch.bits, PhotoMatch.earlier_id)
    )
    return [MatchRow(*row) for row in rows]


@dataclass(frozen=True)
class Likeness:
    """A photo of a visit beside a photo of another visit: the same bytes, or alike in all but so many bits."""

    photo_id: int
    other_id: int
    other_check_in: int
    bits: int
    is_identical: bool
    window: int
    mirrored: bool


def likenesses_of(session: Session, check_in_id: int, limit: int = 6) -> list[Likeness]:
    """Photos of other visits that are a visit's own or look like them, earlier or later, the likest first."""
    own = [photo.id for photo in photos_of(session, [check_in_id]).get(check_in_id, ())]
    found = [Likeness(mine, other, 0, 0, True, 0, False) for mine, other in _same_bytes(session, own)]
    found += [
        Likeness(mine, other, 0, bits, False, window, mirrored)
        for mine, other, bits, window, mirrored in _alike(session, own)
    ]
    uses = _uses_of(session, {each.other_id for each in found}, check_in_id)
    listed = [replace(each, other_check_in=visit) for each in found for visit in uses.get(each.other_id, ())]
    return sorted(listed, key=lambda each: (not each.is_identical, each.bits, each.other_check_in))[:limit]


def _same_bytes(session: Session, own: Sequence[int]) -> list[tuple[int, int]]:
    other = aliased(Photo)
    rows = session.execute(
        select(Photo.id, other.id).join(other, other.sha256 == Photo.sha256).where(Photo.id.in_(own))
    )
    return [(mine, theirs) for mine, theirs in rows]


def _alike(session: Session, own: Sequence[int]) -> list[tuple[int, int, int, int, bool]]:
    facts = (PhotoMatch.bits, PhotoMatch.window, PhotoMatch.mirrored)
    later = select(PhotoMatch.photo_id, PhotoMatch.earlier_id, *facts).where(PhotoMatch.photo_id.in_(own))
    earlier = select(PhotoMatch.earlier_id, PhotoMatch.photo_id, *facts).where(PhotoMatch.earlier_id.in_(own))
    same = set(_same_bytes(session, own))
    rows = [*session.execute(later), *session.execute(earlier)]
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows if (row[0], row[1]) not in same]


def _uses_of(session: Session, photo_ids: Collection[int], but: int) -> dict[int, list[int]]:
    rows = session.execute(
        select(VisitPhoto.photo_id, VisitPhoto.check_in_id)
        .where(VisitPhoto.photo_id.in_(photo_ids), VisitPhoto.check_in_id != but)
        .order_by(VisitPhoto.photo_id, VisitPhoto.check_in_id)
    )
    found: dict[int, list[int]] = {}
    for photo, visit in rows:
        found.setdefault(photo, []).append(visit)
    return found
