"""Supervision orders 督办单 and their tasks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class OrderState(StrEnum):
    """督办单走到哪一步."""

    DRAFTED = "立项"
    ISSUED = "签发"
    HANDLING = "承办"
    ANSWERED = "反馈"
    CHECKING = "核查"
    CLEARED = "销号"
    RETURNED = "退回重办"
    RAISED = "提级"
    DROPPED = "作废"


class TaskState(StrEnum):
    """一项任务走到哪一步."""

    WAITING = "待签收"
    HANDLING = "承办中"
    ANSWERED = "已反馈"
    PASSED = "已核实"
    RETURNED = "退回重办"
    ENDED = "不再办理"


class Why(StrEnum):
    """为什么督办."""

    CASE = "案件需要"
    WEAK = "办理不力"
    SLOW = "办理拖延"
    LATE = "超过期限"
    REPEATED = "反复投诉"


_CURRENT = text("superseded_at IS NULL")
_RUNNING = text("superseded_at IS NULL AND state IN ('待签收', '承办中', '退回重办')")


class Order(Kept, Base):
    """督办单 of a case. Its words are sealed; the number is drawn, so that nobody can guess another one."""

    __tablename__ = "supervision_orders"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("supervision_orders", "no"),
        Index("ix_supervision_orders_case", "case_id"),
        Index("ix_supervision_orders_state", "state", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    )

    no: Mapped[str] = mapped_column(String(20))  # DB-2026-7K3M9QXD
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    follows_no: Mapped[str | None] = mapped_column(String(20))  # the order that was raised to this one
    is_listed: Mapped[bool] = mapped_column(Boolean)  # 挂牌
    reason: Mapped[str] = mapped_column(String(4))
    issuer: Mapped[str] = mapped_column(String(120))  # the organ
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(4))
    drafted_by: Mapped[str] = mapped_column(String(120))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str | None] = mapped_column(String(120))
    issued_on: Mapped[date | None] = mapped_column(Date)
    issue_event: Mapped[str | None] = mapped_column(String(36))
    ended_on: Mapped[date | None] = mapped_column(Date)


class OrderTask(Kept, Base):
    """督办任务: what one unit does, by when. The last day is set when the order goes out."""

    __tablename__ = "order_tasks"
    __key__ = ("order_id", "n")
    __public__ = False
    __table_args__ = (
        *keep_indexes("order_tasks", "order_id", "n"),
        Index("ix_order_tasks_unit", "unit_code", "due_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_order_tasks_due", "due_on", "id", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    order_id: Mapped[int] = mapped_column(BigInt, ForeignKey("supervision_orders.id"))
    n: Mapped[int] = mapped_column(Integer)
    unit_code: Mapped[str] = mapped_column(String(40))
    unit_division: Mapped[str | None] = mapped_column(String(12))
    days: Mapped[int] = mapped_column(Integer)  # working days
    demand_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(4))
    due_on: Mapped[date | None] = mapped_column(Date)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
