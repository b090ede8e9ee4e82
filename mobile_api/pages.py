"""What spans registers, put together for the phone: a household's file, for its own helper only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from mobile_api.answers import (
    HouseholdFile,
    IncomeLine,
    MemberLine,
    NeedLine,
    PlaceOfHousehold,
    TaskLine,
    VisitLine,
)
from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound
from portal.kernel.geo import Point
from portal.registers.corrections import RecordRow
from portal.registers.helpers.check_ins.needs.queries import NeedRow, needs_of
from portal.registers.helpers.check_ins.queries import (
    OwnHousehold,
    VisitRow,
    list_own_households,
    list_tasks_today,
    visits_of_households,
)
from portal.registers.recipients.disclosure import helped_household
from portal.registers.recipients.incomes.queries import IncomeClass, entries_of, income_line, local_rules
from portal.registers.recipients.queries import find_households, persons_of
from portal.web.language import gettext as _

INCOMES_OF = timedelta(days=730)
MOST_VISITS = 20


def tasks_of(session: Session, helper_no: str, on: date) -> tuple[TaskLine, ...]:
    """What a helper has to do, late ones first."""
    return tuple(
        TaskLine(
            task.household_no, task.name, task.village, task.due_on, max(0, task.overdue_days), task.kind, task.text
        )
        for task in list_tasks_today(session, helper_no, on)
    )


def own_household(session: Session, helper_no: str, household_no: str, on: date) -> OwnHousehold:
    """A household that is paired with this helper on this day; NotFound for any other, alike."""
    for own in list_own_households(session, helper_no, on):
        if own.household_no == household_no:
            return own
    raise NotFound("没有这一户", why="也可能不是您帮扶的户", fix="从“我的户”里选")


@dataclass(frozen=True)
class Sources:
    """What the files of some households are made of: one statement for each register, whatever the number of files."""

    households: Mapping[int, RecordRow]
    people: Mapping[int, Sequence[RecordRow]]
    needs: Mapping[int, Sequence[NeedRow]]
    visits: Mapping[int, Sequence[VisitRow]]
    incomes: Mapping[int, Sequence[dict[str, Any]]]
    local: Mapping[str, dict[str, tuple[bool, str]]]  # what each place rules about items of income


def files_of(session: Session, helper_no: str, owned: Sequence[OwnHousehold], on: date) -> tuple[HouseholdFile, ...]:
    """The files of households that are the helper's own, in their order."""
    sources = _read(session, owned, on)
    return tuple(_file(sources, helper_no, own, on) for own in owned)


def _read(session: Session, owned: Sequence[OwnHousehold], on: date) -> Sources:
    ids = [own.household_id for own in owned]
    incomes = entries_of(session, ids, on - INCOMES_OF)
    items: dict[str, set[str]] = {}
    for own in owned:
        items.setdefault(own.division_code, set()).update(e["item"] for e in incomes.get(own.household_id, ()))
    return Sources(
        find_households(session, ids),
        persons_of(session, ids),
        needs_of(session, ids),
        visits_of_households(session, ids, limit=MOST_VISITS),
        incomes,
        {place: local_rules(session, named, place, on) if named else {} for place, named in items.items()},
    )


def _file(sources: Sources, helper_no: str, own: OwnHousehold, on: date) -> HouseholdFile:
    number = own.household_id
    people = [person.values for person in sources.people.get(number, ())]
    told = helped_household(sources.households[number].values, people, on)
    return HouseholdFile(
        no=told.no,
        name=told.head,
        village=own.village,
        address=told.address,
        category=_(told.category) if told.category else "",
        point=_point(told.place),
        members=tuple(MemberLine(member.name, member.age) for member in told.members),
        needs=tuple(NeedLine(n.kind, n.text, n.state, n.raised_on) for n in sources.needs.get(number, ())),
        visits=tuple(
            VisitLine(day_cn(row.captured_at), row.visit, row.state, row.helper_no == helper_no)
            for row in sources.visits.get(number, ())
        ),
        incomes=_incomes(sources.incomes.get(number, ()), sources.local[own.division_code]),
    )


def _point(place: Point | None) -> PlaceOfHousehold | None:
    return None if place is None else PlaceOfHousehold(*place.degrees, place.datum)


def _incomes(entries: Sequence[dict[str, Any]], local: dict[str, tuple[bool, str]]) -> tuple[IncomeLine, ...]:
    return tuple(
        IncomeLine(
            line.occurred_on,
            IncomeClass(line.values["category"]),
            line.values["item"],
            line.values["amount_fen"],
            line.values["cost_fen"],
            line.counted.counts,
            _(line.counted.basis),
        )
        for line in (income_line(entry, local) for entry in entries)
    )
