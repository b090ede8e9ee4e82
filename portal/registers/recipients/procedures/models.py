"""Procedures 程序 and their steps 环节."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class ProcedureKind(StrEnum):
    """程序种类: each has its own life cycle (`cycles.rules.CYCLES`)."""

    ENTRY = "建档立卡纳入"
    MONITOR = "监测对象认定"
    REMOVAL = "监测风险消除"
    EXIT = "脱贫退出"
    DIBAO = "低保申请"
    RECHECK = "低保复核"
    FOLLOW_UP = "跟踪回访"
    CATEGORY = "类别调整"
    WITHDRAWAL = "自愿退出"
    CANCEL = "注销登记"


class Source(StrEnum):
    """来源: what set a procedure going."""

    APPLICATION = "本人申请"
    SELF_REPORT = "自主申报"
    CADRE_VISIT = "干部走访"
    DEPARTMENT = "部门预警"
    REVIEW = "定期复核"
    RELAPSE = "返贫"
    HOUSEHOLD = "本户提出"


class StepKey(StrEnum):
    """环节: what a procedure waits for."""

    APPLY = "申请"
    CLUE = "线索"
    PROPOSE = "提出"
    ACCEPT = "受理"
    CHECK = "核对"
    VISIT = "入户调查"
    REVIEW = "民主评议"
    VERIFY = "村级核实"
    AGREE = "本户签字"
    VILLAGE_NOTICE = "村公示"
    TOWNSHIP_REVIEW = "乡镇审核"
    TOWNSHIP_NOTICE = "乡镇公示"
    COUNTY_DECISION = "县级审批"
    ANNOUNCE = "公告"
    ANNOUNCED_REVIEW = "公告复核"  # an objection to the announcement was found right
    HELP_PLAN = "帮扶计划"
    REGISTER = "注销审核"
    SAMPLE_VISIT = "县级抽查入户"  # beside the chain: of households that were drawn


class End(StrEnum):
    """Where a procedure ends; the other values of its state are the steps."""

    DONE = "已办结"
    REFUSED = "不予批准"
    WITHDRAWN = "已撤回"
    REVOKED = "决定已撤销"


class Verdict(StrEnum):
    """处理结果 of a step; the table of transitions says where each leads."""

    DONE = "完成"
    RETURNED = "退回"
    REFUSED = "不予批准"
    WITHDRAWN = "撤回"
    APPROVED = "批准"
    CONTINUED = "继续"
    INCREASED = "增发"
    DECREASED = "减发"
    FADING = "渐退"
    STOPPED = "停止"
    STABLE = "稳定"
    RELAPSED = "返贫"
    UPHELD = "维持"
    REVOKED = "撤销"


class NoticeOutcome(StrEnum):
    """公示结果, as `publishing` reports it."""

    CLEAR = "无异议"
    ANSWERED = "异议已答复"
    UPHELD = "异议成立"
    BROKEN_OFF = "中止"


class Through(StrEnum):
    """渠道 of a household's own word."""

    PAGE = "本户页面"
    PAPER = "签字表"


_OPEN = text("superseded_at IS NULL AND closed_on IS NULL")
_CURRENT = text("superseded_at IS NULL")
_ASKED = text("superseded_at IS NULL AND request_no IS NOT NULL")


class Procedure(Kept, Base):
    """程序: one way onto the list or off it. `state` is the step it waits for, or how it ended."""

    __tablename__ = "procedures"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("procedures", "no"),
        Index("ix_procedures_due", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_procedures_place", "division_code", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_procedures_household", "household_id", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        # one open procedure of a kind at a time: nobody tries twice until somebody agrees
        Index("uq_procedures_open", "household_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_procedures_request", "request_no", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
        CheckConstraint("decided_by IS NULL OR decided_by <> opened_by", name="two_persons"),
    )

    no: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(12))
    household_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("households.id"))  # none: only asked for so far
    applicant: Mapped[str] = mapped_column(String(80))
    division_code: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(8))
    request_no: Mapped[str | None] = mapped_column(String(40))
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_on: Mapped[date] = mapped_column(Date)
    proposal: Mapped[dict[str, Any]] = mapped_column(JSON)  # what is proposed: category, causes
    state: Mapped[str] = mapped_column(String(8))
    state_since: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)  # of the step it waits for
    whole_due_on: Mapped[date | None] = mapped_column(Date)
    page_agreed: Mapped[bool | None] = mapped_column(Boolean)
    page_agreed_through: Mapped[str | None] = mapped_column(String(8))
    page_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    draw_no: Mapped[str | None] = mapped_column(String(24))  # the draw in whose population it was
    is_sampled: Mapped[bool | None] = mapped_column(Boolean)
    sample_reason: Mapped[str | None] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(8))
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    status_before: Mapped[str | None] = mapped_column(String(8))  # what a decision changed, so that it can be revoked
    category_before: Mapped[str | None] = mapped_column(String(20))
    document: Mapped[str | None] = mapped_column(String(120))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # of a refusal: may speak of illness
    how_to_object: Mapped[str | None] = mapped_column(Text)
    amount_fen: Mapped[int | None] = mapped_column(BigInt)  # 低保 a month
    effect_until: Mapped[date | None] = mapped_column(Date)  # 渐退期 ends by itself
    closed_on: Mapped[date | None] = mapped_column(Date)


class ProcedureStep(Base):
    """环节记录: what was done at a step, by whom, and what it held. Written once; a step that is repeated is another row."""

    __tablename__ = "procedure_steps"
    __table_args__ = (
        Index("ix_procedure_steps_procedure", "procedure_id", "id"),
        Index("ix_procedure_steps_person", "done_by", "done_at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(BigInt, ForeignKey("procedures.id"))
    step: Mapped[str] = mapped_column(String(8))
    verdict: Mapped[str] = mapped_column(String(8))
    happened_on: Mapped[date] = mapped_column(Date)
    done_by: Mapped[str] = mapped_column(String(120))
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held: Mapped[dict[str, Any]] = mapped_column(JSON)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
