"""Tables of phones: devices 手机, enrolment codes 登记码, nonces 随机数."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import ACTOR
from portal.kernel.database import Base, BigInt, UtcDateTime

_ACTIVE = text("revoked_at IS NULL")


class EnrolmentCode(Base):
    """登记码: made at the township office for one helper and shown there once; only its hash is kept."""

    __tablename__ = "enrolment_codes"
    __table_args__ = (Index("ix_enrolment_codes_helper", "helper_no"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    helper_no: Mapped[str] = mapped_column(String(40))
    code_hash: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EnrolledDevice(Base):
    """手机: the public half of a key that never leaves the phone. A helper has one in force; earlier ones stay."""

    __tablename__ = "devices"
    __table_args__ = (
        Index("uq_devices_active", "helper_no", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_devices_helper", "helper_no"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    device_id: Mapped[str] = mapped_column(String(36), unique=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    helper_no: Mapped[str] = mapped_column(String(40))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(160), unique=True)  # SubjectPublicKeyInfo, DER
    label: Mapped[str] = mapped_column(String(60))
    code_id: Mapped[int] = mapped_column(BigInt, ForeignKey("enrolment_codes.id"))
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(ACTOR)
    revoked_why: Mapped[str | None] = mapped_column(Text)


class Nonce(Base):
    """随机数: leased to one phone for 72 hours. A claim that carries it was made after it was issued."""

    __tablename__ = "nonces"
    __why_unprotected__ = "leases by the thousand; what a claim used of one stands in the claim's own protected row"
    __table_args__ = (Index("ix_nonces_expires", "expires_at"),)

    nonce: Mapped[str] = mapped_column(String(24), primary_key=True)
    device_id: Mapped[int] = mapped_column(BigInt, ForeignKey("devices.id"))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
