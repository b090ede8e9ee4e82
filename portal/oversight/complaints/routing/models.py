"""Who is posted where and related to whom: what routing keeps people away by."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base
from portal.kernel.keeping import Kept, keep_indexes


class Tenure(Kept, Base):
    """任职: an account's post in a unit or a division's own organ, and whom it answers to directly."""

    __tablename__ = "tenures"
    __key__ = ("username", "unit_code", "since_on")
    __public__ = False
    __table_args__ = (
        *keep_indexes("tenures", "username", "unit_code", "since_on"),
        Index("ix_tenures_unit", "unit_code"),
        Index("ix_tenures_superior", "superior"),
    )

    username: Mapped[str] = mapped_column(String(64))
    unit_code: Mapped[str] = mapped_column(String(40))  # of a unit, or a division's code for its own government
    duty: Mapped[str] = mapped_column(String(60))
    is_head: Mapped[bool] = mapped_column(Boolean, default=False)
    superior: Mapped[str | None] = mapped_column(String(64))  # the account of the direct superior
    since_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)


class Kinship(Kept, Base):
    """亲属申报: a relative in public office whom an account has declared. The name is sealed; keyed hashes find it."""

    __tablename__ = "kinships"
    __key__ = ("username", "mark")
    __public__ = False
    __table_args__ = (*keep_indexes("kinships", "username", "mark"), Index("ix_kinships_mark", "mark"))

    username: Mapped[str] = mapped_column(String(64))
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    relation: Mapped[str] = mapped_column(String(20))
    unit_code: Mapped[str | None] = mapped_column(String(40))  # where the relative works
    mark: Mapped[bytes] = mapped_column(LargeBinary(16))  # of the name with the unit; without one, of anybody so named
    name_mark: Mapped[bytes] = mapped_column(LargeBinary(16))  # met where a complaint named no unit
