"""What the page of a dispute shows: the item as it was and as it is, the household's words, and who may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.accounts.permissions import Permission
from portal.registers.divisions.rules import pad_code
from portal.registers.funds.answering.queries import find_fact
from portal.registers.funds.payments.queries import find_payment
from portal.registers.recipients.answers.disclosure import told
from portal.registers.recipients.answers.queries import (
    AnswerRow,
    DisputeRow,
    SubjectKind,
    answers_on,
    get_dispute,
)
from portal.registers.recipients.answers.rules import Fact, handler_refusal
from portal.registers.recipients.incomes.queries import income_row
from portal.web import access
from portal.web.actors import learn_actors
from portal.web.sessions import database, installation, require_principal

KINDS = {SubjectKind.INCOME: _l("收入"), SubjectKind.PAYMENT: _l("发放")}
WHATS = {"没收到": _l("没收到"), "数不对": _l("数不对"), "不认识": _l("不认识")}
WORDS = {"对": _l("对"), "不对": _l("不对"), "不知道": _l("不知道")}
STATES = {
    "待办": _l("待办"),
    "已答复": _l("已答复"),
    "本户认可": _l("本户认可"),
    "仍不认可": _l("仍不认可，等县级决定"),
    "县已决定": _l("县级已决定"),
}
STATE_TAGS = {"待办": "info", "已答复": "", "本户认可": "ok", "仍不认可": "warn", "县已决定": ""}
REFUSALS = (_l("这一项是您登记的"), _l("这一项是您审核的"), _l("这一项是您更正的"), _l("上次是您答复的，本户没有认可"))


@dataclass(frozen=True)
class Evidence:
    """The item as the register has it now."""

    title: str
    on: date
    amount_fen: int
    more: Sequence[tuple[Any, str]]
    href: str


@dataclass(frozen=True)
class DisputePage:
    """One dispute with everything beside it."""

    row: DisputeRow
    fact: Fact | None
    evidence: Evidence | None
    answers: Sequence[AnswerRow]
    told: str
    why_not: str | None
    may_answer: bool
    is_elsewhere: bool  # the county has to decide, and the reader is not of it

    @property
    def is_changed(self) -> bool:
        """Whether the item is no longer what the household saw."""
        return self.fact is None or self.fact.version != self.row.subject_version


def page_of(no: str) -> DisputePage:
    """The page of a dispute; NotFound outside one's places."""
    session, row = database(), get_dispute(database(), no)
    access.check_scope(row.division_code, Permission.HANDLE_DISPUTES)
    is_county = access.can(Permission.HANDLE_DISPUTES, pad_code(row.division_code[:6]))
    fact = find_fact(session, row.household_id, row.subject_kind, row.subject_no)
    me = require_principal().actor
    why = handler_refusal(
        me,
        row.recorded_by,
        row.approved_by,
        [row.answered_by or ""] if row.is_for_county else (),
        fact.recorded_by if fact is not None else None,
    )
    about = [
        answer
        for answer in answers_on(session, row.household_id)
        if (answer.subject_kind, answer.subject_no) == (row.subject_kind, row.subject_no)
    ]
    learn_actors([row.recorded_by, row.approved_by, row.answered_by, fact.recorded_by if fact else None])
    return DisputePage(
        row, fact, _evidence(row) if fact is not None else None, about, told(row.text_sealed, installation().keyring),
        why, why is None and (is_county or not row.is_for_county) and (row.waits_for_office or row.is_unclear),
        row.is_for_county and not is_county,
    )  # fmt: skip


def _evidence(row: DisputeRow) -> Evidence | None:
    session = database()
    if row.subject_kind == SubjectKind.INCOME:
        values = income_row(session, int(row.subject_no)).values
        more = [
            (_l("收入类别"), values["category"]), (_l("凭证号"), values["voucher_no"] or "—"),
            (_l("录入人"), values["entered_by"] or "—"), (_l("录入单位"), values["entered_unit"] or "—"),
        ]  # fmt: skip
        href = f"/console/incomes/{row.subject_no}"
        return Evidence(values["item"], values["occurred_on"], values["amount_fen"], more, href)
    paid = find_payment(session, row.subject_no)
    if paid is None:
        return None
    more = [
        (_l("批次和序号"), paid.no), (_l("事由"), paid.reason or "—"), (_l("银行回单"), paid.result or "—"),
        (_l("失败原因"), paid.failure_reason or "—"),
        (_l("到账日期"), paid.settled_on.isoformat() if paid.settled_on else "—"),
    ]  # fmt: skip
    return Evidence(paid.programme, paid.paid_on, paid.amount_fen, more, f"/console/payments/{paid.no}")
