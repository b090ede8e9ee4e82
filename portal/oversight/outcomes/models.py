"""Problems 问题 found by a case, and sanctions 处理 of persons."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class ProblemKind(StrEnum):
    """问题类别."""

    FAVOUR = "优亲厚友"
    FALSE = "虚报冒领"
    KEPT = "截留挪用"
    EXTORTED = "吃拿卡要"
    FORMAL = "形式主义"
    IDLE = "不作为慢作为"
    WRONG = "违规认定"
    OTHER = "其他"


class Form(StrEnum):
    """监督执纪四种形态."""

    FIRST = "第一种形态"
    SECOND = "第二种形态"
    THIRD = "第三种形态"
    FOURTH = "第四种形态"


class Party(StrEnum):
    """党纪处分."""

    WARNING = "党内警告"
    SERIOUS_WARNING = "党内严重警告"
    REMOVAL = "撤销党内职务"
    PROBATION_ONE = "留党察看一年"
    PROBATION_TWO = "留党察看二年"
    EXPULSION = "开除党籍"


class Admin(StrEnum):
    """政务处分."""

    WARNING = "警告"
    DEMERIT = "记过"
    SERIOUS_DEMERIT = "记大过"
    DEMOTION = "降级"
    REMOVAL = "撤职"
    DISMISSAL = "开除"


class Measure(StrEnum):
    """组织处理和其他: what is done without a sanction, or beside it."""

    REMINDER = "谈话提醒"
    CRITICISM = "批评教育"
    SELF_CRITICISM = "责令检查"
    ADMONITION = "诫勉"
    SUSPENSION = "停职检查"
    REASSIGNMENT = "调整职务"
    RESIGNATION = "责令辞职"
    DISMISSAL = "免职"
    PROSECUTION = "移送司法"


class Standing(StrEnum):
    """身份: what kind of public duty the person has."""

    OFFICIAL = "公务员或参公人员"
    VILLAGE = "村（居）民委员会管理人员"
    INSTITUTION = "其他公职人员"
    NONE = "不是公职人员"


class Problem(Base):
    """问题: one that a case established. A correction is an entry of its own that names the one it corrects."""

    __tablename__ = "problems"
    __table_args__ = (Index("ix_problems_case", "case_id"), Index("ix_problems_place", "division_code", "found_on"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(8))
    division_code: Mapped[str] = mapped_column(String(12))
    found_on: Mapped[date] = mapped_column(Date)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    corrects_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("problems.id"))
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Sanction(Base):
    """处理: what became of one person. A correction is an entry of its own that names the one it corrects."""

    __tablename__ = "sanctions"
    __table_args__ = (Index("ix_sanctions_case", "case_id"), Index("ix_sanctions_place", "division_code", "imposed_on"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    person_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the name
    person_mark: Mapped[bytes] = mapped_column(LargeBinary(32))  # the same person of the same case, without his name
    division_code: Mapped[str] = mapped_column(String(12))
    standing: Mapped[str] = mapped_column(String(12))
    is_member: Mapped[bool] = mapped_column(Boolean)  # 中共党员
    form: Mapped[str] = mapped_column(String(5))
    party: Mapped[str | None] = mapped_column(String(6))
    admin: Mapped[str | None] = mapped_column(String(3))
    measure: Mapped[str | None] = mapped_column(String(4))
    organ: Mapped[str] = mapped_column(String(120))
    document_no: Mapped[str] = mapped_column(String(120))
    imposed_on: Mapped[date] = mapped_column(Date)
    party_months: Mapped[int | None] = mapped_column(Integer)
    admin_months: Mapped[int | None] = mapped_column(Integer)
    ends_on: Mapped[date | None] = mapped_column(Date)  # of the longer of both
    corrects_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("sanctions.id"))
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
