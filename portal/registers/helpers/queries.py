"""Reads of helpers and pairings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.prefix import begins
from portal.registers.corrections import RecordRow, as_record, record_row
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.queries import codes_within, is_broad, unit_ids_within
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.models import HelperKind as HelperKind
from portal.registers.helpers.rules import visit_days
from portal.registers.history import Version, history_of
from portal.registers.recipients.models import Household

_Found = aliased(Helper)
_HELPER = (Helper.id, Helper.no, Helper.name, Helper.unit_id, Helper.duty, Helper.kind)
HELPER_NAMES = ("id", "no", "name", "unit_id", "duty", "kind")
_PAIRING = (
    Pairing.id,
    Pairing.helper_id,
    Helper.no,
    Helper.name,
    Pairing.household_id,
    Household.no,
    Pairing.village_code,
    Pairing.project_code,
    Pairing.started_on,
    Pairing.ended_on,
    Pairing.visit_days,
    func.coalesce(Household.division_code, Pairing.village_code),
)
PAIRING_NAMES = (
    "id",
    "helper_id",
    "helper_no",
    "helper_name",
    "household_id",
    "household_no",
    "village_code",
    "project_code",
    "started_on",
    "ended_on",
    "visit_days",
    "division_code",
)


def in_force(on: date) -> ColumnElement[bool]:
    """Pairings in force on a day (the last day counts)."""
    return and_(Pairing.started_on <= on, or_(Pairing.ended_on.is_(None), Pairing.ended_on >= on))


def _reaches(within: Collection[str]) -> ColumnElement[bool]:
    # A helper belongs to a place through the unit, or through a household or village that is helped there.
    inside = codes_within(within)
    of_households = (
        select(Pairing.helper_id)
        .join(Household, Household.id == Pairing.household_id)
        .where(Household.division_code.in_(inside))
    )
    of_villages = select(Pairing.helper_id).where(Pairing.village_code.in_(inside))
    if is_broad(within):
        # Nearly every helper is meant: the list is walked in its order, and each one asked about.
        mine = Pairing.helper_id == Helper.id
        reached = of_households.where(mine).exists(), of_villages.where(mine).exists()
        return or_(Helper.unit_id.in_(unit_ids_within(inside)), *reached)
    return or_(Helper.unit_id.in_(unit_ids_within(inside)), Helper.id.in_(of_households), Helper.id.in_(of_villages))


def list_helpers(
    session: Session,
    within: Collection[str],
    *,
    words: str = "",
    kind: str = "",
    unit_id: int | None = None,
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Helpers who belong to, or help in, some divisions, by number; `after` says beside which the page starts."""
    query = select(*_HELPER).where(_reaches(within))
    if words:
        query = query.where(Helper.id.in_(_found(words)))
    if kind:
        query = query.where(Helper.kind == kind)
    if unit_id is not None:
        query = query.where(Helper.unit_id == unit_id)
    rows = rows_beside(session, query, (Helper.no,), after, limit)
    paired = _count_pairings(session, [row[0] for row in rows])
    return [{**dict(zip(HELPER_NAMES, row, strict=True)), "pairings": paired.get(row[0], 0)} for row in rows]


def _found(words: str) -> CompoundSelect[int]:
    """Ids of the helpers with this number or a name that begins so; each part has its index."""
    return union(
        select(_Found.id).where(_Found.no == words),
        select(_Found.id).where(begins(_Found.name, words)),
    )


def _count_pairings(session: Session, helpers: Sequence[int]) -> dict[int, int]:
    """Pairings of the helpers of one page; asked for these alone, after the search."""
    query = select(Pairing.helper_id, func.count(Pairing.id)).group_by(Pairing.helper_id)
    found: dict[int, int] = {}
    for start in range(0, len(helpers), 500):
        mine = query.where(Pairing.helper_id.in_(helpers[start : start + 500]))
        found.update({helper: count for helper, count in session.execute(mine)})
    return found


def find_helper(session: Session, no: str, within: Collection[str] | None = None) -> RecordRow | None:
    """A current helper by number; with `within` only one who belongs to or helps in these divisions."""
    query = select(Helper).where(Helper.no == no)
    if within is not None:
        query = query.where(_reaches(within))
    row = session.scalars(query).one_or_none()
    if row is None:
        return None
    return as_record(row)


def get_helper(session: Session, no: str, within: Collection[str] | None = None) -> RecordRow:
    """As `find_helper`; raises NotFound."""
    found = find_helper(session, no, within)
    if found is None:
        raise NotFound("没有这名帮扶人", fix="核对帮扶人编号，或从列表查找")
    return found


def _pairings() -> Select[Any]:
    query: Any = (
        select(*_PAIRING)
        .join(Helper, Helper.id == Pairing.helper_id)
        .outerjoin(Household, Household.id == Pairing.household_id)
    )
    chosen: Select[Any] = query  # mypy counts twelve columns, the type has one
    return chosen


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return _named(session.execute(query).all())


def _named(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(PAIRING_NAMES, row, strict=True)) for row in rows]


_OF_HOUSEHOLD = (
    _pairings().where(Pairing.household_id == bindparam("household")).order_by(Pairing.started_on.desc(), Pairing.id)
)  # made once: every page of a household asks


def pairings_of_household(session: Session, household_id: int) -> list[dict[str, Any]]:
    """Every pairing of a household, newest first."""
    return _named(session.execute(_OF_HOUSEHOLD, {"household": household_id}))


def pairings_of_helper(session: Session, helper_id: int) -> list[dict[str, Any]]:
    """Every pairing of a helper, newest first."""
    query = _pairings().where(Pairing.helper_id == helper_id)
    return _rows(session, query.order_by(Pairing.started_on.desc(), Pairing.id))


def helpers_of_household(session: Session, household_id: int, on: date) -> list[RecordRow]:
    """Who helps a household on a day, the latest pairing first; telephones are still sealed."""
    query = (
        select(Helper)
        .join(Pairing, Pairing.helper_id == Helper.id)
        .where(Pairing.household_id == household_id, in_force(on))
        .order_by(Pairing.started_on.desc(), Pairing.id)
    )
    return [as_record(row) for row in session.scalars(query)]


def get_pairing(session: Session, pairing_id: int) -> dict[str, Any]:
    """One current pairing by its stable id; raises NotFound."""
    rows = _rows(session, _pairings().where(Pairing.id == pairing_id))
    if not rows:
        raise NotFound("没有这条结对", fix="从列表重新查找")
    return rows[0]


def list_pairings(
    session: Session,
    within: Collection[str],
    *,
    on: date | None = None,
    helper: str = "",
    household: str = "",
    target: str = "",
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Pairings of some divisions by id; `target` is household, village or project; `after` says where the page starts.

    A pairing with a project belongs to the place of its helper's unit: projects lie above this register.
    """
    codes = codes_within(within)
    place = or_(
        Household.division_code.in_(codes),
        Pairing.village_code.in_(codes),
        and_(Pairing.project_code.is_not(None), Helper.unit_id.in_(unit_ids_within(codes))),
    )
    query = _pairings().where(place)
    if on is not None:
        query = query.where(in_force(on))
    if helper:
        query = query.where(Pairing.helper_id.in_(_found(helper)))
    if household:
        query = query.where(Household.no == household)
    if target:
        query = query.where(Pairing.target.startswith(target + ":"))
    return _named(rows_beside(session, query, (Pairing.id,), after, limit))


def visit_cycle(
    session: Session, pairing: Mapping[str, Any], division: str, on: date, household_class: str = ""
) -> int:
    """Days within which a visit of this pairing is due: agreed, else `visit_days.<class>`, else `visit_days`."""
    name = f"visit_days.{household_class}" if household_class else "visit_days"
    by_class = None if pairing["visit_days"] else value_for(session, name, division, on).whole
    return visit_days(pairing["visit_days"], by_class, 30)


def pairing_row(session: Session, pairing_id: int) -> RecordRow:
    """One pairing by its stable id, as columns; raises NotFound."""
    return record_row(session, Pairing, pairing_id)


def helper_history(session: Session, helper_id: int) -> list[Version]:
    """Versions of a helper, newest first."""
    return history_of(session, Helper, helper_id)


def pairing_history(session: Session, pairing_id: int) -> list[Version]:
    """Versions of a pairing, newest first."""
    return history_of(session, Pairing, pairing_id)


def helper_row(session: Session, helper_id: int) -> RecordRow:
    """One helper by its stable id, as columns; raises NotFound."""
    return record_row(session, Helper, helper_id)
