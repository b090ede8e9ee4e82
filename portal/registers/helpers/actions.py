"""What somebody does to helpers and pairings: enter, correct, pair, end a pairing, reveal a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.errors import Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    need_reason,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.queries import find_division, unit_by_id
from portal.registers.divisions.rules import township_of, village_problem
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.pairings.queries import Given, loads_of
from portal.registers.helpers.pairings.rules import Span, load_refusal, reason_beyond
from portal.registers.helpers.rules import helper_problem, pairing_problem, target_of
from portal.registers.recipients.models import Household
from portal.registers.reveals import Revealed, reveal
from portal.registers.sealed import identity_columns, keyring_of, number_columns

HELPER_FIELDS = frozenset({"name", "unit_id", "duty", "kind", "extensions"})
NUMBERS = frozenset({"id_number", "phone"})
SEALED_COLUMNS = {"id_number": "id_sealed", "phone": "phone_sealed"}
PAIRING_FIELDS = frozenset({"started_on", "ended_on", "visit_days", "extensions"})
TARGET_FIELDS = frozenset({"household_id", "village_code", "project_code"})


def add_helper(session: Session, values: Mapping[str, Any], act: Act) -> Helper:
    """Enter a helper: `no`, any HELPER_FIELDS and NUMBERS."""
    refuse_unknown_fields(values, HELPER_FIELDS | NUMBERS | {"no"})
    helper_problem(values)
    if session.scalar(select(Helper.id).where(Helper.no == values["no"])) is not None:
        raise Refused("这个帮扶人编号已经登记过", fix="更正原来的一条，或换一个编号", code="duplicate")
    row = Helper(**_columns(session, values))
    add_record(session, row, act, kind="helper.added", subjects=[("helper", row.no)], unit=_place(session, row))
    return row


def correct_helper(
    session: Session, helper_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a helper; the number that names the helper stays. A corrected ID number keeps the helper."""
    refuse_unknown_fields(values, HELPER_FIELDS | NUMBERS)
    row = get_current(session, Helper, helper_id)
    helper_problem({"no": row.no, "name": row.name, "kind": row.kind, **values})
    return correct_record(
        session,
        row,
        _columns(session, values),
        act,
        version=version,
        kind="helper.corrected",
        subjects=[("helper", row.no)],
        unit=_place(session, row),
    )


def _columns(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    columns = {field: value for field, value in values.items() if field not in NUMBERS}
    if columns.get("unit_id") is not None and unit_by_id(session, columns["unit_id"]) is None:
        raise Refused("找不到这个单位", fix="先登记单位，或改填单位编码")
    if NUMBERS & set(values):
        keyring = keyring_of(session)
        if "id_number" in values:
            columns |= identity_columns(keyring, "helpers", values["id_number"])
        if "phone" in values:
            columns |= number_columns(keyring, "helpers", "phone", values["phone"])
    return columns


def _place(session: Session, row: Helper) -> str | None:
    unit = unit_by_id(session, row.unit_id) if row.unit_id is not None else None
    return township_of(unit.division_code) if unit and unit.division_code else None


def reveal_field(session: Session, helper_id: int, field: str, act: Act) -> Revealed:
    """Show one number of a helper (`id_number`, `phone`): reason, event, daily quota."""
    row = get_current(session, Helper, helper_id)
    column = SEALED_COLUMNS[field]
    return reveal(session, getattr(row, column), "helpers", column, act, [("helper", row.no)])


def pair(session: Session, helper_id: int, values: Mapping[str, Any], act: Act, *, beyond_why: str = "") -> Pairing:
    """Pair a helper with exactly one household, village or project; `values`: one target and PAIRING_FIELDS.

    Raises Refused `over_limit` where the helper would have more households than the place allows and `beyond_why` says
    nothing.
    """
    refuse_unknown_fields(values, PAIRING_FIELDS | TARGET_FIELDS)
    helper = get_current(session, Helper, helper_id)
    household, village, project = (values.get(f) for f in ("household_id", "village_code", "project_code"))
    target = target_of(household, village, project)
    pairing_problem(values["started_on"], values.get("ended_on"), values.get("visit_days"))
    if village:
        if find_division(session, village) is None:
            raise Refused("村区划代码在区划里找不到", fix="先登记那个村，或核对 12 位代码")
        village_problem(village)
    same = select(Pairing.id).where(
        Pairing.helper_id == helper_id, Pairing.target == target, Pairing.started_on == values["started_on"]
    )
    if session.scalar(same) is not None:
        raise Refused("这条结对已经登记过", fix="更正原来的一条", code="duplicate")
    row = Pairing(helper_id=helper_id, target=target, **values)
    unit = _target_place(session, row)
    act = _within_limit(session, row, [Span(row.started_on, row.ended_on)], act, beyond_why)
    add_record(session, row, act, kind="pairing.added", subjects=lambda: _about(session, row, helper), unit=unit)
    return row


def _within_limit(session: Session, row: Pairing, added: Sequence[Span], act: Act, beyond_why: str) -> Act:
    """Refuse more households than the limit of the place without a reason; with one it becomes part of the act's."""
    if row.household_id is None or not added:
        return act
    place = get_current(session, Household, row.household_id).division_code
    on = max(added[-1].started_on, min(today_cn(), added[-1].ended_on or today_cn()))
    loads = loads_of(session, [Given(row.helper_id, added, [place])], on)
    load_refusal(loads, beyond_why)
    return replace(act, why=reason_beyond(need_reason(act), beyond_why)) if loads[0].is_over else act


def correct_pairing(
    session: Session,
    pairing_id: int,
    values: Mapping[str, Any],
    act: Act,
    version: str | None,
    *,
    beyond_why: str = "",
) -> list[Change]:
    """Correct dates or the visit cycle. Another target is another pairing; a longer one is held to the limit again."""
    refuse_unknown_fields(values, PAIRING_FIELDS)
    row = get_current(session, Pairing, pairing_id)
    merged = {field: getattr(row, field) for field in PAIRING_FIELDS} | dict(values)
    pairing_problem(merged["started_on"], merged["ended_on"], merged["visit_days"])
    added = Span(merged["started_on"], merged["ended_on"]).beyond(Span(row.started_on, row.ended_on))
    act = _within_limit(session, row, added, act, beyond_why)
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="pairing.corrected",
        subjects=_about(session, row, get_current(session, Helper, row.helper_id)),
        unit=_target_place(session, row),
    )


def end_pairing(session: Session, pairing_id: int, last_day: date, act: Act, version: str | None) -> list[Change]:
    """Let a pairing end; it is in force on its last day."""
    return correct_pairing(session, pairing_id, {"ended_on": last_day}, act, version)


def withdraw_pairing(session: Session, pairing_id: int, act: Act, version: str | None) -> None:
    """Take a pairing out that should never have been entered."""
    row = get_current(session, Pairing, pairing_id)
    subjects = _about(session, row, get_current(session, Helper, row.helper_id))
    unit = _target_place(session, row)
    withdraw_record(session, row, act, version=version, kind="pairing.withdrawn", subjects=subjects, unit=unit)


def _about(session: Session, row: Pairing, helper: Helper) -> list[tuple[str, str]]:
    subjects = [("pairing", str(row.id)), ("helper", helper.no)]
    if row.household_id is not None:
        subjects.append(("household", get_current(session, Household, row.household_id).no))
    elif row.village_code:
        subjects.append(("division", row.village_code))
    elif row.project_code:
        subjects.append(("project", row.project_code))
    return subjects


def _target_place(session: Session, row: Pairing) -> str | None:
    if row.household_id is not None:
        return township_of(get_current(session, Household, row.household_id).division_code)
    return township_of(row.village_code) if row.village_code else None
