"""Console list of whom policies entitle and have not reached 应享未享, by the day until which somebody follows up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.analysis.entitled.reach.queries import ReachState, list_unreached
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start
from portal.management.register_fields import Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.publishing.policies.queries import list_published
from portal.registers.corrections import RecordRow
from portal.registers.recipients.disclosure import household_row
from portal.web.sessions import database

STATES: dict[str, Any] = {
    ReachState.OPEN.value: _l("待跟进"),
    ReachState.APPLIED.value: _l("已帮助申请"),
    ReachState.UNWILLING.value: _l("本人不要"),
    ReachState.NOT_ENTITLED.value: _l("核实不符合"),
    ReachState.REACHED.value: _l("已享受"),
    ReachState.GONE.value: _l("条件不再符合"),
}
STATE_TAGS = {"待跟进": "warn", "已帮助申请": "info", "已享受": "ok"}


def _rows(session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int) -> Sequence[Row]:
    titles = {policy.slug: policy.title for policy in list_published(session)}
    rows = list_unreached(
        session, within, policy=wanted.get("policy", ""), state=wanted.get("state", ReachState.OPEN.value),
        division=wanted.get("division", ""), after=after, limit=limit,
    )  # fmt: skip
    # Where the household is entitled as one, no number of members is on the row: a dash, not a nought.
    return [
        {**vars(row), "policy_title": titles.get(row.policy, row.policy), "persons": row.persons or None}
        for row in rows
    ]


def _policies() -> Sequence[tuple[str, Any]]:
    return [(policy.slug, policy.title) for policy in list_published(database()) if policy.is_followed]


def _none(_session: Session, _name: str) -> RecordRow:
    raise NotFound("没有这个清单")


def _nowhere(_session: Session, _record: RecordRow) -> str | None:
    return None


UNREACHED = RegisterPage(
    slug="unreached",
    title=_l("应享未享"),
    one=_l("一户"),
    read=Permission.HANDLE_HELP,
    write=Permission.HANDLE_HELP,
    shows=False,
    boards=(("/console/unreached/summary", _l("按政策看")), ("/console/requests", _l("求助申报"))),
    note=_l(
        "照登记的情况，政策说该享受、过去十二个月又没有发到的户。机器只列出来，享受不享受由人核实；不选状态，就列待跟进的。"
    ),
    empty=_l("放宽或清除筛选再查；每天夜里重新找一遍。"),
    columns=(
        Column("due_on", _l("跟进期限"), Kind.DATE, href=lambda row: f"/console/unreached/items/{row['id']}"),
        Column("policy_title", _l("政策")),
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("head_name", _l("户主")),
        Column("division_code", _l("村（居）"), Kind.DIVISION),
        Column("persons", _l("符合的人数"), Kind.NUMBER),
        Column("first_seen", _l("列出日期"), Kind.DATE),
        Column("state", _l("状态"), Kind.CHOICE, tags=STATE_TAGS, words=STATES),
    ),
    key=("due_on", "id"),
    rows=_rows,
    record_name="household_no",
    shape=household_row,
    filters=(
        Filter("policy", _l("政策"), Kind.CHOICE, _policies),
        Filter("state", _l("状态"), Kind.CHOICE, tuple(STATES.items())),
        Filter("division", _l("区划"), Kind.DIVISION),
    ),
    fields=(),
    find=_none,
    place=_nowhere,
    heading=lambda _record: "",
    history=lambda _session, _number: (),
)

PAGES = (UNREACHED,)
