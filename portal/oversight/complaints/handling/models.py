"""Handling of complaints 举报办理: where one stands, against which clock, and every step that was taken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, now_utc
from portal.kernel.keeping import Kept, keep_indexes
from portal.trail.leaves import half_day

ACTOR = String(120)
CODE = String(12)


class Matter(StrEnum):
    """按哪一套规定办: 纪检监察机关处理检举控告工作规则（2020）, or 信访工作条例（2022）."""

    DISCIPLINE = "检举控告"
    PETITION = "信访事项"


class ComplaintState(StrEnum):
    """办到哪一步. The two life cycles share the words where they mean the same."""

    RECEIVED = "收到"
    REGISTERED = "登记"
    STUDYING = "集体研究"
    PROPOSED = "待审批"
    INTERVIEW = "谈话函询"
    INQUIRY = "初步核实"
    SHELVED = "暂存待查"
    DISMISSED = "予以了结"
    CLOSING = "待批办结"
    CONCLUDED = "办结"
    ANSWERED = "反馈"
    APPEALED = "申诉"
    HANDLING = "办理"
    ANSWERING = "待批答复"
    REPLIED = "答复"
    REVIEWING = "复查"
    REVIEWED = "复查答复"
    RECHECKING = "复核"
    RECHECKED = "复核答复"
    NOT_ACCEPTED = "不予受理"
    LINKED = "并案"
    ENDED = "了结"


class Disposal(StrEnum):
    """线索处置方式: the four lawful ones."""

    INTERVIEW = "谈话函询"
    INQUIRY = "初步核实"
    SHELVE = "暂存待查"
    DISMISS = "予以了结"


class Reply(StrEnum):
    """信访处理意见."""

    SUPPORTED = "予以支持"
    EXPLAINED = "解释说明"
    DECLINED = "不予支持"


class EvidenceFrom(StrEnum):
    """材料从哪里来. What the accused and their unit say never closes a matter by itself."""

    ACCUSED = "被反映人说明"
    ACCUSED_UNIT = "被反映单位材料"
    WRITER = "反映人提供"
    WITNESS = "旁证谈话"
    RECORD = "书证账目"
    SITE = "现场核查"
    BANK = "银行流水"


class Satisfaction(StrEnum):
    """满意度."""

    SATISFIED = "满意"
    FAIRLY = "基本满意"
    DISSATISFIED = "不满意"


class Handling(Kept, Base):
    """办理台账: one row beside each complaint. It says who has it and until when, never what it is about."""

    __tablename__ = "complaint_handlings"
    __key__ = ("complaint_id",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("complaint_handlings", "complaint_id"),
        Index("ix_complaint_handlings_due", "due_on"),
        Index("ix_complaint_handlings_silent", "silent_on"),
        Index("ix_complaint_handlings_told", "told_organ"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("malicious_with IS NULL OR malicious_with <> malicious_by", name="two_marked"),
    )

    @classmethod
    def moment_of_writing(cls) -> datetime:
        """The half-day alone: a minute may tell who was at a telephone."""
        return half_day(now_utc()).astimezone(UTC)

    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    steps: Mapped[int] = mapped_column(Integer, default=0)  # how many were taken
    matter: Mapped[str] = mapped_column(String(8))
    since_on: Mapped[date] = mapped_column(Date)  # the day on which the present clock began
    due_on: Mapped[date | None] = mapped_column(Date)  # its last day; none while nobody owes anything
    clock: Mapped[str | None] = mapped_column(String(40))  # the parameter by which it runs
    remind_on: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    silent_on: Mapped[date | None] = mapped_column(Date)  # the last day without any sign of the organ in charge
    raised: Mapped[int] = mapped_column(Integer, default=0)  # how often it went one level up by the clock
    raised_on: Mapped[date | None] = mapped_column(Date)
    alarm: Mapped[bool] = mapped_column(Boolean, default=False)  # nobody is left who could have it
    told_organ: Mapped[str | None] = mapped_column(CODE)  # the organ that passed it up: it keeps the locator alone
    assigned_to: Mapped[str | None] = mapped_column(ACTOR)
    proposed: Mapped[str | None] = mapped_column(String(12))  # the disposal or reply that waits for its approval
    proposed_by: Mapped[str | None] = mapped_column(ACTOR)
    proposed_from: Mapped[str | None] = mapped_column(String(8))  # the state to which a return leads back
    studied_by: Mapped[list[Any] | None] = mapped_column(JSON)  # who took part in the collective study
    decided_by: Mapped[str | None] = mapped_column(ACTOR)
    disposal: Mapped[str | None] = mapped_column(String(12))
    evidence: Mapped[list[Any] | None] = mapped_column(JSON)  # EvidenceFrom, when it was to be closed
    longer_days: Mapped[int | None] = mapped_column(Integer)  # an extension that was asked for, or given
    longer_asked_by: Mapped[str | None] = mapped_column(ACTOR)
    longer_by: Mapped[str | None] = mapped_column(ACTOR)
    linked_to: Mapped[int | None] = mapped_column(BigInteger)  # the earlier complaint about the same
    malicious_by: Mapped[str | None] = mapped_column(ACTOR)  # proposed the mark; it stands with the second person
    malicious_with: Mapped[str | None] = mapped_column(ACTOR)
    satisfaction: Mapped[str | None] = mapped_column(String(8))
    appeals: Mapped[int] = mapped_column(Integer, default=0)
    ask_again_on: Mapped[date | None] = mapped_column(Date)  # four weeks after the answer: was it solved?
    solved: Mapped[bool | None] = mapped_column(Boolean)


class HandlingStep(Base):
    """办理经过: one step of one complaint. The note is sealed to the organ in charge and those above it."""

    __tablename__ = "complaint_steps"
    __table_args__ = (Index("ix_complaint_steps_complaint", "complaint_id", "n", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)  # in the order in which they were taken
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    step: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))  # after it
    organ: Mapped[str] = mapped_column(CODE)
    actor: Mapped[str] = mapped_column(ACTOR)
    done_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    is_public: Mapped[bool] = mapped_column(Boolean, default=False)  # shown to the writer
    note_box: Mapped[bytes | None] = mapped_column(LargeBinary)


class IdentityOpening(Base):
    """身份拆封: who asked to see the writer's identity and why, the second person who agreed, and when it was seen."""

    __tablename__ = "complaint_openings"
    __table_args__ = (
        Index("ix_complaint_openings_complaint", "complaint_id"),
        CheckConstraint("agreed_by IS NULL OR agreed_by <> asked_by", name="two_opened"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    why: Mapped[str] = mapped_column(String(400))
    asked_by: Mapped[str] = mapped_column(ACTOR)
    asked_on: Mapped[date] = mapped_column(Date)
    agreed_by: Mapped[str | None] = mapped_column(ACTOR)
    agreed_on: Mapped[date | None] = mapped_column(Date)
    opened_on: Mapped[date | None] = mapped_column(Date)
