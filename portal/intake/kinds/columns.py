"""Columns that many kinds share, so that each header, its alternatives and its reference are written once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from portal.intake.declaration import Cell, Column, Reference

DATUMS = ("WGS84", "GCJ02", "BD09")


def choices(enum: type[StrEnum]) -> tuple[str, ...]:
    """The Chinese values of an enum, as a file may write them."""
    return tuple(member.value for member in enum)


def text(
    header: str, field: str, length: int | None = None, *, aliases: Iterable[str] = (), required: bool = False
) -> Column:
    """Free text, tidied but never changed in meaning."""
    return Column(header, field, Cell.TEXT, tuple(aliases), required, length=length)


def code(header: str, field: str, length: int = 60, *, aliases: Iterable[str] = (), example: str = "") -> Column:
    """A key of the trade: required, without blanks."""
    return Column(header, field, Cell.CODE, tuple(aliases), True, length=length, example=example)


def money(
    header: str, field: str, *, aliases: Iterable[str] = (), required: bool = False, least: int | None = None
) -> Column:
    """An amount in yuan, kept in fen; `least`: 0 where it cannot be negative, 1 where it cannot be nothing."""
    return Column(header, field, Cell.MONEY, tuple(aliases), required, example="1234.50", least=least)


def day(header: str, field: str, *, aliases: Iterable[str] = (), required: bool = False) -> Column:
    """A date."""
    return Column(header, field, Cell.DATE, tuple(aliases), required, example="2026-11-02")


def one_of(header: str, field: str, values: tuple[str, ...], *, required: bool = False) -> Column:
    """One of a closed list."""
    return Column(header, field, Cell.CHOICE, (), required, choices=values, example=values[0])


def number(header: str, field: str, *, aliases: Iterable[str] = (), required: bool = False) -> Column:
    """A whole number from 0 up."""
    return Column(header, field, Cell.INTEGER, tuple(aliases), required, example="1")


def division(
    header: str = "区划代码",
    field: str = "division_code",
    *,
    aliases: Iterable[str] = (),
    required: bool = False,
    village: bool = False,
) -> Column:
    """A division code that must be known; whether it is still valid is rule Q08's affair. `village`: no wider place."""
    names = ("行政区划代码", "统计用区划代码", *aliases)
    return Column(
        header,
        field,
        Cell.DIVISION,
        names,
        required,
        reference=Reference("divisions", "code", None, "区划"),
        example="320826100001",
        village=village,
    )


def unit(header: str, into: str, *, aliases: Iterable[str] = (), required: bool = False) -> Column:
    """A unit by code or unique name."""
    return Column(
        header,
        into.removesuffix("_id"),
        Cell.UNIT,
        tuple(aliases),
        required,
        reference=Reference("units", "code", into, "单位"),
    )


def refers(
    header: str, table: str, by: str, into: str, what: str, *, required: bool = False, aliases: Iterable[str] = ()
) -> Column:
    """The key of a record of another (or the same) register."""
    field = into.removesuffix("_id") + f"_{by}"
    return Column(
        header, field, Cell.CODE, tuple(aliases), required, reference=Reference(table, by, into, what), length=60
    )


def household(*, required: bool = False) -> Column:
    """户编号."""
    return refers(
        "户编号", "households", "no", "household_id", "户", required=required, aliases=("户编码", "家庭编号", "户号")
    )


def identity(header: str = "证件号码", field: str = "id") -> Column:
    """A resident ID: sealed, with a blind index."""
    names = ("身份证号", "身份证号码", "公民身份号码", "居民身份证号", "身份证", "证件号")
    return Column(header, field, Cell.ID, names, example="11010519491231002X")


def place() -> tuple[Column, Column, Column]:
    """经度 · 纬度 · 坐标系."""
    return (
        Column("经度", "lng_e7", Cell.LONGITUDE, example="119.2634"),
        Column("纬度", "lat_e7", Cell.LATITUDE, example="33.7711"),
        Column("坐标系", "datum", Cell.CHOICE, ("坐标系统",), choices=DATUMS, example="WGS84"),
    )
