"""What somebody does to households and persons: admit, correct, decide 状态, add or withdraw members, reveal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.queries import code_validity, find_division
from portal.registers.divisions.rules import township_of, village_problem
from portal.registers.recipients.models import Household, HouseholdStatus, Person, WeakVillage
from portal.registers.recipients.rules import (
    head_problem,
    household_problem,
    join_causes,
    lives_together,
    person_problem,
    split_causes,
    status_refusal,
    weak_village_problem,
)
from portal.registers.reveals import Revealed, reveal
from portal.registers.sealed import identity_columns, keyring_of, number_columns

HOUSEHOLD_FIELDS = frozenset(
    {
        "division_code",
        "address",
        "lat_e7",
        "lng_e7",
        "datum",
        "entered_on",
        "extensions",
    }
)
CATEGORY_FIELDS = frozenset({"category", "main_cause", "other_causes"})
"""对象类别 and causes: of a household in the register they change by a decision alone."""
PERSON_FIELDS = frozenset(
    {
        "name",
        "relation",
        "lives_together",
        "sex",
        "born_on",
        "ethnicity",
        "health",
        "labour",
        "schooling",
        "disability_level",
        "bank_name",
        "related_to_cadre",
        "extensions",
    }
)
NUMBERS = frozenset({"id_number", "account", "phone"})
"""Fields that come in the open and are kept sealed; an empty text empties them, an absent key leaves them."""
SEALED_COLUMNS = {"id_number": "id_sealed", "account": "account_sealed", "phone": "phone_sealed"}
WEAK_VILLAGE_FIELDS = frozenset(
    {"level", "collective_income_fen", "line_fen", "status", "support_unit_id", "first_secretary", "extensions"}
)
_ENDED = frozenset({HouseholdStatus.OUT_OF_POVERTY, HouseholdStatus.EXITED, HouseholdStatus.CANCELLED})


def admit_household(
    session: Session,
    values: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    act: Act,
    *,
    decided_on: date,
    document: str,
    prepared_by: str,
) -> Household:
    """Enter a household that the county has approved: it stands 在册 from `decided_on`, by `document`.

    `values`: `no` and any HOUSEHOLD_FIELDS; each member as for `add_person`. `prepared_by`: who brought the case, another
    person than `act.actor`. Raises Refused.
    """
    status_refusal(None, HouseholdStatus.LISTED, decided_on, document)
    second_person(act.actor, prepared_by)
    dated = {"entered_on": decided_on, **values}
    return _enter(session, dated, members, act, HouseholdStatus.LISTED, "household.admitted", decided_on, document)


def register_household(
    session: Session, values: Mapping[str, Any], members: Sequence[Mapping[str, Any]], act: Act, on: date
) -> Household:
    """Register a household whose case is to be looked into: it has no 状态 until a decision gives it one."""
    return _enter(session, values, members, act, None, "household.registered", on, "")


def _enter(
    session: Session,
    values: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    act: Act,
    status: HouseholdStatus | None,
    kind: str,
    on: date,
    document: str,
) -> Household:
    refuse_unknown_fields(values, HOUSEHOLD_FIELDS | CATEGORY_FIELDS | {"no"})
    tidy = _tidy(values)
    household_problem({**tidy, "status": status})
    _check_place(session, str(tidy["division_code"]), on)
    if session.scalar(select(Household.id).where(Household.no == tidy["no"])) is not None:
        raise Refused("这个户编号已经登记过", fix="更正原来的一户，或换一个编号", code="duplicate")
    row = Household(**{**tidy, "status": status.value if status is not None else None})
    add_record(
        session,
        row,
        Act(act.actor, f"{act.why}（{document}）" if document else act.why, act.request_id),
        kind=kind,
        subjects=_about(row),
        unit=township_of(row.division_code),
    )
    for member in members:
        add_person(session, row.id, member, act)
    return row


def second_person(actor: str, prepared_by: str) -> None:
    """Who brought a case does not decide it."""
    if actor == prepared_by:
        raise Refused("进出名单要两个人", why="提出的人不能自己决定", fix="请另一位审批", code="same_person")


def correct_household(
    session: Session, household_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct what stands about a household. 状态, category and causes are not among it: they take a decision.

    While it has no 状态 its category is only claimed, and may be put right here.
    """
    row = get_current(session, Household, household_id)
    refuse_unknown_fields(values, HOUSEHOLD_FIELDS | (CATEGORY_FIELDS if row.status is None else frozenset()))
    tidy = _tidy(values)
    own = (*HOUSEHOLD_FIELDS, *CATEGORY_FIELDS, "no", "status", "exited_on")
    kept = {field: getattr(row, field) for field in own}
    household_problem({**kept, **tidy})
    if tidy.get("division_code", row.division_code) != row.division_code:
        _check_place(session, str(tidy["division_code"]), None)
    return correct_record(
        session,
        row,
        tidy,
        act,
        version=version,
        kind="household.corrected",
        subjects=_about(row),
        unit=township_of(row.division_code),
    )


def decide_status(
    session: Session,
    household_id: int,
    status: str,
    act: Act,
    version: str | None,
    *,
    decided_on: date,
    document: str,
    prepared_by: str,
) -> list[Change]:
    """Carry out the county's decision, or a cancellation: the only way by which 状态 of a known household changes.

    `prepared_by`: who brought the case, another person than `act.actor`; procedures call this and nothing else does.
    """
    row = get_current(session, Household, household_id)
    status_refusal(row.status, status, decided_on, document)
    second_person(act.actor, prepared_by)
    values = {"status": status, "exited_on": decided_on if status in _ENDED else None}
    if status == HouseholdStatus.LISTED and row.entered_on is None:
        values["entered_on"] = decided_on
    household_problem({"no": row.no, "entered_on": row.entered_on, **values})
    return correct_record(
        session,
        row,
        values,
        Act(act.actor, f"{act.why}（{document}）", act.request_id),
        version=version,
        kind="household.status_decided",
        subjects=_about(row),
        unit=township_of(row.division_code),
    )


def decide_category(
    session: Session, household_id: int, values: Mapping[str, Any], act: Act, *, document: str, prepared_by: str
) -> list[Change]:
    """Carry out a decision on 对象类别 and causes 致贫原因; `prepared_by` is another person than `act.actor`."""
    refuse_unknown_fields(values, CATEGORY_FIELDS)
    second_person(act.actor, prepared_by)
    row = get_current(session, Household, household_id)
    tidy = _tidy(values)
    household_problem({"no": row.no, **{field: getattr(row, field) for field in CATEGORY_FIELDS}, **tidy})
    return correct_record(
        session,
        row,
        tidy,
        Act(act.actor, f"{act.why}（{document}）", act.request_id),
        version=None,
        kind="household.category_decided",
        subjects=_about(row),
        unit=township_of(row.division_code),
    )


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    tidy = dict(values)
    if "other_causes" in tidy:
        tidy["other_causes"] = join_causes(split_causes(tidy["other_causes"]))
    return tidy


def _check_place(session: Session, code: str, on: date | None) -> None:
    if find_division(session, code) is None:
        raise Refused("区划代码在区划里找不到", fix="先登记那个村，或核对 12 位代码")
    village_problem(code)
    if on is not None and code_validity(session, code, on) is False:
        raise Refused("这个区划代码当天已经停用", fix="用合并后的代码")


def _about(row: Household, *people: Person) -> list[tuple[str, str]]:
    return [*(("person", str(person.id)) for person in people), ("household", row.no)]


def add_person(session: Session, household_id: int, values: Mapping[str, Any], act: Act) -> Person:
    """Add a member: any PERSON_FIELDS and NUMBERS. Refused for a second head or a number that is there already."""
    household = get_current(session, Household, household_id)
    columns = _person_columns(session, values)
    row = Person(
        household_id=household_id, **{**columns, "lives_together": lives_together(values.get("lives_together"))}
    )
    _check_person(session, row)
    add_record(
        session,
        row,
        act,
        kind="person.added",
        subjects=lambda: _about(household, row),
        unit=township_of(household.division_code),
    )
    return row


def correct_person(
    session: Session, person_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a member. A corrected ID number is sealed anew and its columns follow; the person stays the same one."""
    row = get_current(session, Person, person_id)
    household = get_current(session, Household, row.household_id)
    columns = _person_columns(session, values)
    if "lives_together" in columns:
        columns["lives_together"] = lives_together(columns["lives_together"])
    kept = {field: getattr(row, field) for field in (*PERSON_FIELDS, "id_index", "household_id")}
    _check_person(session, Person(**{**kept, **{k: v for k, v in columns.items() if k in kept}}), but=person_id)
    return correct_record(
        session,
        row,
        columns,
        act,
        version=version,
        kind="person.corrected",
        subjects=_about(household, row),
        unit=township_of(household.division_code),
    )


def withdraw_person(session: Session, person_id: int, act: Act, version: str | None) -> None:
    """Take a member out who should not stand there; the history keeps the person."""
    row = get_current(session, Person, person_id)
    household = get_current(session, Household, row.household_id)
    withdraw_record(
        session,
        row,
        act,
        version=version,
        kind="person.withdrawn",
        subjects=_about(household, row),
        unit=township_of(household.division_code),
    )


def move_person(session: Session, person_id: int, household_id: int, act: Act, relation: str | None = None) -> None:
    """Let a member belong to another household from now on (分户, 合户); the person and its history stay the same."""
    row = get_current(session, Person, person_id)
    before, after = get_current(session, Household, row.household_id), get_current(session, Household, household_id)
    values = {"household_id": household_id, "relation": relation or row.relation}
    kept = {field: getattr(row, field) for field in (*PERSON_FIELDS, "id_index")}
    _check_person(session, Person(**{**kept, **values}), but=person_id)
    correct_record(
        session,
        row,
        values,
        act,
        version=None,
        kind="person.moved",
        subjects=[*_about(before, row), ("household", after.no)],
        unit=township_of(after.division_code),
    )


def _person_columns(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    refuse_unknown_fields(values, PERSON_FIELDS | NUMBERS)
    columns = {field: value for field, value in values.items() if field in PERSON_FIELDS}
    if not NUMBERS & set(values):
        return columns
    keyring = keyring_of(session)
    if "id_number" in values:
        columns |= identity_columns(keyring, "persons", values["id_number"])
    for name in ("account", "phone"):
        if name in values:
            columns |= number_columns(keyring, "persons", name, values[name])
    return columns


def _check_person(session: Session, row: Person, but: int | None = None) -> None:
    person_problem({field: getattr(row, field) for field in PERSON_FIELDS})
    others = select(Person.name, Person.relation, Person.id_index).where(
        Person.household_id == row.household_id, Person.id != (but or 0)
    )
    family = session.execute(others).all()
    head_problem([row.relation, *(relation for _, relation, _ in family)])
    if any(row.id_index is not None and index == row.id_index for _, _, index in family):
        raise Refused("同一户里已有这个证件号码", fix="更正原来那位，不要再加一位", code="duplicate")
    if row.id_index is None and any(index is None and name == row.name for name, _, index in family):
        raise Refused("同一户里已有同名且没有证件号码的人", fix="补上证件号码再加", code="duplicate")


def reveal_field(session: Session, person_id: int, field: str, act: Act) -> Revealed:
    """Show one number of a member (`id_number`, `account`, `phone`): reason, event, daily quota."""
    row = get_current(session, Person, person_id)
    household = get_current(session, Household, row.household_id)
    column = SEALED_COLUMNS[field]
    return reveal(session, getattr(row, column), "persons", column, act, _about(household, row))


def recognise_weak_village(session: Session, values: Mapping[str, Any], act: Act) -> WeakVillage:
    """Enter a village as economically weak for one year; `values`: `village_code`, `recognised_year`, other fields."""
    refuse_unknown_fields(values, WEAK_VILLAGE_FIELDS | {"village_code", "recognised_year"})
    row = WeakVillage(**values)
    weak_village_problem(values)
    _check_place(session, row.village_code, None)
    same = select(WeakVillage.id).where(
        WeakVillage.village_code == row.village_code, WeakVillage.recognised_year == row.recognised_year
    )
    if session.scalar(same) is not None:
        raise Refused("这个村这一年已经登记过", fix="更正原来的一条", code="duplicate")
    subjects = [("weak_village", f"{row.village_code}-{row.recognised_year}"), ("division", row.village_code)]
    add_record(session, row, act, kind="weak_village.added", subjects=subjects, unit=township_of(row.village_code))
    return row


def correct_weak_village(
    session: Session, row_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct the level, sums, state or helpers of a weak village."""
    refuse_unknown_fields(values, WEAK_VILLAGE_FIELDS)
    row = get_current(session, WeakVillage, row_id)
    weak_village_problem(values)
    subjects = [("weak_village", f"{row.village_code}-{row.recognised_year}"), ("division", row.village_code)]
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="weak_village.corrected",
        subjects=subjects,
        unit=township_of(row.village_code),
    )
