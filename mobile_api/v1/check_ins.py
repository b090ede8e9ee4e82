"""/check-ins: signed claims in, and what the server has of them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask import Response

from mobile_api.answers import CheckInKept, CheckInLine, CheckIns, CheckInShown, QuestionLine, respond
from mobile_api.operations import operation
from mobile_api.payloads import CheckIn, CheckInQuestion, Explanation, raw_body, read_body, read_query
from mobile_api.shapes import _l
from mobile_api.tokens import caller
from mobile_api.visits import explain_questions, record, shown
from portal.kernel.database import iso_millis
from portal.registers.helpers.check_ins.queries import CheckInRow, count_check_ins_since, list_check_ins_since
from portal.web.access import path_of
from portal.web.language import gettext as _
from portal.web.sessions import database

TAG = _l("走访")
PAGE = 200
CLAIM_ID = {"claim_id": _l("手机给这次走访的编号（小写 UUID）")}


@operation(
    "PUT",
    "/check-ins/<uuid:claim_id>",
    summary=_l("报一次走访"),
    tag=TAG,
    body=CheckIn,
    answers={201: CheckInKept, 200: CheckInKept},
    problems=("not_found", "http_404", "conflict", "photo_missing", "datum_missing", "bad_signature", "unknown_device"),
    says=CLAIM_ID,
)
def put_check_in(claim_id: UUID) -> Response:
    """A signed claim: 201 the first time, 200 with the same answer for the same bytes, 409 for other bytes."""
    kept = record(caller(), str(claim_id), raw_body())
    questions = tuple(QuestionLine(each.rule, _(each.text)) for each in kept.questions)
    return respond(CheckInKept(kept.id, kept.received_at, kept.leaf_hash, questions), 201 if kept.created else 200)


@operation("GET", "/check-ins", summary=_l("服务器收到的走访"), tag=TAG, query=CheckInQuestion, answers={200: CheckIns})
def list_check_ins() -> Response:
    """How many check-ins were received since a moment, and a page of them in the order of receipt."""
    since, session, no = read_query(CheckInQuestion).since, database(), caller().helper_no
    rows = list_check_ins_since(session, no, since, PAGE)
    lines = tuple(CheckInLine(r.id, r.household_no, r.captured_at, r.received_at, r.state) for r in rows)
    return respond(CheckIns(count_check_ins_since(session, no, since), lines, _next(rows)))


def _next(rows: list[CheckInRow]) -> str | None:
    if len(rows) < PAGE:
        return None
    start = rows[-1].received_at + timedelta(milliseconds=1)
    return path_of("/api/v1/check-ins") + "?" + urlencode({"since": iso_millis(start)})


@operation(
    "GET",
    "/check-ins/<uuid:claim_id>",
    summary=_l("一次走访和对它的提问"),
    tag=TAG,
    answers={200: CheckInShown},
    problems=("not_found", "http_404"),
    says=CLAIM_ID,
)
def show_check_in(claim_id: UUID) -> Response:
    """One of the helper's own visits, with what was asked and answered."""
    return respond(shown(database(), caller(), str(claim_id)))


@operation(
    "PUT",
    "/check-ins/<uuid:claim_id>/explanation",
    summary=_l("说明一次走访"),
    tag=TAG,
    body=Explanation,
    answers={200: CheckInShown},
    problems=("not_found", "http_404", "not_asked", "answer"),
    commits=True,
    says=CLAIM_ID,
)
def put_explanation(claim_id: UUID) -> Response:
    """The helper's own words, as the answer to the questions named, or to every open one about the visit."""
    given = read_body(Explanation)
    return respond(explain_questions(database(), caller(), str(claim_id), given.text, given.rules))
