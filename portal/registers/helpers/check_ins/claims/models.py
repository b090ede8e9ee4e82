"""Claims 走访声明, accepted or refused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

_ACCEPTED = text("outcome = 'accepted'")
_WITH_POINT = text("erased_at IS NULL")


class Outcome(StrEnum):
    """What became of a well-signed message: 收下, 退回 (it keeps its place in the chain), 同号不同文."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFLICT = "conflict"


class Claim(Base):
    """走访声明: one well-signed message of a device. Body and point are sealed, and erased when their time is over."""

    __tablename__ = "claims"
    __table_args__ = (
        Index("uq_claims_message", "message_sha256", unique=True),
        Index("uq_claims_accepted", "claim_id", unique=True, sqlite_where=_ACCEPTED, postgresql_where=_ACCEPTED),
        Index("ix_claims_id", "claim_id"),
        Index("ix_claims_chain", "device_id", "counter"),
        Index("ix_claims_received", "received_at", sqlite_where=_WITH_POINT, postgresql_where=_WITH_POINT),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    claim_id: Mapped[str] = mapped_column(String(36))
    device_id: Mapped[str] = mapped_column(String(36))
    helper_no: Mapped[str] = mapped_column(String(40))
    counter: Mapped[int] = mapped_column(BigInt)
    previous_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    message_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # byte for byte as received; of accepted claims only
    point_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # 行踪轨迹: WGS-84 × 10^7, accuracy, fixes
    signature_ok: Mapped[bool] = mapped_column(Boolean)
    outcome: Mapped[str] = mapped_column(String(12))
    refusal: Mapped[str | None] = mapped_column(String(40))  # the code of the answer
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    event_id: Mapped[str | None] = mapped_column(String(36))  # the event whose leaf was acknowledged
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
