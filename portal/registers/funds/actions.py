"""What somebody does to programmes and lines of money. Balances follow in the same transaction.

Money needs two persons: an act carries its maker (`Act.actor`) and the checker's account; without a checker the record
says "no second person" (以文件为准 of the command line), and a door asks for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.kernel.errors import NotFound, Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    check_version,
    correct_record,
    get_current,
    need_reason,
    refuse_unknown_fields,
    version_of,
    withdraw_record,
)
from portal.registers.divisions.rules import township_of
from portal.registers.funds.balances.actions import refresh_lines
from portal.registers.funds.balances.models import LineBalance
from portal.registers.funds.balances.queries import (
    has_merger,
    lines_of_programmes,
    lines_of_units,
    touched_lines,
    touched_programmes,
    touched_units,
)
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payouts.actions import sum_everything_again, sum_lines_again
from portal.registers.funds.queries import CHECKED, allocation_history, ancestor_ids, balance_of
from portal.registers.funds.rules import (
    amount_problem,
    checker_refusal,
    default_payout_scope,
    overdraw_refusal,
    parent_problem,
    programme_problem,
    takeback_refusal,
)
from portal.trail.actions import record

PROGRAMME_FIELDS = frozenset(
    {
        "name", "fund_class", "department_id", "year", "level", "budget_fen", "document_no", "policy_basis",
        "payout_way", "payout_scope", "extensions",
    }
)  # fmt: skip
ALLOCATION_FIELDS = frozenset(
    {
        "parent_id", "programme_id", "from_unit_id", "to_unit_id", "division_code", "amount_fen", "amount_printed",
        "document_no", "allocated_on", "purpose", "project_id", "extensions",
    }
)  # fmt: skip


def register_programme(session: Session, values: Mapping[str, Any], act: Act) -> Programme:
    """Register a programme 资金项目: `code` and any PROGRAMME_FIELDS. 发放范围 is filled by its default. Raises Refused."""
    refuse_unknown_fields(values, PROGRAMME_FIELDS | {"code", "currency"})
    programme_problem(dict(values))
    if session.scalar(select(Programme.id).where(Programme.code == values["code"])) is not None:
        raise Refused("这个资金项目编码已经登记过", fix="更正原来的一条，或换一个编码", code="duplicate")
    row = Programme(**values)
    row.payout_scope = row.payout_scope or default_payout_scope(row.fund_class, row.payout_way).value
    add_record(session, row, act, kind="programme.registered", subjects=[("programme", row.code)])
    return row


def correct_programme(
    session: Session, programme_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a programme; a change of year, level or class moves its money in the flow."""
    refuse_unknown_fields(values, PROGRAMME_FIELDS)
    row = get_current(session, Programme, programme_id)
    programme_problem({**{f: getattr(row, f) for f in (*PROGRAMME_FIELDS, "code")}, **values})
    subjects = [("programme", row.code)]
    changes = correct_record(session, row, values, act, version=version, kind="programme.corrected", subjects=subjects)
    if {"year", "level", "fund_class", "department_id"} & {change.field for change in changes}:
        sum_lines_again(session, refresh_lines(session, lines_of_programmes(session, [programme_id])))
    return changes


def register_allocation(
    session: Session, values: Mapping[str, Any], act: Act, *, checker: str | None = None
) -> Allocation:
    """Register a line of money 资金拨付: `no`, `programme_id`, `amount_fen` and any ALLOCATION_FIELDS.

    More than the line above still has is refused with the sum short; a negative amount takes money back from the line
    it names. Raises Refused, NotFound.
    """
    refuse_unknown_fields(values, ALLOCATION_FIELDS | {"no", "currency"})
    checker_refusal(act.actor, checker)
    row = Allocation(**{"currency": "CNY", **values})
    _check_line(session, row, spent_fen=0)
    if session.scalar(select(Allocation.id).where(Allocation.no == row.no)) is not None:
        raise Refused("这个拨付编号已经登记过", fix="更正原来的一笔，或换一个编号", code="duplicate")
    add_record(
        session,
        row,
        _checked(act, checker),
        kind="allocation.registered",
        subjects=_about(session, row),
        unit=_place(row),
    )
    _follow(session, {row.id} | ({row.parent_id} if row.parent_id else set()))
    return row


def correct_allocation(
    session: Session,
    allocation_id: int,
    values: Mapping[str, Any],
    act: Act,
    version: str | None,
    *,
    checker: str | None = None,
) -> list[Change]:
    """Correct a line; the old values stay, and what would overdraw the line above is refused."""
    refuse_unknown_fields(values, ALLOCATION_FIELDS)
    checker_refusal(act.actor, checker)
    row = get_current(session, Allocation, allocation_id)
    old_parent, old_amount = row.parent_id, row.amount_fen
    merged = {f: getattr(row, f) for f in ALLOCATION_FIELDS if f != "extensions"} | dict(values)
    merged.pop("extensions", None)
    same_parent = merged["parent_id"] == old_parent
    proposed = Allocation(no=row.no, currency=row.currency, **merged)
    _check_line(session, proposed, spent_fen=old_amount if same_parent else 0, line_id=row.id)
    changes = correct_record(
        session,
        row,
        values,
        _checked(act, checker),
        version=version,
        kind="allocation.corrected",
        subjects=_about(session, row),
        unit=_place(row),
    )
    _follow(session, {row.id} | {p for p in (old_parent, row.parent_id) if p})
    return changes


def withdraw_allocation(
    session: Session, allocation_id: int, act: Act, version: str | None, *, checker: str | None = None
) -> None:
    """Take a line out of force that should never have been entered; refused while money went on from it."""
    checker_refusal(act.actor, checker)
    row = get_current(session, Allocation, allocation_id)
    balance = balance_of(session, row.id)
    if balance and (balance.passed_on_fen or balance.paid_fen or balance.pending_fen or balance.returned_fen):
        raise Refused(
            "这一笔后面已经有账，不能撤销", why="它往下拨过、发过或收回过钱", fix="先撤销后面的账，或登记一笔收回"
        )
    withdraw_record(
        session,
        row,
        _checked(act, checker),
        version=version,
        kind="allocation.withdrawn",
        subjects=_about(session, row),
        unit=_place(row),
    )
    _follow(session, {row.id} | ({row.parent_id} if row.parent_id else set()))


def check_allocation(session: Session, allocation_id: int, act: Act, version: str | None) -> None:
    """The second person: somebody else than the maker confirms a line as it stands. Raises Refused for the maker."""
    row = get_current(session, Allocation, allocation_id)
    check_version(row, version)
    newest = next(iter(allocation_history(session, row.id)), None)
    if newest is not None and newest.source is not None:
        checker_refusal(newest.source.actor, act.actor)
    record(
        session,
        kind=CHECKED,
        actor=act.actor,
        subjects=_about(session, row),
        after={"amount_fen": row.amount_fen, "version": version_of(row)},
        why=need_reason(act),
        unit=_place(row),
        request_id=act.request_id,
    )


def _checked(act: Act, checker: str | None) -> Act:
    note = f"（复核：{checker}）" if checker else ""
    return Act(act.actor, f"{act.why}{note}", act.request_id)


def _check_line(session: Session, row: Allocation, *, spent_fen: int, line_id: int | None = None) -> None:
    """`spent_fen` is what the line above already gives for this very line, when it is corrected."""
    if not (row.no or "").strip():
        raise Refused("拨付要有编号", fix="填拨付编号")
    amount_problem(row.amount_fen)
    get_current(session, Programme, row.programme_id)
    parent = session.get(Allocation, row.parent_id) if row.parent_id is not None else None
    if row.parent_id is not None and (parent is None or not parent.is_current):
        raise NotFound("找不到上级拨付", fix="核对上级拨付编号，从财政直接拨出的留空")
    if parent is not None:
        above = ancestor_ids(session, parent.id)
        parent_problem(line_id, {*above, parent.id}, row.currency or "CNY", parent.currency)
    balance = balance_of(session, parent.id) if parent is not None else None
    if row.amount_fen < 0:
        takeback_refusal(balance, row.amount_fen - min(spent_fen, 0), parent is not None and parent.amount_fen < 0)
    elif parent is not None:
        if parent.amount_fen < 0 or balance is None:
            raise Refused("上级是一笔收回，不能再往下拨", fix="核对上级拨付编号", code="bad_parent")
        overdraw_refusal(balance, row.amount_fen - max(spent_fen, 0), f"上级拨付 {parent.no} ")
    if line_id is not None and row.amount_fen > 0:
        own = balance_of(session, line_id)
        if own is not None and own.free_fen + row.amount_fen - own.gross_fen < 0:
            overdraw_refusal(own, own.gross_fen - row.amount_fen, "这一笔")


def _follow(session: Session, lines: set[int]) -> None:
    session.flush()
    sum_lines_again(session, refresh_lines(session, lines))


def _about(session: Session, row: Allocation) -> list[tuple[str, str]]:
    programme = session.get_one(Programme, row.programme_id)
    return [("allocation", row.no), ("programme", programme.code)]


def _place(row: Allocation) -> str | None:
    return township_of(row.division_code) if row.division_code else None


def absorb_allocations(session: Session, batch_id: int) -> None:
    """Bring balances and payouts in step after a merge or an undo of allocation lines; call it in that transaction."""
    session.flush()
    sum_lines_again(session, refresh_lines(session, touched_lines(session, batch_id)))


def absorb_programmes(session: Session, batch_id: int) -> None:
    """The same after a merge or an undo of programmes: their lines may have moved to another year or class."""
    session.flush()
    lines = lines_of_programmes(session, touched_programmes(session, batch_id))
    sum_lines_again(session, refresh_lines(session, lines))


def absorb_units(session: Session, batch_id: int) -> None:
    """The same for units: a holder's kind decides in which tier its money stands."""
    session.flush()
    lines = lines_of_units(session, touched_units(session, batch_id))
    sum_lines_again(session, refresh_lines(session, lines))


def absorb_divisions(session: Session, batch_id: int) -> None:
    """The same for divisions: only a merger moves money to other places, and then everything is summed again."""
    session.flush()
    if has_merger(session, batch_id):
        sum_again(session)


def sum_again(session: Session) -> None:
    """Compute every roll-up of money anew from the rows: after a restore, or when verify_totals found a difference."""
    session.execute(table_of(LineBalance).delete())
    refresh_lines(session, None)
    sum_everything_again(session)
