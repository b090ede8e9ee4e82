"""Reads of households, persons and weak villages. Sealed columns leave here sealed; `disclosure` shapes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.prefix import begins
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
_Found = aliased(Household)


@dataclass(frozen=True)
class HouseholdFilter:
    """What a list of households is narrowed to; every value also stands in the address of the page."""

    division: str = ""
    category: str = ""
    status: str = ""
    cause: str = ""
    words: str = ""  # household number, or the beginning of the head's or the village's name; never an ID number


_LIST = select(
    Household.id,
    Household.no,
    Household.division_code,
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
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Households inside some divisions, by village and number; `after` says where a page starts."""
    query = _narrow(_LIST.where(Household.division_code.in_(codes_within(within))), wanted)
    rows = rows_beside(session, query, (Household.division_code, Household.no), after, limit)
    households = [dict(zip(LIST_COLUMNS, row, strict=True)) for row in rows]
    people = _people(session, [row["id"] for row in households])
    return [{**row, **people.get(row["id"], {"head_name": None, "members": 0})} for row in households]


def _people(session: Session, households: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Name of the head and number of members of the households of one page; asked for these alone, after the search."""
    found: dict[int, dict[str, Any]] = {}
    query = select(Person.household_id, Person.relation, Person.name).order_by(Person.id)
    for start in range(0, len(households), 500):
        mine = Person.household_id.in_(households[start : start + 500])
        for household, relation, name in session.execute(query.where(mine)):
            one = found.setdefault(household, {"head_name": None, "members": 0})
            one["members"] += 1
            if relation == HEAD and one["head_name"] is None:
                one["head_name"] = name
    return found


def _narrow(query: Select[*tuple[Any, ...]], wanted: HouseholdFilter) -> Select[*tuple[Any, ...]]:
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
        query = query.where(Household.id.in_(_found(wanted.words)))
    return query


def _found(words: str) -> CompoundSelect[int]:
    """Ids of the households that a search means: each part has its index, so that nothing is read but what is found."""
    numbered = select(_Found.id).where(_Found.no == words)
    headed = select(_Head.household_id).where(_Head.relation == HEAD, begins(_Head.name, words))
    placed = select(_Found.id).where(_Found.division_code.in_(codes_named(words)))
    return union(numbered, headed, placed)


# Made once: every page of a household begins with them.
_NUMBERED = select(Household).where(Household.no == bindparam("no"))
_PLACE_OF = select(Household.no, Household.division_code).where(Household.id == bindparam("household"))


def find_household(session: Session, no: str) -> RecordRow | None:
    """A current household by its number; None when unknown."""
    row = session.scalars(_NUMBERED, {"no": no}).one_or_none()
    return None if row is None else as_record(row)


def find_households(session: Session, ids: Collection[int]) -> dict[int, RecordRow]:
    """Current households by their stable ids, as far as they are there."""
    return {row.id: as_record(row) for row in session.scalars(select(Household).where(Household.id.in_(ids)))}


def get_household(session: Session, no: str) -> RecordRow:
    """As `find_household`; raises NotFound."""
    found = find_household(session, no)
    if found is None:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    return found


def household_place(session: Session, household_id: int) -> tuple[str, str]:
    """Number and division of a household by its stable id; raises NotFound."""
    row = session.execute(_PLACE_OF, {"household": household_id}).one_or_none()
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
    return persons_of(session, [household_id]).get(household_id, [])


def persons_of(session: Session, household_ids: Collection[int]) -> dict[int, list[RecordRow]]:
    """The members of some households, each household's head first; sealed values are still sealed."""
    found: dict[int, list[RecordRow]] = {}
    for row in session.scalars(select(Person).where(Person.household_id.in_(household_ids)).order_by(Person.id)):
        found.setdefault(row.household_id, []).append(as_record(row))
    for people in found.values():
        people.sort(key=lambda person: person.values["relation"] != HEAD)
    return found


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
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Weak villages inside some divisions, by code and year; `after` says where a page starts."""
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
    rows = rows_beside(session, query, (WeakVillage.village_code, WeakVillage.id), after, limit)
    return [dict(zip(names, row, strict=True)) for row in rows]


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
