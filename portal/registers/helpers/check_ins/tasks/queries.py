"""A helper's own households and what is due there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.registers.divisions.parameters.queries import values_for
from portal.registers.divisions.queries import names_of
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.needs.models import Need, NeedState
from portal.registers.helpers.check_ins.tasks.rules import HORIZON, Task, TaskKind, due_on, in_order, visit_class
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.queries import in_force
from portal.registers.helpers.rules import visit_days
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.recipients.rules import HEAD

DEFAULT_DAYS = 30


@dataclass(frozen=True)
class OwnHousehold:
    """A household that a helper is paired with on a day."""

    household_id: int
    household_no: str
    head: str
    division_code: str
    village: str
    category: str | None
    status: str | None
    started_on: date
    visit_days: int | None
    last_visited_on: date | None


def list_own_households(session: Session, helper_no: str, on: date) -> list[OwnHousehold]:
    """Every household paired with a helper on a day, by number; each with the day of the helper's last visit there."""
    rows = session.execute(
        select(
            Helper.id, Household.id, Household.no, Household.division_code, Household.category, Household.status,
            func.min(Pairing.started_on), func.min(Pairing.visit_days),
        )
        .join(Pairing, Pairing.helper_id == Helper.id)
        .join(Household, Household.id == Pairing.household_id)
        .where(Helper.no == helper_no, in_force(on), Household.status != HouseholdStatus.CANCELLED)
        .group_by(
            Helper.id, Household.id, Household.no, Household.division_code, Household.category, Household.status
        )
        .order_by(Household.no)
    ).all()  # fmt: skip
    if not rows:
        return []
    ids = [row[1] for row in rows]
    heads, last = _heads(session, ids), last_visits(session, rows[0][0], ids)
    villages = names_of(session, {row[3] for row in rows})
    return [
        OwnHousehold(number, no, heads.get(number, ""), place, villages.get(place, ""), category, status, since, days, last.get(number))
        for _, number, no, place, category, status, since, days in rows
    ]  # fmt: skip


def _heads(session: Session, household_ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(
        select(Person.household_id, Person.name).where(Person.household_id.in_(household_ids), Person.relation == HEAD)
    )
    return {household: name for household, name in rows}


def last_visits(session: Session, helper_id: int, household_ids: Collection[int]) -> dict[int, date]:
    """The day of a helper's last visit to each household that meets the duty; a reasoned 无法走访 is one."""
    rows = session.execute(
        select(CheckIn.household_id, func.max(CheckIn.visited_on))
        .where(
            CheckIn.household_id.in_(household_ids),
            CheckIn.helper_id == helper_id,
            CheckIn.state != State.NOT_COUNTED,
        )
        .group_by(CheckIn.household_id)
    )
    return {household: day for household, day in rows}


def list_tasks_today(session: Session, helper_no: str, on: date) -> list[Task]:
    """What a helper has to do at the households in hand: late first, then what falls due within a week."""
    own = list_own_households(session, helper_no, on)
    cycles = _cycles(session, {(home.division_code, visit_class(home.category, home.status)) for home in own}, on)
    tasks = [_visit(home, cycles, on) for home in own if home.status != HouseholdStatus.EXITED]
    tasks += _needs(session, own, on)
    return in_order(task for task in tasks if task.due_on <= on + HORIZON)


def _cycles(session: Session, kinds: Collection[tuple[str, str]], on: date) -> dict[tuple[str, str], int]:
    """The cycle in days of each place and class (parameter `visit_days.<class>`, else `visit_days`)."""
    found = {}
    for place in {place for place, _ in kinds}:
        classes = {kind for where, kind in kinds if where == place}
        names = {kind: f"visit_days.{kind}" if kind else "visit_days" for kind in classes}
        values = values_for(session, [*names.values()], place, on)
        for kind, name in names.items():
            found[place, kind] = values[name].whole if name in values else DEFAULT_DAYS
    return found


def _visit(home: OwnHousehold, cycles: Mapping[tuple[str, str], int], on: date) -> Task:
    by_class = cycles[home.division_code, visit_class(home.category, home.status)]
    due = due_on(home.started_on, home.last_visited_on, visit_days(home.visit_days, by_class, DEFAULT_DAYS))
    return Task(
        home.household_no, home.head, home.village, due, (on - due).days, TaskKind.VISIT,
        last_visited_on=home.last_visited_on,
    )  # fmt: skip


def _needs(session: Session, own: Collection[OwnHousehold], on: date) -> list[Task]:
    homes = {home.household_id: home for home in own}
    rows = session.execute(
        select(Need.household_id, Need.kind, Need.text, Need.due_on).where(
            Need.household_id.in_(list(homes)), Need.state == NeedState.OPEN
        )
    )
    return [
        Task(
            homes[household].household_no, homes[household].head, homes[household].village, due, (on - due).days,
            TaskKind.NEED, text=f"{kind}：{text}" if text else kind, last_visited_on=homes[household].last_visited_on,
        )
        for household, kind, text, due in rows
    ]  # fmt: skip
