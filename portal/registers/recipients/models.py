"""Households 户, persons 人 and economically weak villages 经济薄弱村."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes
from portal.kernel.prefix import prefix_index


class HouseholdStatus(StrEnum):
    """状态 of a household: that of its head's row."""

    LISTED = "在册"
    OUT_OF_POVERTY = "已脱贫"
    EXITED = "已退出"
    CANCELLED = "已注销"


class Category(StrEnum):
    """对象类别; only 突发严重困难户 may lie above the income line."""

    LOW_INCOME = "建档立卡低收入户"
    DIBAO = "低保户"
    DIBAO_EDGE = "低保边缘户"
    TEKUN = "特困供养户"
    RIGID_EXPENSE = "刚性支出困难户"
    UNSTABLE = "脱贫不稳定户"
    EDGE = "边缘易致贫户"
    SUDDEN = "突发严重困难户"
    OTHER = "其他困难户"


class Cause(StrEnum):
    """致贫原因: the official twelve."""

    ILLNESS = "因病"
    DISABILITY = "因残"
    SCHOOLING = "因学"
    DISASTER = "因灾"
    NO_LAND = "缺土地"
    NO_WATER = "缺水"
    NO_SKILL = "缺技术"
    NO_LABOUR = "缺劳力"
    NO_CAPITAL = "缺资金"
    POOR_TRANSPORT = "交通条件落后"
    LOW_MOTIVATION = "自身发展动力不足"
    OTHER = "其它"


class Health(StrEnum):
    """健康状况."""

    HEALTHY = "健康"
    CHRONIC = "长期慢性病"
    SERIOUS = "大病"
    DISABLED = "残疾"


class Labour(StrEnum):
    """劳动能力."""

    ORDINARY = "普通劳动力"
    WEAK = "弱劳动力"
    LOST = "丧失劳动力"
    NONE = "无劳动力"


class Schooling(StrEnum):
    """在校状况."""

    NOT_AT_SCHOOL = "非在校"
    PRESCHOOL = "学前"
    PRIMARY = "小学"
    JUNIOR = "初中"
    SENIOR = "高中"
    VOCATIONAL = "中职"
    COLLEGE = "大专及以上"


class DisabilityLevel(StrEnum):
    """残疾等级."""

    FIRST = "一级"
    SECOND = "二级"
    THIRD = "三级"
    FOURTH = "四级"


class WeakVillageLevel(StrEnum):
    """级别 of an economically weak village."""

    PROVINCE = "省定"
    CITY = "市定"
    COUNTY = "县定"


class WeakVillageStatus(StrEnum):
    """状态 of an economically weak village."""

    LISTED = "在列"
    REACHED = "已达标"
    EXITED = "已退出"


class Household(Kept, Base):
    """扶贫对象户."""

    __tablename__ = "households"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("households", "no"),
        Index(
            "ix_households_place",
            "division_code",
            "no",
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    no: Mapped[str] = mapped_column(String(40))
    division_code: Mapped[str] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(String(200))
    lat_e7: Mapped[int | None] = mapped_column(Integer)
    lng_e7: Mapped[int | None] = mapped_column(Integer)
    datum: Mapped[str | None] = mapped_column(String(8))
    category: Mapped[str | None] = mapped_column(String(20))
    main_cause: Mapped[str | None] = mapped_column(String(20))
    other_causes: Mapped[str | None] = mapped_column(String(60))  # at most two, separated by 、
    entered_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str | None] = mapped_column(String(8))
    exited_on: Mapped[date | None] = mapped_column(Date)


class Person(Kept, Base):
    """家庭成员. ID number, account and telephone are sealed; what rules need of an ID stands in columns of its own."""

    __tablename__ = "persons"
    __key__ = ("household_id", "id_index", "name")
    __table_args__ = (
        # one person per ID in a household; those without an ID are told apart by name
        Index(
            "uq_persons_current",
            "household_id",
            "id_index",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_persons_nameless_id",
            "household_id",
            "name",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND id_index IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND id_index IS NULL"),
        ),
        Index(
            "ix_persons_kept",
            "current_id",
            sqlite_where=text("current_id IS NOT NULL"),
            postgresql_where=text("current_id IS NOT NULL"),
        ),
        Index(
            "ix_persons_batch",
            "batch_id",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        # who lived there on a past day: without it that question reads everybody
        Index(
            "ix_persons_past",
            "household_id",
            sqlite_where=text("superseded_at IS NOT NULL"),
            postgresql_where=text("superseded_at IS NOT NULL"),
        ),
        Index("ix_persons_id_index", "id_index"),
        Index("ix_persons_account", "account_index"),
        prefix_index("ix_persons_name", "name", "relation", "household_id"),
    )

    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    name: Mapped[str] = mapped_column(String(80))
    id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    id_born_on: Mapped[date | None] = mapped_column(Date)
    id_sex: Mapped[str | None] = mapped_column(String(2))
    id_prefix: Mapped[str | None] = mapped_column(String(6))
    id_check: Mapped[str | None] = mapped_column(String(12))  # ok, bad_check, bad_date, bad_prefix, no_id
    relation: Mapped[str | None] = mapped_column(String(20))
    lives_together: Mapped[bool] = mapped_column(Boolean, default=True)
    sex: Mapped[str | None] = mapped_column(String(2))
    born_on: Mapped[date | None] = mapped_column(Date)
    ethnicity: Mapped[str | None] = mapped_column(String(20))
    health: Mapped[str | None] = mapped_column(String(12))
    labour: Mapped[str | None] = mapped_column(String(12))
    schooling: Mapped[str | None] = mapped_column(String(12))
    disability_level: Mapped[str | None] = mapped_column(String(4))
    bank_name: Mapped[str | None] = mapped_column(String(80))
    account_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    related_to_cadre: Mapped[bool | None] = mapped_column(Boolean)


class WeakVillage(Kept, Base):
    """经济薄弱村, as recognised in one year."""

    __tablename__ = "weak_villages"
    __key__ = ("village_code", "recognised_year")
    __table_args__ = keep_indexes("weak_villages", "village_code", "recognised_year")

    village_code: Mapped[str] = mapped_column(String(12))
    level: Mapped[str | None] = mapped_column(String(4))
    recognised_year: Mapped[int] = mapped_column(Integer)
    collective_income_fen: Mapped[int | None] = mapped_column(BigInt)
    line_fen: Mapped[int | None] = mapped_column(BigInt)
    status: Mapped[str | None] = mapped_column(String(4))
    support_unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    first_secretary: Mapped[str | None] = mapped_column(Text)
