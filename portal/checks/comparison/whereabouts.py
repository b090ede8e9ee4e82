"""Q09: a household's point far from its village, with latitude and longitude exchanged, or nowhere (0, 0)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Date, case, literal, select
from sqlalchemy.orm import aliased

from portal.checks.comparison.quality import FIRST
from portal.checks.registry import Looking, ParameterRead, Row, Rule, Statement
from portal.checks.thresholds import hundredths
from portal.checks.warnings.helping.visits import clears
from portal.kernel.geo import E7, Datum, Point, convert, distance_m, out_of_china
from portal.oversight.leads.queries import Severity
from portal.registers.divisions.models import Division
from portal.registers.recipients.models import Household
from portal.registers.recipients.queries import listed_on

KM: Final = ParameterRead("Q09.km", "10", "公里")
_NEAR_E7: Final = E7 // 50  # degrees both ways that are at most _NEAR_M apart: not worth a great circle
_NEAR_M: Final = 5_000


def placed(looking: Looking) -> Statement:
    """Listed households with a point, beside that of their village; those right by it are left out."""
    village = aliased(Division)
    limit = hundredths(looking, KM, Household.division_code, looking.as_of)
    last_day = case((village.valid_to.is_(None), literal(looking.as_of, Date)), else_=village.valid_to)
    return (
        select(
            literal("household").label("subject_kind"),
            Household.no.label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            Household.lat_e7,
            Household.lng_e7,
            Household.datum,
            village.lat_e7.label("village_lat_e7"),
            village.lng_e7.label("village_lng_e7"),
            village.datum.label("village_datum"),
            (limit * 10).label("limit_m"),
            clears("更正户的坐标和坐标系，或更正村的坐标"),
        )
        .outerjoin(village, village.code == Household.division_code)
        .where(listed_on(looking.as_of), Household.lat_e7.is_not(None), Household.lng_e7.is_not(None))
        .order_by(Household.no, last_day)
    )


def misplaced(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """One hit for each household whose point cannot be right; of a village with several periods the latest point holds."""
    latest: dict[str, Row] = {str(row["subject_no"]): row for row in rows}
    for row in latest.values():
        found = _what_is_wrong(row)
        if found is not None:
            kept = {key: value for key, value in row.items() if not str(key).endswith(("_e7", "datum"))}
            yield {**kept, **found}


def _what_is_wrong(row: Row) -> Mapping[str, Any] | None:
    lat, lng = row["lat_e7"], row["lng_e7"]
    if lat == 0 and lng == 0:
        return {"kind": "zero"}
    if _is_swapped(lat / E7, lng / E7):
        return {"kind": "swapped"}
    village = _point(row["village_lat_e7"], row["village_lng_e7"], row["village_datum"])
    here = _point(lat, lng, row["datum"])
    if here is None:
        return {"kind": "nowhere"}
    if village is None:
        return None
    near = abs(here.lat_e7 - village.lat_e7) < _NEAR_E7 and abs(here.lng_e7 - village.lng_e7) < _NEAR_E7
    if near and row["limit_m"] >= _NEAR_M:
        return None
    metres = distance_m(here, village)
    return {"kind": "far", "distance_m": round(metres)} if metres > row["limit_m"] else None


def _is_swapped(lat: float, lng: float) -> bool:
    """A latitude that is none, or a place abroad that lies in China the other way round."""
    return abs(lat) > 90 or (out_of_china(lat, lng) and not out_of_china(lng, lat))


def _point(lat_e7: int | None, lng_e7: int | None, datum: str | None) -> Point | None:
    """A point on the globe in WGS-84; None for none. Without a datum it is taken as WGS-84."""
    if lat_e7 is None or lng_e7 is None or abs(lat_e7) > 90 * E7 or abs(lng_e7) > 180 * E7:
        return None
    return convert(Point(lat_e7, lng_e7, Datum(datum or Datum.WGS84)), Datum.WGS84)


Q09: Final = Rule(
    code="Q09",
    title="户址偏离",
    looks_at="在册户的坐标和所在村的坐标",
    condition="换算成 WGS-84 后离村的点超过 10 公里（大圆距离），或经纬度颠倒，或是 (0,0)；一户一条",
    severity=Severity.HINT,
    verifier="户所在的村、乡镇",
    may_follow="更正坐标或坐标系",
    guide="多半是坐标系填错、经纬度颠倒或复制了别的户。差几百米是坐标系，差到国外是颠倒。易地搬迁的改区划或写明。",
    legal_basis="本平台数据质量要求",
    expression=placed,
    gather=misplaced,
    history=FIRST,
    parameters=(KM,),
)
