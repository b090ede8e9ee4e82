"""Files of procedures 程序材料."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class FileKind(StrEnum):
    """材料种类: what a step may ask for."""

    APPLICATION = "申请书"
    AUTHORISATION = "查询授权委托书"
    PROMISE = "如实申报承诺书"
    VISIT_PHOTO = "入户照片"
    VISIT_SHEET = "签字走访单"
    SIGN_SHEET = "评议签到表"
    EXIT_SHEET = "退出签字表"
    WITHDRAWAL_FORM = "自愿退出申请"
    BASIS = "依据材料"
    HELP_PLAN = "帮扶计划"


class ProcedureFile(Base):
    """程序材料: one uploaded picture or PDF. The bytes lie sealed in the home under their SHA-256; written once."""

    __tablename__ = "procedure_files"
    __table_args__ = (Index("uq_procedure_files_content", "procedure_id", "kind", "sha256", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(BigInt, ForeignKey("procedures.id"))
    kind: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(String(20))
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
