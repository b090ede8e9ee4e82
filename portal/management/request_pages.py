"""Requests for help in the console: one with what may be shown of it, and taking it into a procedure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.sealing import Keyring
from portal.management.forms.requests import VisitForm
from portal.registers.corrections import Act
from portal.registers.divisions.queries import written_path
from portal.registers.recipients.companions.actions import keep_sheet
from portal.registers.recipients.companions.rules import Companion
from portal.registers.recipients.procedures.actions import open_from_request
from portal.registers.recipients.queries import household_nos
from portal.registers.recipients.requests import actions, queries
from portal.registers.recipients.requests.disclosure import TABLE, ListedRequest, SealedRequest, listed
from portal.registers.recipients.requests.queries import RequestState
from portal.registers.recipients.requests.rules import TRANSITIONS, Step
from portal.registers.sealed import seal_name
from portal.web import access

STATES: dict[str, Any] = {
    RequestState.WAITING.value: _l("待入户"),
    RequestState.VISITED.value: _l("已入户"),
    RequestState.PROCEDURE.value: _l("已转认定程序"),
    RequestState.HELPED.value: _l("已另行帮扶"),
    RequestState.DECLINED.value: _l("未予帮扶"),
    RequestState.WITHDRAWN.value: _l("本人撤回"),
}
STATE_TAGS = {"待入户": "warn", "已入户": "info", "已转认定程序": "ok", "已另行帮扶": "ok"}
CHANNELS: dict[str, Any] = {
    "网上": _l("网上"),
    "网上（慢队列）": _l("网上（慢队列）"),
    "本户页面": _l("本户页面"),
    "代为录入": _l("代为录入"),
}


@dataclass(frozen=True)
class Shown:
    """One request as the office sees it before anything is opened."""

    row: SealedRequest
    name: str
    place: str
    household_no: str | None
    linked: list[str]
    found: str
    answer: str

    @property
    def may_visit(self) -> bool:
        """A visit can be recorded."""
        return Step.VISIT in TRANSITIONS[RequestState(self.row.state)]

    @property
    def may_answer(self) -> bool:
        """It can be answered."""
        return self.row.is_open


def request_of(session: Session, no: str) -> SealedRequest:
    """One request in the person's places; NotFound outside them."""
    row = queries.get_request(session, no)
    access.check_scope(row.division_code, Permission.HANDLE_HELP)
    return row


def shown(session: Session, keyring: Keyring, row: SealedRequest) -> Shown:
    """One request for its page; what was found and answered is the office's own word, and shown."""
    one: ListedRequest = listed(row, keyring)
    homes = household_nos(session, [row.household_id])
    return Shown(
        row, one.masked_name, written_path(session, row.division_code), homes.get(row.household_id or 0),
        queries.linked_nos(session, row.id), _opened(keyring, row.found_sealed, "found_sealed"),
        _opened(keyring, row.answer_sealed, "answer_sealed"),
    )  # fmt: skip


def _opened(keyring: Keyring, sealed: bytes | None, column: str) -> str:
    return "" if sealed is None else keyring.open_(sealed, seal_name(TABLE, column))


def companion_of(session: Session, files_dir: Path, form: VisitForm) -> Companion:
    """The second visitor of a form; the photo of his sheet is kept."""
    upload = form.sheet.data
    data = upload.read() if upload else b""
    kept = keep_sheet(session, files_dir, data) if data else ""
    return Companion(form.second.data or "", form.second_account.data or "", form.second_unit.data or "", kept)


def content_of(value: str, keyring: Keyring, row: SealedRequest) -> Mapping[str, str]:
    """What was opened by an act, with the whole name."""
    content: dict[str, str] = json.loads(value)
    return {"name": keyring.open_(row.name_sealed, seal_name(TABLE, "name_sealed")), **content}


def answer(
    session: Session, keyring: Keyring, row: SealedRequest, step: Step, words: str, act: Act, at: datetime
) -> None:
    """Answer a request, or open the procedure that decides: both in this transaction."""
    if step is not Step.PROCEDURE:
        actions.answer_request(session, row.no, step, words, act, at)
        return
    name = keyring.open_(row.name_sealed, seal_name(TABLE, "name_sealed"))
    number = open_from_request(
        session, row.no, row.division_code, act.actor, at, household_id=row.household_id, applicant=name
    )
    actions.refer_request(session, row.no, number, act, at)
