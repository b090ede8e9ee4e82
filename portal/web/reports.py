"""Taking confidential reports 保密反映, for every door that takes them: what was sent, the limits, the receipt, the talk.

No cookie is read, no address kept, nothing written before the limits have let a message in; the slow hash comes before
the transaction, the files are sealed inside it. What is typed lives in memory and in boxes, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from flask import request
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, Refused
from portal.oversight.complaints import actions
from portal.oversight.complaints.actions import Receipt
from portal.oversight.complaints.files.actions import keep_files
from portal.oversight.complaints.queries import Complaint, ComplaintKind, find_by_locator
from portal.oversight.complaints.rules import UNKNOWN, Attachment, Submission, derive, matches, prepare
from portal.publishing.questions.queries import QuestionKind
from portal.publishing.questions.rules import Asked
from portal.registers.recipients.requests.rules import read_code, read_no
from portal.web import proof_of_work, questions
from portal.web.networks import network_mark
from portal.web.rates import Rate, TooOften, give_back, wait_for
from portal.web.report_entries import get_reported, said_openly
from portal.web.report_files import read_files
from portal.web.report_subjects import find_about, place_of
from portal.web.sessions import database, installation, read_again, short_write

PURPOSE: Final = "report"
PUBLIC_DOOR: Final = "public"
CONFIDENTIAL: Final = "confidential"
GATE: Final = proof_of_work.gate_of(PURPOSE)
TRIES: Final = Rate("report.code", 5, 5 / 3600)
PACE: Final = Rate("report.pace", 2, 1 / 42)
"""Wrong codes: two at once, then one in 42 seconds, five in an hour; right ones cost nothing. Told, never slept."""
GUESSES_NETWORK: Final = Rate("report.code.network", 10, 1 / 20)
GUESSES: Final = Rate("report.code.all", 10, 1.0)
"""Each try costs a slow hash, also one for a locator that does not exist: their sum is limited too, or it would be a flood."""
CODE_HEADER: Final = "X-Report-Code"
MAX_WORDS: Final = 1 << 20


@dataclass(frozen=True)
class Sent:
    """A report as it came, by form or by JSON."""

    kind: str
    mode: str
    division: str
    text: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    subject: tuple[str, str] | None = None
    accused: Sequence[tuple[str, str]] = field(default=(), repr=False)
    proof_of_work: str = field(default="", repr=False)
    keeps_originals: bool = False


def files_dir() -> Path:
    """Where sealed files of reports lie."""
    return installation().settings.sealed_dir


def pepper() -> bytes:
    """The installation's part of every code's hash."""
    return installation().keyring.derived("yangguang receipt report", 32)


def limit_words() -> None:
    """JSON carries no files: no more than the words may weigh is read of it."""
    if request.is_json:
        request.max_content_length = MAX_WORDS


def placed(session: Session, sent: Sent, spoken: str, on: date) -> Sent:
    """A report with its place and the record that it is about (`kind:no`, or one sealed payment).

    BadFields for a place that nobody has, and for a payment that cannot be told any more.
    """
    about = get_reported(session, spoken, on)
    subject = (about.kind, about.no) if about else None
    return replace(sent, division=place_of(session, sent.division, about), subject=subject)


def take_openly(session: Session, sent: Sent, spoken: str, on: date) -> questions.Receipt:
    """What came through the public door: a question, published with its answer once two persons have read it.

    A tile alone asks about the record that is meant, and never about one payment. Who is accused and how to reach the
    writer are not kept, and files are refused: those belong to the confidential door. Raises BadFields, Refused, Crowded.
    """
    spoken = said_openly(session, spoken, on)
    about, sent = find_about(session, spoken, on), placed(session, sent, spoken, on)
    title = about.title if about else ""
    if any(one.filename for one in request.files.getlist("files")):
        raise Refused("公开提问不收附件", why="公开的只有文字", fix="要附照片、录音的，改选“保密反映”再交")
    kind = QuestionKind.CORRECTION if sent.kind == ComplaintKind.WRONG_SUM else QuestionKind.QUESTION
    words = sent.text.strip() or (f"{sent.kind}：{title}" if sent.kind and title else "")
    return questions.take(Asked(kind, sent.division, words, sent.subject), sent.proof_of_work, GATE)


def take(session: Session, sent: Sent, spoken: str, on: date) -> Receipt:
    """Limits, place, files, the slow hash, one short transaction. Raises Crowded, BadFields, BadInput, Busy: nothing is kept.

    The limits come first: for what is told to come again nothing is looked up.
    """
    with proof_of_work.admitted(GATE, sent.proof_of_work) as admission:
        sent = placed(session, sent, spoken, on)
        attachments = read_files(request.files.getlist("files"), sent.keeps_originals)
        prepared = prepare(pepper())
        with short_write() as writing:
            is_slow = proof_of_work.spend(writing, admission).is_slow
            return actions.submit(writing, _submission(sent, attachments, is_slow), prepared, files_dir(), now_utc())


def _submission(sent: Sent, attachments: Iterable[Attachment], is_slow: bool) -> Submission:
    return Submission(
        sent.kind, sent.mode, sent.division, text=sent.text, contact=sent.contact, subject=sent.subject,
        accused=sent.accused, is_slow=is_slow, attachments=tuple(attachments),
    )  # fmt: skip


@dataclass(frozen=True)
class Proven:
    """Somebody who holds a receipt: the complaint, and what its code opens."""

    complaint: Complaint
    private: bytes = field(repr=False)


def prove(locator: str, typed: str) -> Proven:
    """The complaint of a receipt. An unknown locator costs and says what a wrong code does; both wait alike.

    One statement and one slow hash, whatever is asked. Raises TooOften before either, NotFound after both.
    """
    no = read_no(locator)
    limits = ((PACE, no), (TRIES, no), (GUESSES_NETWORK, network_mark()), (GUESSES, ""))
    if wait := next((wait for rate, who in limits if (wait := wait_for(rate, who))), 0.0):
        raise TooOften(wait)
    found = find_by_locator(database(), no)
    derived = derive(pepper(), read_code(typed), found.code_salt if found else UNKNOWN)
    if not matches(derived, found.code_hash if found else None) or found is None:
        raise NotFound("编号或查询码不对", fix="照回执再核对一遍；回执丢了，只能重新反映一次")
    for rate, who in limits:
        give_back(rate, who)
    return Proven(found, derived.private)


def code_sent() -> str:
    """The code as it was sent: a form's field or a header."""
    return request.form.get("code", "") or request.headers.get(CODE_HEADER, "")


def say_more(proven: Proven, text: str) -> None:
    """A further word of the writer, with files if there are some."""
    attachments = read_files(request.files.getlist("files"), keep_originals=False)
    with short_write() as session:
        complaint = _again(session, proven)
        message = actions.add_message(session, complaint, text, now_utc())
        if attachments:
            keep_files(session, complaint, message, attachments, files_dir(), now_utc())


def again(proven: Proven) -> Proven:
    """The same complaint as it is now, after something was done to it."""
    return Proven(_again(read_again(), proven), proven.private)


def _again(session: Session, proven: Proven) -> Complaint:
    found = find_by_locator(session, proven.complaint.locator)
    if found is None:
        raise NotFound("编号或查询码不对")
    return found
