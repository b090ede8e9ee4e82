"""Payments 资金发放 and bank returns 银行回单."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class PayeeKind(StrEnum):
    """Who was paid: decided by the shape of 收款人证件号码."""

    PERSON = "个人"
    COMPANY = "单位"


class ReturnResult(StrEnum):
    """结果 of a bank return; only 成功 makes a payment successful."""

    SUCCESS = "成功"
    FAILED = "失败"
    BOUNCED = "退票"


class Payment(Kept, Base):
    """资金发放: one line of a payment batch."""

    __tablename__ = "payments"
    __key__ = ("batch_no", "seq")
    __table_args__ = (
        *keep_indexes("payments", "batch_no", "seq"),
        Index("ix_payments_allocation", "allocation_id"),
        Index(
            "ix_payments_household",
            "household_id",
            sqlite_where=text("household_id IS NOT NULL"),
            postgresql_where=text("household_id IS NOT NULL"),
        ),
        Index("ix_payments_payee", "payee_id_index"),
    )

    batch_no: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int] = mapped_column(Integer)
    allocation_id: Mapped[int] = mapped_column(BigInt, ForeignKey("allocations.id"))
    household_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("households.id"))
    payee_name: Mapped[str | None] = mapped_column(String(200))
    payee_kind: Mapped[str | None] = mapped_column(String(4))
    payee_id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    payee_id_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    payee_id_check: Mapped[str | None] = mapped_column(String(12))
    account_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    amount_fen: Mapped[int] = mapped_column(BigInt)
    paid_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(String(200))
    period: Mapped[str | None] = mapped_column(String(7))  # 所属期 YYYY-MM
    resend_batch_no: Mapped[str | None] = mapped_column(String(60))
    resend_seq: Mapped[int | None] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")


_TROUBLED = text("superseded_at IS NULL AND result <> '成功'")


class BankReturn(Kept, Base):
    """银行回单: what became of one payment line."""

    __tablename__ = "bank_returns"
    __key__ = ("payment_id",)
    __table_args__ = (
        *keep_indexes("bank_returns", "payment_id"),
        # the few that did not arrive, found among the millions that did
        Index("ix_bank_returns_troubled", "result", "payment_id", sqlite_where=_TROUBLED, postgresql_where=_TROUBLED),
    )

    payment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("payments.id"))
    result: Mapped[str] = mapped_column(String(4))
    failure_reason: Mapped[str | None] = mapped_column(String(200))
    settled_on: Mapped[date | None] = mapped_column(Date)
