"""Check-ins 走访打卡."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Visit(StrEnum):
    """Whether somebody was there: 已走访, or 无法走访 with a reason (a complete and legal answer)."""

    DONE = "done"
    NOT_POSSIBLE = "not_possible"


class State(StrEnum):
    """Where a check-in stands: 已收到, 请本人说明, 已说明, 有效, 不计. Only a person counts or does not count."""

    ACCEPTED = "accepted"
    ASKED = "asked"
    EXPLAINED = "explained"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"


class Source(StrEnum):
    """How a visit was reported."""

    PHONE = "手机"
    PAPER = "纸质"


class Activity(StrEnum):
    """做了什么."""

    INCOMES = "核对收入"
    VOUCHERS = "看票据"
    HOUSING = "看住房"
    POLICIES = "讲政策"
    WORK = "找活干"
    MEDICAL = "看病报销"
    SCHOOL = "孩子上学"
    OTHER = "其他"


class NotPossible(StrEnum):
    """无法走访的原因."""

    NOBODY_HOME = "家中无人"
    WORKING_AWAY = "外出务工"
    IN_HOSPITAL = "住院"
    MOVED = "搬走了"
    ROAD = "道路不通"
    WEATHER = "天气灾害"
    DECLINED = "本户不便接待"
    OTHER = "其他"


class NoLocation(StrEnum):
    """没有定位的原因."""

    NO_SIGNAL = "没有卫星信号"
    REFUSED = "没有给定位权限"
    NO_DEVICE = "手机不支持"
    TIMEOUT = "等不到定位"
    OTHER = "其他"


_CURRENT = text("superseded_at IS NULL")
_MEETS_DUTY = text("superseded_at IS NULL AND state <> 'not_counted'")
_WAITING = text("superseded_at IS NULL AND state IN ('asked', 'explained')")
_FAST = text("superseded_at IS NULL AND travel_kmh IS NOT NULL")
_FAR = text("superseded_at IS NULL AND beyond_m > 0")


class CheckIn(Kept, Base):
    """走访打卡: one visit as it is counted. What identifies a place to the metre is sealed with the claim, not here."""

    __tablename__ = "check_ins"
    __key__ = ("claim_id",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("check_ins", "claim_id"),
        Index(
            "ix_check_ins_helper", "helper_id", "received_at", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT
        ),
        Index(
            "ix_check_ins_helper_captured", "helper_id", "captured_at", sqlite_where=_CURRENT, postgresql_where=_CURRENT
        ),
        Index(
            "ix_check_ins_household", "household_id", "captured_at", sqlite_where=_CURRENT, postgresql_where=_CURRENT
        ),
        Index(
            "ix_check_ins_last", "household_id", "visited_on", sqlite_where=_MEETS_DUTY, postgresql_where=_MEETS_DUTY
        ),
        Index("ix_check_ins_device", "device_id", "captured_at", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index(
            "ix_check_ins_place", "division_code", "visited_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT
        ),
        Index(
            "ix_check_ins_tally",
            "division_code",
            "visited_on",
            "visit",
            sqlite_where=_MEETS_DUTY,
            postgresql_where=_MEETS_DUTY,
        ),
        Index("ix_check_ins_received", "received_at", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_check_ins_day", "visited_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_check_ins_waiting", "state", "division_code", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_check_ins_fast", "travel_kmh", "visited_on", sqlite_where=_FAST, postgresql_where=_FAST),
        Index("ix_check_ins_far", "beyond_m", "visited_on", sqlite_where=_FAR, postgresql_where=_FAR),
    )

    claim_id: Mapped[str] = mapped_column(String(36))  # the client's UUID; of a paper visit ours
    source: Mapped[str] = mapped_column(String(4))
    helper_id: Mapped[int] = mapped_column(BigInt, ForeignKey("helpers.id"))
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))  # of the household on that day
    device_id: Mapped[str | None] = mapped_column(String(36))
    visited_on: Mapped[date] = mapped_column(Date)  # the day in China on which it was captured
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the nonce was issued then; none: unbracketed
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # not after
    offline: Mapped[bool] = mapped_column(Boolean)
    visit: Mapped[str] = mapped_column(String(12))
    not_possible_reason: Mapped[str | None] = mapped_column(String(12))
    activities: Mapped[list[str]] = mapped_column(JSON)
    findings: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
    has_location: Mapped[bool] = mapped_column(Boolean)
    no_location_reason: Mapped[str | None] = mapped_column(String(12))
    coarse_lat_e7: Mapped[int | None] = mapped_column(Integer)  # WGS-84, rounded to about a kilometre
    coarse_lng_e7: Mapped[int | None] = mapped_column(Integer)
    accuracy_m: Mapped[int | None] = mapped_column(Integer)
    distance_m: Mapped[int | None] = mapped_column(Integer)  # to the household's point as it was on that day
    beyond_m: Mapped[int | None] = mapped_column(Integer)  # distance less the accuracies of both; never below zero
    travel_kmh: Mapped[int | None] = mapped_column(Integer)  # fastest way to the helper's or device's neighbour in time
    photo_count: Mapped[int] = mapped_column(Integer)
    signals: Mapped[dict[str, Any]] = mapped_column(JSON)  # R1 … R11 as data; shown to whoever verifies
    state: Mapped[str] = mapped_column(String(12))
    judged_by: Mapped[str | None] = mapped_column(String(120))
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    judgement: Mapped[str | None] = mapped_column(Text)
