"""What happens to household changes: the village proposes, another account of the township confirms or sends back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound, Refused
from portal.registers.corrections import Act, add_record, need_reason
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.actions import (
    add_person,
    correct_household,
    correct_person,
    decide_status,
    move_person,
    register_household,
    withdraw_person,
)
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.recipients.procedures.changes.models import ChangeKind, ChangeState, HouseholdChange
from portal.registers.recipients.procedures.changes.rules import ADDING, REMOVING, change_problem, decision_problem
from portal.registers.recipients.rules import HEAD
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

SEAL = seal_name("household_changes", "values_sealed")
DATES = frozenset({"born_on"})


def propose_change(
    session: Session,
    household_id: int,
    kind: ChangeKind,
    happened_on: date,
    values: Mapping[str, Any],
    act: Act,
    at: datetime,
    *,
    basis: str,
    person_id: int | None = None,
    other_household_id: int | None = None,
) -> HouseholdChange:
    """Propose a change: `values` holds `person` (fields as for `add_person`), `household`, `people` (who leave in a split).

    Nothing in the register moves until `confirm_change`. Raises NotFound, Refused.
    """
    change_problem(kind, happened_on, day_cn(at), person_id, other_household_id, values)
    home = session.get(Household, household_id)
    if home is None or not home.is_current:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    _check_people(session, household_id, [person_id, *values.get("people", ())])
    if other_household_id is not None:
        _check_other(session, home, other_household_id)
    last = select(func.max(HouseholdChange.n)).where(HouseholdChange.household_id == household_id)
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, default=date.isoformat)
    row = HouseholdChange(
        household_id=household_id, n=(session.scalar(last) or 0) + 1, kind=kind, division_code=home.division_code,
        happened_on=happened_on, person_id=person_id, other_household_id=other_household_id,
        values_sealed=keyring_of(session).seal(said, SEAL) if values else None, basis=basis.strip(),
        entered_by=act.actor, entered_at=at, state=ChangeState.WAITING,
    )  # fmt: skip
    subjects = [("household", home.no)]
    add_record(
        session, row, act, kind="household.change_proposed", subjects=subjects, unit=township_of(home.division_code)
    )
    return row


def _check_people(session: Session, household_id: int, people: list[int | None]) -> None:
    wanted = {person for person in people if person is not None}
    own = set(session.scalars(select(Person.id).where(Person.household_id == household_id)))
    if wanted - own:
        raise NotFound("这一户没有这位成员", fix="从家庭成员里选")


def _check_other(session: Session, home: Household, other_id: int) -> None:
    other = session.get(Household, other_id)
    if other is None or not other.is_current or other.division_code[:6] != home.division_code[:6]:
        raise NotFound("没有并入的那一户", fix="核对户编号；要在同一个县")
    if other_id == home.id:
        raise Refused("不能并入自己", fix="填写另一户的户编号")


def confirm_change(session: Session, household_id: int, n: int, act: Act, at: datetime) -> HouseholdChange:
    """Confirm a change: it counts from the day on which it happened. Raises Refused for whoever proposed it."""
    row = _decide(session, household_id, n, ChangeState.CONFIRMED, act, at)
    before = _together(session, household_id)
    _EFFECTS[ChangeKind(row.kind)](session, row, values_of(session, row), Act(act.actor, f"{row.kind}：{row.basis}"))
    session.flush()
    row.people = _together(session, household_id) - before
    session.flush()
    _record(session, row, "household.change_confirmed", act, at)
    return row


def return_change(session: Session, household_id: int, n: int, act: Act, at: datetime) -> HouseholdChange:
    """Send a change back with the reason; nothing in the register moves."""
    row = _decide(session, household_id, n, ChangeState.RETURNED, act, at)
    session.flush()
    _record(session, row, "household.change_returned", act, at)
    return row


def values_of(session: Session, row: HouseholdChange) -> dict[str, Any]:
    """What a change says, opened."""
    if row.values_sealed is None:
        return {}
    said: dict[str, Any] = json.loads(keyring_of(session).open_(row.values_sealed, SEAL))
    if "person" in said:
        given = said["person"].items()
        said["person"] = {k: date.fromisoformat(v) if k in DATES and v else v for k, v in given}
    return said


def _together(session: Session, household_id: int) -> int:
    query = select(func.count(Person.id)).where(Person.household_id == household_id, Person.lives_together)
    return session.scalar(query) or 0


def _decide(session: Session, household_id: int, n: int, state: ChangeState, act: Act, at: datetime) -> HouseholdChange:
    why = need_reason(act)
    query = select(HouseholdChange).where(HouseholdChange.household_id == household_id, HouseholdChange.n == n)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound("没有这项变动", fix="从这一户的页面重新进入")
    decision_problem(row.state, row.entered_by, act.actor)
    row.state, row.decided_by, row.decided_at, row.decided_why = state, act.actor, at, why
    return row


def _record(session: Session, row: HouseholdChange, kind: str, act: Act, at: datetime) -> None:
    number = session.scalar(select(Household.no).where(Household.id == row.household_id))
    record(
        session, kind=kind, actor=act.actor, subjects=[("household", str(number))], before={"state": ChangeState.WAITING},
        after={"n": row.n, "change": row.kind, "state": row.state, "happened_on": row.happened_on.isoformat()},
        why=act.why, unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip


def _add(session: Session, row: HouseholdChange, values: Mapping[str, Any], act: Act) -> None:
    add_person(session, row.household_id, values["person"], act)


def _remove(session: Session, row: HouseholdChange, values: Mapping[str, Any], act: Act) -> None:
    withdraw_person(session, row.person_id or 0, act, None)
    if head := values.get("new_head"):
        correct_person(session, int(head), {"relation": HEAD}, act, None)


def _split(session: Session, row: HouseholdChange, values: Mapping[str, Any], act: Act) -> None:
    home = session.get_one(Household, row.household_id)
    place = {"division_code": home.division_code, **values["household"]}
    new = register_household(session, place, (), act, row.happened_on)
    row.other_household_id = new.id
    for place_in_line, person in enumerate(values["people"]):
        move_person(session, int(person), new.id, act, HEAD if place_in_line == 0 else "其他")


def _merge(session: Session, row: HouseholdChange, _values: Mapping[str, Any], act: Act) -> None:
    """The other household's members come over; it is struck off by the two persons who stand for the change."""
    other = session.get_one(Household, row.other_household_id)
    for person in list(session.scalars(select(Person).where(Person.household_id == other.id).order_by(Person.id))):
        move_person(session, person.id, row.household_id, act, "其他" if person.relation == HEAD else None)
    if other.status is not None and other.status != HouseholdStatus.CANCELLED:
        decide_status(
            session, other.id, HouseholdStatus.CANCELLED, act, None, decided_on=row.happened_on, document=row.basis,
            prepared_by=row.entered_by,
        )  # fmt: skip


def _correct(session: Session, row: HouseholdChange, values: Mapping[str, Any], act: Act) -> None:
    if row.person_id is not None and values.get("person"):
        correct_person(session, row.person_id, values["person"], act, None)
    if values.get("household"):
        correct_household(session, row.household_id, values["household"], act, None)


_EFFECTS = {
    **dict.fromkeys(ADDING, _add),
    **dict.fromkeys(REMOVING, _remove),
    ChangeKind.SPLIT: _split,
    ChangeKind.MERGE: _merge,
    ChangeKind.CORRECTION: _correct,
}
