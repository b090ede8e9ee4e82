"""Requests for help 求助申报."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Trouble(StrEnum):
    """遇到什么困难: the first pick list."""

    ILLNESS = "看病花钱多"
    DISABILITY = "残疾或没人照顾"
    SCHOOLING = "孩子上学困难"
    DISASTER = "遭了灾、出了事故"
    NO_WORK = "没活干、没收入"
    HOUSING = "房子不安全"
    WATER = "吃水困难"
    OTHER = "其他困难"


class ForWhom(StrEnum):
    """替谁申报: the second pick list."""

    SELF = "为自己家"
    OTHER = "替别人"


class Channel(StrEnum):
    """从哪里来: the public form; the same without a script, in the slower queue; the household's own page; entered by hand."""

    WEB = "网上"
    SLOW = "网上（慢队列）"
    HOUSEHOLD = "本户页面"
    DESK = "代为录入"


class RequestState(StrEnum):
    """办到哪一步."""

    WAITING = "待入户"
    VISITED = "已入户"
    PROCEDURE = "已转认定程序"
    HELPED = "已另行帮扶"
    DECLINED = "未予帮扶"
    WITHDRAWN = "本人撤回"


_OPEN = text("superseded_at IS NULL AND state IN ('待入户', '已入户')")


class HelpRequest(Kept, Base):
    """求助申报. Who asks, for what, what was found and what was answered are sealed; the place and the clock are not."""

    __tablename__ = "help_requests"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("help_requests", "no"),
        Index("ix_help_requests_open", "division_code", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_help_requests_place", "division_code", "due_on", "id"),
        Index("ix_help_requests_id_index", "id_index"),
        Index("ix_help_requests_phone", "phone_index"),
        Index("ix_help_requests_household", "household_id"),
        Index("ix_help_requests_linked", "linked_to"),
        CheckConstraint("second_visitor IS NULL OR second_visitor <> first_visitor", name="two_visitors"),
    )

    no: Mapped[str] = mapped_column(String(8))  # eight random Crockford characters: what is told on the telephone
    division_code: Mapped[str] = mapped_column(String(12))  # the village
    household_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("households.id"))
    linked_to: Mapped[int | None] = mapped_column(BigInt, ForeignKey("help_requests.id"))  # an earlier one of the same
    channel: Mapped[str] = mapped_column(String(12))
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: numbers, kind of trouble, for whom, the words
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    code_hash: Mapped[str | None] = mapped_column(String(120))  # Argon2id of the receipt's code
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_from: Mapped[datetime] = mapped_column(UtcDateTime)  # when it comes up in the office's list
    visit_due_on: Mapped[date] = mapped_column(Date)
    done_due_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)  # the one of these that counts now
    state: Mapped[str] = mapped_column(String(8))
    visited_on: Mapped[date | None] = mapped_column(Date)
    first_visitor: Mapped[str | None] = mapped_column(String(80))
    second_visitor: Mapped[str | None] = mapped_column(String(80))
    second_account: Mapped[str | None] = mapped_column(String(64))
    second_unit: Mapped[str | None] = mapped_column(String(200))  # where he has no account
    second_sheet: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the picture of the sheet that he signed
    found_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the asker is told
    procedure_no: Mapped[str | None] = mapped_column(String(40))
    handled_by: Mapped[str | None] = mapped_column(String(120))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
