"""Reads of households, persons and weak villages. Sealed columns leave here sealed; `disclosure` shapes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring
from portal.registers.corrections import RecordRow, as_record, record_row
from portal.registers.divisions.queries import codes_named, codes_within
from portal.registers.history import Version, history_of
from portal.registers.recipients.models import Category as Category
from portal.registers.recipients.models import Cause as Cause
from portal.registers.recipients.models import DisabilityLevel as DisabilityLevel
from portal.registers.recipients.models import Health as Health
from portal.registers.recipients.models import Household, Person, WeakVillage
from portal.registers.recipients.models import HouseholdStatus as HouseholdStatus
from portal.registers.recipients.models import Labour as Labour
from portal.registers.recipients.models import Schooling as Schooling
from portal.registers.recipients.models import WeakVillageLevel as WeakVillageLevel
from portal.registers.recipients.models import WeakVillageStatus as WeakVillageStatus
from portal.registers.recipients.rules import HEAD
from portal.registers.sealed import id_index

_Head = aliased(Person)


@dataclass(frozen=True)
class HouseholdFilter:
    """What a list of households is narrowed to; every value also stands in the address of the page."""

    division: str = ""
    category: str = ""
    status: str = ""
    cause: str = ""
    words: str = ""  # household number, or the beginning of the head's or the village's name; never an ID number


_HEAD_NAME = (
    select(_Head.name)
    .where(_Head.household_id == Household.id, _Head.relation == HEAD)
    .order_by(_Head.id)
    .limit(1)
    .correlate(Household)
    .scalar_subquery()
)
_MEMBERS = (
    select(func.count(Person.id)).where(Person.household_id == Household.id).correlate(Household).scalar_subquery()
)
_LIST = select(
    Household.id,
    Household.no,
    Household.division_code,
    _HEAD_NAME.label("head_name"),
    _MEMBERS.label("members"),
    Household.category,
    Household.main_cause,
    Household.status,
    Household.entered_on,
    Household.exited_on,
)
LIST_COLUMNS = (
    "id",
    "no",
    "division_code",
    "head_name",
    "members",
    "category",
    "main_cause",
    "status",
    "entered_on",
    "exited_on",
)


def list_households(
    session: Session,
    within: Collection[str],
    wanted: HouseholdFilter,
    after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Households inside some divisions, by village and number; `after` is (division_code, no) of the last one shown."""
    query = _narrow(_LIST.where(Household.division_code.in_(codes_within(within))), wanted)
    if after is not None:
        place, no = after
        query = query.where(
            or_(Household.division_code > place, and_(Household.division_code == place, Household.no > no))
        )
    query = query.order_by(Household.division_code, Household.no).limit(limit)
    return [dict(zip(LIST_COLUMNS, row, strict=True)) for row in session.execute(query)]


def _narrow(query: Select[Any], wanted: HouseholdFilter) -> Select[Any]:
    if wanted.division:
        query = query.where(Household.division_code.in_(codes_within([wanted.division])))
    for column, value in (
        (Household.category, wanted.category),
        (Household.status, wanted.status),
        (Household.main_cause, wanted.cause),
    ):
        if value:
            query = query.where(column == value)
    if wanted.words:
        named = select(_Head.household_id).where(
            _Head.relation == HEAD, _Head.name.startswith(wanted.words, autoescape=True)
        )
        village = Household.division_code.in_(codes_named(wanted.words))
        query = query.where(or_(Household.no == wanted.words, Household.id.in_(named), village))
    return query


def find_household(session: Session, no: str) -> RecordRow | None:
    """A current household by its number; None when unknown."""
    row = session.scalars(select(Household).where(Household.no == no)).one_or_none()
    return None if row is None else as_record(row)


def get_household(session: Session, no: str) -> RecordRow:
    """As `find_household`; raises NotFound."""
    found = find_household(session, no)
    if found is None:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    return found


def household_place(session: Session, household_id: int) -> tuple[str, str]:
    """Number and division of a household by its stable id; raises NotFound."""
    row = session.execute(
        select(Household.no, Household.division_code).where(Household.id == household_id)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    return row[0], row[1]


def household_nos(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """Numbers of households by stable id."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return {i: no for i, no in session.execute(select(Household.id, Household.no).where(Household.id.in_(wanted)))}


def list_persons(session: Session, household_id: int) -> list[RecordRow]:
    """The members of a household, the head first; sealed values are still sealed."""
    rows = session.scalars(select(Person).where(Person.household_id == household_id).order_by(Person.id))
    people = [as_record(row) for row in rows]
    return sorted(people, key=lambda p: (p.values["relation"] != HEAD, p.id))


def get_person(session: Session, person_id: int) -> RecordRow:
    """A current person by the stable id; raises NotFound."""
    return record_row(session, Person, person_id)


def households_of_id(session: Session, keyring: Keyring, number: str, within: Collection[str]) -> list[str]:
    """Numbers of the households inside some divisions in which somebody has this ID number; CellError for no ID."""
    query = (
        select(Household.no)
        .join(Person, Person.household_id == Household.id)
        .where(Person.id_index == id_index(keyring, number), Household.division_code.in_(codes_within(within)))
    )
    return list(session.scalars(query.distinct().order_by(Household.no)))


def persons_of_id(session: Session, keyring: Keyring, number: str) -> list[RecordRow]:
    """Every current person with an ID number, in whatever household (E13 asks this)."""
    rows = session.scalars(select(Person).where(Person.id_index == id_index(keyring, number)).order_by(Person.id))
    return [as_record(row) for row in rows]


@dataclass(frozen=True)
class VillageCount:
    """Households of one village and status; what public pages and the home page count from."""

    division_code: str
    category: str | None
    status: str | None
    households: int


def count_households(session: Session, within: Collection[str]) -> list[VillageCount]:
    """Counts per village, category and status inside some divisions. One statement."""
    columns = (Household.division_code, Household.category, Household.status)
    query = (
        select(*columns, func.count().label("households"))
        .where(Household.division_code.in_(codes_within(within)))
        .group_by(*columns)
    )
    return [VillageCount(**row._mapping) for row in session.execute(query)]


def count_members(session: Session, household_id: int) -> tuple[int, int]:
    """All persons of a household, and those who live together (C, by which "per capita" divides)."""
    row = session.execute(
        select(func.count(), func.count().filter(Person.lives_together)).where(Person.household_id == household_id)
    ).one()
    return int(row[0]), int(row[1])


def list_weak_villages(
    session: Session,
    within: Collection[str],
    *,
    year: int | None = None,
    level: str = "",
    status: str = "",
    after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Weak villages inside some divisions, by code and year; `after` is (village_code, id) of the last one shown."""
    names = (
        "id",
        "village_code",
        "level",
        "recognised_year",
        "collective_income_fen",
        "line_fen",
        "status",
        "support_unit_id",
        "first_secretary",
    )
    query = select(*[getattr(WeakVillage, name) for name in names]).where(
        WeakVillage.village_code.in_(codes_within(within))
    )
    for column, value in (
        (WeakVillage.recognised_year, year),
        (WeakVillage.level, level),
        (WeakVillage.status, status),
    ):
        if value:
            query = query.where(column == value)
    if after is not None:
        place, row_id = after
        query = query.where(
            or_(WeakVillage.village_code > place, and_(WeakVillage.village_code == place, WeakVillage.id > row_id))
        )
    query = query.order_by(WeakVillage.village_code, WeakVillage.id).limit(limit)
    return [dict(zip(names, row, strict=True)) for row in session.execute(query)]


def listed_on(day: date) -> ColumnElement[bool]:
    """Households 在册 on a day: entered by then and not yet out; a status of today counts where no date says more."""
    entered = or_(Household.entered_on.is_(None), Household.entered_on <= day)
    still = or_(Household.status == HouseholdStatus.LISTED, Household.exited_on > day)
    return and_(entered, still)


def count_listed_persons(session: Session, day: date) -> int:
    """Persons of the households 在册 on a day."""
    households = select(Household.identity).where(listed_on(day))
    return session.scalar(select(func.count(Person.id)).where(Person.household_id.in_(households))) or 0


def sealed_id_numbers(session: Session, person_ids: Sequence[int]) -> dict[int, bytes]:
    """Sealed ID numbers of persons by their id; only an export that is an act of its own opens them."""
    found: dict[int, bytes] = {}
    for start in range(0, len(person_ids), 500):
        wanted = Person.id.in_(person_ids[start : start + 500])
        rows = session.execute(select(Person.id, Person.id_sealed).where(wanted, Person.id_sealed.is_not(None)))
        found.update({person: sealed for person, sealed in rows if sealed is not None})
    return found


def weak_village_row(session: Session, row_id: int) -> RecordRow:
    """One weak village by its stable id; raises NotFound."""
    return record_row(session, WeakVillage, row_id)


def household_history(session: Session, household_id: int) -> list[Version]:
    """Versions of a household's own row, newest first."""
    return history_of(session, Household, household_id)


def person_history(session: Session, person_id: int) -> list[Version]:
    """Versions of a person, newest first."""
    return history_of(session, Person, person_id)


def weak_village_history(session: Session, row_id: int) -> list[Version]:
    """Versions of a weak village, newest first."""
    return history_of(session, WeakVillage, row_id)


def count_by_status(session: Session, within: Collection[str]) -> dict[str, int]:
    """Households inside some divisions by 状态, for somebody's own place."""
    query = select(Household.status, func.count()).where(Household.division_code.in_(codes_within(within)))
    return {status or "": n for status, n in session.execute(query.group_by(Household.status))}
