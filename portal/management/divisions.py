"""Console pages of divisions 区划 and units 单位."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.keyset import Start
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.registers.corrections import Act, RecordRow
from portal.registers.divisions import actions, queries
from portal.registers.divisions.rules import LEVEL_NAMES

UNIT_KINDS = tuple((kind.value, _l(kind.value)) for kind in queries.UnitKind)
LEVELS = tuple((str(level), _l(name)) for level, name in LEVEL_NAMES.items())
DATUMS = tuple((name, name) for name in ("WGS84", "GCJ02", "BD09"))


def _divisions(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    level = int(wanted["level"]) if "level" in wanted else None
    inside = [wanted["division"]] if "division" in wanted else within
    return queries.list_divisions(session, inside, words=wanted.get("q", ""), level=level, after=after, limit=limit)


def _find_division(session: Session, name: str) -> RecordRow:
    return queries.division_row(session, int(name) if name.isdigit() else 0)


def _add_division(session: Session, values: dict[str, Any], act: Act) -> str:
    return str(actions.add_division(session, values, act).id)


def _units(session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int) -> Sequence[Row]:
    return queries.list_units(
        session,
        within,
        words=wanted.get("q", ""),
        kind=wanted.get("kind", ""),
        division=wanted.get("division", ""),
        after=after,
        limit=limit,
    )


def _find_unit(session: Session, name: str) -> RecordRow:
    return queries.unit_row(session, int(name) if name.isdigit() else 0)


def _add_unit(session: Session, values: dict[str, Any], act: Act) -> str:
    return str(actions.add_unit(session, values, act).id)


def _named(values: Mapping[str, Any]) -> str:
    return f"{values['name']} {values['code']}"


DIVISIONS = RegisterPage(
    slug="divisions",
    title=_l("行政区划"),
    one=_l("区划"),
    read=Permission.VIEW_DIVISIONS,
    write=Permission.EDIT_DIVISIONS,
    note=_l("撤并的区划留着有效期和后继代码，历史数据照样归得拢。"),
    columns=(
        Column("code", _l("区划代码")),
        Column("name", _l("名称")),
        Column("parent_code", _l("上级"), Kind.DIVISION),
        Column("valid_from", _l("有效期自"), Kind.DATE),
        Column("valid_to", _l("有效期至"), Kind.DATE),
        Column("successor_code", _l("后继"), Kind.DIVISION),
    ),
    key=("code", "id"),
    rows=_divisions,
    filters=(
        Filter("q", _l("名称、拼音首字母或代码"), hint=_l("高沟、gg、320826")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("level", _l("级别"), Kind.CHOICE, LEVELS),
    ),
    fields=(
        Field("code", _l("区划代码"), required=True, key=True, hint=_l("12 位；不足的后面补 0")),
        Field("name", _l("名称"), required=True),
        Field("parent_code", _l("上级"), Kind.DIVISION, hint=_l("不填就按代码推算")),
        Field("valid_from", _l("有效期自"), Kind.DATE, required=True),
        Field("valid_to", _l("有效期至"), Kind.DATE, hint=_l("撤并的填最后一天")),
        Field("successor_code", _l("后继"), Kind.DIVISION, hint=_l("合并到哪里")),
        Field("urban_class", _l("城乡分类")),
        Field("lat_e7", _l("纬度"), Kind.DEGREES),
        Field("lng_e7", _l("经度"), Kind.DEGREES),
        Field("datum", _l("坐标系"), Kind.CHOICE, DATUMS),
    ),
    find=_find_division,
    place=lambda _session, record: record.values["code"],
    heading=lambda record: _named(record.values),
    history=queries.division_history,
    add=_add_division,
    correct=actions.correct_division,
)

UNITS = RegisterPage(
    slug="units",
    title=_l("单位"),
    one=_l("单位"),
    read=Permission.VIEW_DIVISIONS,
    write=Permission.EDIT_DIVISIONS,
    columns=(
        Column("code", _l("单位编码")),
        Column("name", _l("单位名称")),
        Column("kind", _l("单位类型"), Kind.CHOICE),
        Column("division_code", _l("区划"), Kind.DIVISION),
    ),
    key=("code",),
    rows=_units,
    filters=(
        Filter("q", _l("名称或编码")),
        Filter("kind", _l("单位类型"), Kind.CHOICE, UNIT_KINDS),
        Filter("division", _l("区划"), Kind.DIVISION),
    ),
    fields=(
        Field("code", _l("单位编码"), required=True, key=True, hint=_l("统一社会信用代码或本地编码")),
        Field("name", _l("单位名称"), required=True),
        Field("kind", _l("单位类型"), Kind.CHOICE, UNIT_KINDS, required=True),
        Field("division_code", _l("区划"), Kind.DIVISION),
    ),
    find=_find_unit,
    place=lambda _session, record: record.values["division_code"],
    heading=lambda record: str(record.values["name"]),
    history=queries.unit_history,
    add=_add_unit,
    correct=actions.correct_unit,
)

PAGES = (DIVISIONS, UNITS)
