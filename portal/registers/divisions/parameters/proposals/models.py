"""Proposed changes of dated parameters 参数改动."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Doing(StrEnum):
    """改动种类: enter a row, correct one, take one out of force."""

    ADD = "录入"
    CORRECT = "更正"
    WITHDRAW = "停用"


class ProposalState(StrEnum):
    """待复核, 已生效, 退回."""

    WAITING = "待复核"
    IN_FORCE = "已生效"
    RETURNED = "退回"


_WAITING = text("superseded_at IS NULL AND state = '待复核'")


class ParameterProposal(Kept, Base):
    """参数改动: what one account wants a parameter to be. It holds from the moment another account has approved it."""

    __tablename__ = "parameter_proposals"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("parameter_proposals", "no"),
        Index(
            "ix_parameter_proposals_waiting", "division_code", "id", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("(decided_by IS NULL) = (state = '待复核')", name="decided_by_somebody"),
    )

    no: Mapped[str] = mapped_column(String(20))  # CS-2026-000001
    doing: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))
    division_code: Mapped[str] = mapped_column(String(12))
    parameter_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("parameters.id"))  # None: a row that is to come
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON(none_as_null=True))  # what it shall be; dates as ISO text
    stood: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # of a correction: what stood
    version: Mapped[str | None] = mapped_column(String(80))  # of the row that the proposer had before the eyes
    why: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(4))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_why: Mapped[str | None] = mapped_column(Text)
