"""Photos 照片 and what is computed from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

_WAITING = text("hashes IS NULL")
_WITH_PLACE = text("exif_sealed IS NOT NULL")
_FORGOTTEN = text("forgotten_at IS NOT NULL")
SMALL = SmallInteger().with_variant(Integer(), "sqlite")


class Photo(Base):
    """照片: one upload of one device. The bytes lie sealed in the home under their SHA-256; the row never changes but to forget."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("uq_photos_upload", "sha256", "device_id", unique=True),
        Index("ix_photos_exif", "received_at", sqlite_where=_WITH_PLACE, postgresql_where=_WITH_PLACE),
        Index("ix_photos_forgotten", "forgotten_at", sqlite_where=_FORGOTTEN, postgresql_where=_FORGOTTEN),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    helper_no: Mapped[str] = mapped_column(String(40))
    device_id: Mapped[str] = mapped_column(String(36))
    size: Mapped[int] = mapped_column(Integer)  # bytes as uploaded
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    phash: Mapped[bytes] = mapped_column(LargeBinary(8))
    exif_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # may hold a place: forgotten with the claims' points
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # the original was destroyed; the rebuilt picture stays


class VisitPhoto(Base):
    """A photo that a check-in names. One photo named by several visits is evidence, not an error."""

    __tablename__ = "visit_photos"
    __table_args__ = (
        Index("uq_visit_photos_place", "check_in_id", "position", unique=True),
        Index("ix_visit_photos_photo", "photo_id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigInt, ForeignKey("check_ins.id"))
    photo_id: Mapped[int] = mapped_column(BigInt, ForeignKey("photos.id"))
    position: Mapped[int] = mapped_column(Integer)


class PhotoWindows(Base):
    """The 38 hashes of a photo's windows; empty until the worker has come by."""

    __tablename__ = "photo_windows"
    __why_unprotected__ = "computed from the photo, and can be computed anew from it"
    __table_args__ = (Index("ix_photo_windows_waiting", "photo_id", sqlite_where=_WAITING, postgresql_where=_WAITING),)

    photo_id: Mapped[int] = mapped_column(BigInt, ForeignKey("photos.id"), primary_key=True, autoincrement=False)
    hashes: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PhotoBand(Base):
    """Where a hash is filed: three keys each, so that a near one is found without looking at all."""

    __tablename__ = "photo_bands"
    __why_unprotected__ = "an index computed from the photos; holds no fact"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    photo_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    window: Mapped[int] = mapped_column(SMALL, primary_key=True, autoincrement=False)  # 0: the whole picture
    hash: Mapped[int] = mapped_column(BigInt)


class PhotoMatch(Base):
    """Two photos that look alike: the later one, the earlier one, in how many bits they differ, and how they lie."""

    __tablename__ = "photo_matches"
    __why_unprotected__ = "computed from two photos, and can be computed anew from them"
    __table_args__ = (Index("ix_photo_matches_earlier", "earlier_id"), {"sqlite_with_rowid": False})

    photo_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    earlier_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    bits: Mapped[int] = mapped_column(SMALL)
    window: Mapped[int] = mapped_column(SMALL)  # of which of the 19 windows; 0: the whole picture
    mirrored: Mapped[bool] = mapped_column(Boolean)
