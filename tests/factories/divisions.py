"""A corner of Lianshui county (real townships, synthetic villages) with a merger, and a few units."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.corrections import Act
from portal.registers.divisions.actions import add_division, add_unit
from portal.registers.divisions.models import Division, Unit
from portal.registers.divisions.parameters.actions import add_parameter
from portal.registers.divisions.parameters.models import Parameter

ACT = Act("user:maker", "照统计用区划代码登记")
CITY = "320800000000"
COUNTY = "320826000000"
GAOGOU = "320826104000"
HONGYAO = "320826110000"
VILLAGE = "320826104201"
OTHER_VILLAGE = "320826110201"
LONG_AGO = date(1996, 1, 1)

PLACES = (
    ("320000000000", "江苏省"),
    (CITY, "淮安市"),
    (COUNTY, "涟水县"),
    (GAOGOU, "高沟镇"),
    (HONGYAO, "红窑镇"),
    (VILLAGE, "扎新村"),
    ("320826104202", "长乐村"),
    (OTHER_VILLAGE, "沙荡村"),
)


def make_division(session: Session, code: str, name: str, **more: Any) -> Division:
    """One division; the parent is the one its digits name."""
    return add_division(session, {"code": code, "name": name, "valid_from": LONG_AGO, **more}, ACT)


def make_county(session: Session) -> None:
    """Province, city, county, two townships, three villages."""
    for code, name in PLACES:
        make_division(session, code, name)


def make_merger(session: Session) -> None:
    """2016: 清河区 and 清浦区 became 清江浦区; a street of the old one keeps its old code."""
    make_division(session, "320812000000", "清江浦区", valid_from=date(2016, 10, 8))
    last = {"valid_to": date(2016, 10, 7), "successor_code": "320812000000"}
    make_division(session, "320802000000", "清河区", **last)
    make_division(session, "320811000000", "清浦区", **last)
    make_division(session, "320802001000", "府前街道")


def make_unit(session: Session, code: str = "U-NY", name: str = "涟水县农业农村局", **more: Any) -> Unit:
    """One unit, a department of the county unless said otherwise."""
    return add_unit(session, {"code": code, "name": name, "kind": "主管部门", "division_code": COUNTY, **more}, ACT)


def make_parameter(session: Session, name: str, value: str, division: str = COUNTY, **more: Any) -> Parameter:
    """One dated parameter with a basis."""
    values = {
        "name": name,
        "division_code": division,
        "value": value,
        "valid_from": date(2020, 1, 1),
        "basis": "县文件",
    }
    return add_parameter(session, {**values, **more}, ACT)
