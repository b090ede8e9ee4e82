"""Policies 政策 and their versions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Topic(StrEnum):
    """管哪方面."""

    RELIEF = "生活救助"
    DISABILITY = "残疾人"
    MEDICAL = "看病"
    SCHOOLING = "上学"
    HOUSING = "住房"
    WORK = "就业和产业"
    OLD_AGE = "养老"
    CHILDREN = "儿童"


class About(StrEnum):
    """享受的是户还是人: whether the conditions are asked of a household or of each of its members."""

    HOUSEHOLD = "户"
    PERSON = "人"


class PolicyState(StrEnum):
    """一个版本走到哪一步."""

    DRAFT = "草拟"
    WAITING = "待审核"
    RETURNED = "退回"
    PUBLISHED = "已发布"
    REPLACED = "已有新版本"
    ENDED = "已废止"


_PUBLISHED = text("superseded_at IS NULL AND state = '已发布'")


class Policy(Kept, Base):
    """政策: one version of one policy. Published ones are never changed; a new version replaces them."""

    __tablename__ = "policies"
    __key__ = ("slug", "version")
    __table_args__ = (
        *keep_indexes("policies", "slug", "version"),
        Index("uq_policies_published", "slug", unique=True, sqlite_where=_PUBLISHED, postgresql_where=_PUBLISHED),
        CheckConstraint("decided_by IS NULL OR decided_by <> drafted_by", name="two_persons"),
        CheckConstraint("state NOT IN ('已发布', '已有新版本', '已废止') OR decided_by IS NOT NULL", name="checked"),
    )

    slug: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(200))  # the document's own title
    document_no: Mapped[str] = mapped_column(String(120))  # 文号
    issuer: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    division_code: Mapped[str] = mapped_column(String(12))  # where it holds
    topic: Mapped[str] = mapped_column(String(8))
    about: Mapped[str] = mapped_column(String(2))
    card: Mapped[str] = mapped_column(Text)  # in plain words: what it is, for whom
    amount: Mapped[str] = mapped_column(Text)  # how much, in words
    apply_how: Mapped[str] = mapped_column(Text)
    call: Mapped[str] = mapped_column(String(200))  # whom to call
    programmes: Mapped[list[str]] = mapped_column(JSON)  # endings or beginnings of programme codes, with * for any year
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON)
    reached: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # what says that a household has it already
    is_followed: Mapped[bool] = mapped_column(
        Boolean, default=True
    )  # whom it has not reached is listed; not where places are few
    state: Mapped[str] = mapped_column(String(8))
    drafted_by: Mapped[str] = mapped_column(String(120))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_why: Mapped[str | None] = mapped_column(Text)
