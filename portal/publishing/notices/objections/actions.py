"""What is done with objections: they come in by anybody's hand, are read by an act, looked into, and answered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound, Refused
from portal.publishing.notices.drafts.actions import current, step
from portal.publishing.notices.models import Notice, NoticeState
from portal.publishing.notices.objections.models import NoticeObjection, ObjectionState
from portal.publishing.notices.objections.rules import THROUGH, step_refusal, text_problem
from portal.publishing.notices.queries import count_waiting_objections, makers_of
from portal.registers.corrections import Act, need_reason
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

TEXT_SEAL: Final = seal_name("notice_objections", "text_sealed")
CONTACT_SEAL: Final = seal_name("notice_objections", "contact_sealed")
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ANYBODY: Final = "public"


def receive_objection(
    session: Session,
    no: str,
    text: str,
    contact: str,
    at: datetime,
    *,
    through: str = THROUGH[0],
    actor: str = ANYBODY,
    code_hash: str | None = None,
) -> str:
    """Take an objection to a published notice, sealed on arrival; returns its number. After the window it is feedback.

    `code_hash`: of the receipt's code, by which whoever objected reads what came of it.
    Raises NotFound for a notice that is not published, BadInput for an empty text.
    """
    text_problem(text, contact)
    notice = session.scalar(select(Notice).where(Notice.no == no, Notice.published_on.is_not(None)))
    if notice is None:
        raise NotFound("没有这份公示或公告", fix="核对编号")
    number = "YY-" + "".join(secrets.choice(_LETTERS) for _ in range(8))
    keyring = keyring_of(session)
    session.add(
        NoticeObjection(
            no=number, notice_id=notice.id, through=through, received_at=at, state=ObjectionState.RECEIVED,
            code_hash=code_hash,
            text_sealed=keyring.seal(text.strip(), TEXT_SEAL),
            contact_sealed=keyring.seal(contact.strip(), CONTACT_SEAL) if contact.strip() else None,
        )
    )  # fmt: skip
    session.flush()
    _record(session, "notice.objected", actor, notice.no, number, at, {"through": through})
    return number


@dataclass(frozen=True)
class Opened:
    """What somebody wrote."""

    text: str
    contact: str


def take_up(session: Session, objection_no: str, act: Act, at: datetime) -> Opened:
    """Begin to look into an objection: its words are shown, and that they were is written down. The notice is 异议核查."""
    row, notice = _both(session, objection_no)
    _not_the_maker(session, notice, act)
    if row.state == ObjectionState.RECEIVED:
        row.state, row.handled_by = ObjectionState.TAKEN_UP, act.actor
        if notice.state == NoticeState.POSTED:
            step(session, notice, NoticeState.VERIFYING, "notice.verifying", act, at)
        session.flush()
    _record(session, "notice.objection_read", act.actor, notice.no, row.no, at, {"state": row.state})
    keyring = keyring_of(session)
    contact = keyring.open_(row.contact_sealed, CONTACT_SEAL) if row.contact_sealed else ""
    return Opened(keyring.open_(row.text_sealed, TEXT_SEAL), contact)


def answer_objection(session: Session, objection_no: str, upheld: bool, act: Act, at: datetime) -> None:
    """Say what was found (`act.why`). With the last open one answered the window goes on, or is concluded, or posted anew."""
    answer = need_reason(act)
    row, notice = _both(session, objection_no)
    wanted = ObjectionState.UPHELD if upheld else ObjectionState.UNFOUNDED
    step_refusal(row.state, wanted)
    _not_the_maker(session, notice, act)
    row.state, row.answer, row.answered_at, row.handled_by = wanted, answer, at, act.actor
    session.flush()
    _record(session, "notice.objection_answered", act.actor, notice.no, row.no, at, {"state": wanted})
    if notice.state == NoticeState.VERIFYING and not count_waiting_objections(session, [notice.id]):
        step(session, notice, NoticeState.POSTED, "notice.verified", act, at)


def _not_the_maker(session: Session, notice: Notice, act: Act) -> None:
    """Who wrote a notice neither reads nor answers what is said against it."""
    if act.actor in makers_of(session, notice.id):
        raise Refused("拟稿的人不看、不答复对它的异议", fix="请另一位经办人核查", code="same_hand")


def _both(session: Session, objection_no: str) -> tuple[NoticeObjection, Notice]:
    row = session.scalar(select(NoticeObjection).where(NoticeObjection.no == objection_no).with_for_update())
    if row is None:
        raise NotFound("没有这条异议", fix="从公示页面重新进入")
    notice = session.get_one(Notice, row.notice_id)
    return row, current(session, notice.no)


def _record(
    session: Session, kind: str, actor: str, notice_no: str, number: str, at: datetime, after: dict[str, str]
) -> None:
    """Sealed: from outside nobody can tell that somebody objected, and when."""
    record(
        session, kind=kind, actor=actor, subjects=[("notice", notice_no), ("objection", number)], after=after,
        sealed=True, at=at,
    )  # fmt: skip
