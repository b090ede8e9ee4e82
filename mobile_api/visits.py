"""Uploads of visits: photos by their digest, claims as they were signed. What was acknowledged is never lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from mobile_api.answers import AskedLine, CheckInShown
from mobile_api.tokens import Caller
from portal.accounts.devices.queries import list_devices_of
from portal.checks.health.queries import paused_rules
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed, NotFound, ProductError
from portal.registers.helpers.check_ins.actions import CheckInAnswer, prepare_check_in, record_check_in
from portal.registers.helpers.check_ins.claims.actions import keep_refused_claim
from portal.registers.helpers.check_ins.judgements.actions import explain
from portal.registers.helpers.check_ins.queries import Context, State, get_check_in
from portal.registers.helpers.check_ins.questions.queries import QuestionRow, list_questions
from portal.registers.helpers.queries import get_helper
from portal.web.errors import request_no
from portal.web.language import gettext as _
from portal.web.sessions import database, installation, let_go, short_write


def context_of(who: Caller) -> Context:
    """Who sends something, for the actions of the register."""
    return Context(who.principal.actor, installation().settings.files_dir, request_no())


def device_for_upload(session: Session, helper_no: str) -> str:
    """The helper's phone in force, else his latest one: what waits on a phone that was revoked still comes in."""
    devices = list_devices_of(session, helper_no)
    if not devices:
        raise NotAllowed("这个账号还没有登记手机", fix="到乡镇办公室领一个登记码", code="device_needed")
    return next((device for device in devices if device.is_active), devices[0]).device_id


def record(who: Caller, claim_id: str, body: bytes) -> CheckInAnswer:
    """Record a claim; a well-signed one that is refused keeps its place in the phone's chain."""
    context, at = context_of(who), now_utc()
    try:
        paused = paused_rules(database())
        prepared = prepare_check_in(  # before the writer's turn
            database(), claim_id, body, who.helper_no, at, paused=paused
        )
        let_go()
        with short_write() as session:
            return record_check_in(session, context, claim_id, body, who.helper_no, at, prepared=prepared)
    except ProductError as refusal:
        if refusal.status < 500:
            with short_write() as session:
                keep_refused_claim(session, context, claim_id, body, who.helper_no, refusal.code, at)
        raise


def shown(session: Session, who: Caller, claim_id: str) -> CheckInShown:
    """One of the caller's own visits; NotFound for anybody else's, alike."""
    values, questions = _own(session, who, claim_id)
    asked = tuple(AskedLine(q.rule, _(q.text), q.asked_at, q.answer, q.answered_at) for q in questions)
    return CheckInShown(claim_id, values["captured_at"], values["received_at"], State(values["state"]), asked)


def _own(session: Session, who: Caller, claim_id: str) -> tuple[Mapping[str, Any], list[QuestionRow]]:
    found = get_check_in(session, claim_id)
    if found.values["helper_id"] != get_helper(session, who.helper_no).id:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    return found.values, list_questions(session, [found.id])


def explain_questions(
    session: Session, who: Caller, claim_id: str, text: str, rules: Collection[str] | None = None
) -> CheckInShown:
    """Answer open questions about one's own visit, all or those of some rules; the same words again change nothing.

    What waits on a phone for days names its rules: what was asked meanwhile has not been seen, and stays open.
    """
    _values, questions = _own(session, who, claim_id)
    meant = [question for question in questions if rules is None or question.rule in rules]
    waiting = {question.rule: text for question in meant if question.answer is None}
    repeated = not waiting and any(question.answer == text.strip() for question in meant)
    if not repeated:
        explain(session, context_of(who), claim_id, who.helper_no, waiting or {"": text}, now_utc())
    return shown(session, who, claim_id)
