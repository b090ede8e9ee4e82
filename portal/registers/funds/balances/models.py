"""Balances of allocation lines (结余): roll-ups that can always be computed again from the lines themselves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt

NEVER_ENTERS = 9
"""`entry_level` of a line whose parent lies in the very same place."""


_WAITING = text("pending_count <> 0")


class LineBalance(Base):
    """结余 of one positive allocation line, and where it stands on the way of the money.

    gross + back = passed_on + paid + returned + held; negative lines have no row: they lessen the line they name.
    The node columns (`source` … `leaf`) name the holders from the treasury down to this line, `tier` its own one.
    """

    __tablename__ = "line_balances"
    __why_unprotected__ = "sums of protected rows, kept with them; verify_totals computes them again"
    __table_args__ = (
        Index("ix_line_balances_year", "year", "currency"),
        Index("ix_line_balances_newest", "year", "allocation_id"),
        Index("ix_line_balances_unanswered", "allocation_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_line_balances_place", "place_code", "year"),
        Index("ix_line_balances_shown", "shown_code", "year"),
        Index("ix_line_balances_programme", "programme_id"),
        Index("ix_line_balances_holder", "holder"),
        Index(
            "ix_line_balances_waiting",
            "received_on",
            sqlite_where=text("held_fen > 0"),
            postgresql_where=text("held_fen > 0"),
        ),
    )

    allocation_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    programme_id: Mapped[int] = mapped_column(BigInt)
    root_id: Mapped[int] = mapped_column(BigInt)
    year: Mapped[int] = mapped_column(Integer)  # the money's year: that of the root's programme; 0 = unknown
    currency: Mapped[str] = mapped_column(String(3))

    source: Mapped[str] = mapped_column(String(4))  # 级次 of the root's programme, blank when unknown
    kind: Mapped[str] = mapped_column(String(8))  # 资金类别 likewise
    department: Mapped[str] = mapped_column(String(80))  # node ids: unit:…, area:…, project:…; blank = passed by
    town: Mapped[str] = mapped_column(String(80))
    leaf: Mapped[str] = mapped_column(String(80))
    holder: Mapped[str] = mapped_column(String(80))  # the line's own holder; differs from its node where that was full
    holder_tier: Mapped[int] = mapped_column(Integer)
    tier: Mapped[int] = mapped_column(Integer)
    parent_tier: Mapped[int] = mapped_column(Integer)  # 0 = from the treasury
    enters: Mapped[bool] = mapped_column()  # False: the parent is held in the same node
    enters_programme: Mapped[bool] = mapped_column()  # the giver's money was of another programme, or the treasury's

    place_code: Mapped[str] = mapped_column(String(12))  # today's code of the place; blank = unknown
    entry_level: Mapped[int] = mapped_column(Integer)  # from this level of divisions on the money comes in from outside
    shown_code: Mapped[str] = mapped_column(String(12))  # the same for the public: small numbers merge upwards
    shown_entry_level: Mapped[int] = mapped_column(Integer)
    shown_leaf: Mapped[str] = mapped_column(String(80))  # `leaf`, or small:<place> where the line's village is merged

    gross_fen: Mapped[int] = mapped_column(BigInt)
    back_fen: Mapped[int] = mapped_column(BigInt, default=0)  # sent back by the lines below
    passed_on_fen: Mapped[int] = mapped_column(BigInt, default=0)
    returned_fen: Mapped[int] = mapped_column(BigInt, default=0)  # taken back from this line
    paid_fen: Mapped[int] = mapped_column(BigInt, default=0)
    paid_household_fen: Mapped[int] = mapped_column(BigInt, default=0)  # the part that went to households
    paid_count: Mapped[int] = mapped_column(BigInt, default=0)
    pending_fen: Mapped[int] = mapped_column(BigInt, default=0)  # no bank return yet
    pending_count: Mapped[int] = mapped_column(BigInt, default=0)
    held_fen: Mapped[int] = mapped_column(BigInt)
    kept_back: Mapped[bool] = mapped_column(default=False)  # the public does not see what this line paid and holds
    received_on: Mapped[date | None] = mapped_column(Date)
    first_passed_on: Mapped[date | None] = mapped_column(Date)
    last_passed_on: Mapped[date | None] = mapped_column(Date)
    first_paid_on: Mapped[date | None] = mapped_column(Date)
    last_paid_on: Mapped[date | None] = mapped_column(Date)

    @property
    def first_out_on(self) -> date | None:
        """The first day on which anything left this line."""
        return min((d for d in (self.first_passed_on, self.first_paid_on) if d), default=None)

    @property
    def last_out_on(self) -> date | None:
        """The last day on which anything left this line."""
        return max((d for d in (self.last_passed_on, self.last_paid_on) if d), default=None)
