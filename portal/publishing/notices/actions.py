"""What is done with a notice from its publication on: put up, concluded, posted anew, replaced, taken down, archived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.clock import day_cn
from portal.kernel.errors import Refused
from portal.kernel.photos.reading import ReadPhoto
from portal.publishing.notices.disclosure import Source
from portal.publishing.notices.drafts.actions import PROCEDURE, current, draft_anew, note, step
from portal.publishing.notices.finishing import Finished, check_finished
from portal.publishing.notices.models import Conclusion, Notice, NoticeKind, NoticeState
from portal.publishing.notices.objections.models import ObjectionState
from portal.publishing.notices.patterns.rules import get_pattern
from portal.publishing.notices.queries import PHOTO_FOLDER, count_objections, get_notice, makers_of, text_of
from portal.publishing.notices.rules import (
    CALENDAR,
    conclusion_of,
    early_end_refusal,
    last_day,
    open_objections_refusal,
    same_hand_refusal,
    step_refusal,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.parameters.rules import EXTENDS
from portal.registers.recipients.procedures.actions import record_notice_concluded
from portal.registers.recipients.procedures.queries import NoticeOutcome
from portal.registers.sealed import keyring_of
from portal.trail.actions import record

_OUTCOMES: Final = {
    Conclusion.CLEAR: NoticeOutcome.CLEAR,
    Conclusion.ANSWERED: NoticeOutcome.ANSWERED,
    Conclusion.UPHELD: NoticeOutcome.UPHELD,
}
SYSTEM: Final = "system:notices"


def publish_notice(session: Session, no: str, finished: Finished, files: Path, act: Act, at: datetime) -> Notice:
    """A second person publishes what was previewed. `finished` are the very bytes; their digests are written down.

    Raises Refused for whoever wrote at it, GateRefused naming the field, Conflict when it was changed meanwhile. The
    sheets lie sealed under their digests before anything is written.
    """
    row = current(session, no)
    same_hand_refusal(makers_of(session, row.id), act.actor)
    step_refusal(row.kind, row.state, NoticeState.PUBLISHED)
    check_finished(session, get_notice(session, no), finished, at)
    folder, keyring = files / PHOTO_FOLDER, keyring_of(session)
    digests = [hashlib.sha256(sheet).hexdigest() for sheet in (finished.a4, finished.a3)]
    for digest, sheet in zip(digests, (finished.a4, finished.a3), strict=True):
        sealed_files.keep(folder, f"{digest}.pdf", sheet, keyring)
    row.checked_by, row.checked_at, row.published_on = act.actor, at, day_cn(at)
    row.content_sha256, (row.a4_sha256, row.a3_sha256) = finished.notice.sha256, digests
    if row.kind == NoticeKind.ANNOUNCEMENT and get_pattern(row.pattern).lists_people:
        row.starts_on = day_cn(at)
        row.ends_on = _ends_on(session, row, day_cn(at))
    told = {"no": no, "sha256": finished.notice.sha256, "a4": digests[0], "a3": digests[1]}
    event = step(session, row, NoticeState.PUBLISHED, "notice.published", act, at, **told)
    row.publication_event = event.event_id
    if row.replaces_no:
        _replace(session, row, act, at)
    session.flush()
    return row


def _ends_on(session: Session, row: Notice, first: date) -> date:
    """The last day of a window that begins today; after a holiday where the place lets it run on."""
    extends = value_for(session, EXTENDS, row.division_code, first).yes
    return last_day(first, row.days or 0, row.day_unit or CALENDAR, overrides(session), extends=extends)


def _replace(session: Session, row: Notice, act: Act, at: datetime) -> None:
    earlier = current(session, str(row.replaces_no))
    earlier.replaced_by_no = row.no
    if earlier.kind == NoticeKind.ANNOUNCEMENT:
        step(session, earlier, NoticeState.REPLACED, "notice.replaced", act, at, by=row.no)
    else:
        session.flush()


def put_up(session: Session, no: str, photo: ReadPhoto, files: Path, act: Act, at: datetime) -> Notice:
    """The sheet hangs on the board, and here is its picture: from today the days count. Never from an earlier day.

    Only the rebuilt picture is kept, sealed: no place, no serial number, nothing of the original.
    """
    row = current(session, no)
    step_refusal(row.kind, row.state, NoticeState.POSTED)
    digest = hashlib.sha256(photo.derivative).hexdigest()
    sealed_files.keep(files / PHOTO_FOLDER, f"{digest}.jpg", photo.derivative, keyring_of(session))
    row.photo_sha256, row.posted_by, row.starts_on = digest, act.actor, day_cn(at)
    row.ends_on = _ends_on(session, row, day_cn(at))
    told = {"photo": digest, "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    step(session, row, NoticeState.POSTED, "notice.posted", act, at, **told)
    return row


def conclude_notice(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """Write the conclusion (`act.why` is its text) when the window is over and every objection is answered.

    Raises Refused before the end (T08), with open objections, and for whoever wrote the notice. A procedure that waits
    for it goes on in the same transaction.
    """
    text = need_reason(act)
    row = current(session, no)
    same_hand_refusal(makers_of(session, row.id), act.actor)
    early_end_refusal(row.ends_on, day_cn(at))
    counts = count_objections(session, row.id)
    open_objections_refusal(counts.get(ObjectionState.RECEIVED, 0) + counts.get(ObjectionState.TAKEN_UP, 0))
    outcome = conclusion_of(counts.get(ObjectionState.UPHELD, 0), counts.get(ObjectionState.UNFOUNDED, 0))
    row.conclusion, row.conclusion_text = outcome, text
    row.concluded_by, row.concluded_on = act.actor, day_cn(at)
    step(session, row, NoticeState.CONCLUDED, "notice.concluded", act, at, outcome=outcome.value)
    _tell_procedures(session, row, _OUTCOMES[outcome], at)
    return row


def _tell_procedures(session: Session, row: Notice, outcome: NoticeOutcome, at: datetime) -> None:
    source = text_of(session, get_notice(session, row.no)).source
    named = [no for line in source.rows for kind, no in line.facts if kind == PROCEDURE]
    for procedure_no in dict.fromkeys(named):
        record_notice_concluded(session, procedure_no, row.no, outcome, SYSTEM, at)


def post_anew(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """重新公示: the list is taken down, and a new draft with the same text waits to be put right. Returns the draft."""
    need_reason(act)
    row = current(session, no)
    step(session, row, NoticeState.REPOSTED, "notice.reposted", act, at)
    return draft_anew(session, row, act, at)


def new_version(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """A new version of a 公告; the present one stands, and stays readable, until the new one is published."""
    need_reason(act)
    row = current(session, no)
    step_refusal(row.kind, row.state, NoticeState.REPLACED)
    return draft_anew(session, row, act, at)


def retract_notice(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """Take a notice back at once, because something is wrong with it. It concludes nothing: it has to be posted anew."""
    need_reason(act)
    row = current(session, no)
    step(session, row, NoticeState.RETRACTED, "notice.retracted", act, at)
    if row.kind == NoticeKind.POSTING:
        _tell_procedures(session, row, NoticeOutcome.BROKEN_OFF, at)
    return row


def withdraw_ended(session: Session, actor: str, at: datetime) -> dict[str, int]:
    """What the worker does every night: lists of concluded notices are taken down, announcements whose days are over tell
    the procedures that wait for them. The pages have hidden them since midnight; returns the counts."""
    act, today = Act(actor, "期满"), day_cn(at)
    concluded = select(Notice).where(Notice.state == NoticeState.CONCLUDED, Notice.ends_on < today)
    announced = select(Notice).where(
        Notice.kind == NoticeKind.ANNOUNCEMENT, Notice.state == NoticeState.PUBLISHED, Notice.ends_on < today,
        Notice.concluded_on.is_(None),
    )  # fmt: skip
    taken: Sequence[Notice] = session.scalars(concluded.order_by(Notice.id)).all()
    for row in taken:
        step(session, row, NoticeState.WITHDRAWN, "notice.withdrawn", act, at)
    told = 0
    for row in session.scalars(announced.order_by(Notice.id)).all():
        counts = count_objections(session, row.id)
        if counts.get(ObjectionState.RECEIVED, 0) + counts.get(ObjectionState.TAKEN_UP, 0):
            continue  # its list is hidden since midnight; what rests on it waits until the objections are answered
        found = conclusion_of(counts.get(ObjectionState.UPHELD, 0), counts.get(ObjectionState.UNFOUNDED, 0))
        row.concluded_on = today
        session.flush()
        note(session, row, "notice.announced", act, at, after={"list": "taken down"})
        told += 1
        outcome = _OUTCOMES[found]
        if row.procedure_no:
            _tell_procedures(session, row, outcome, at)
    return {"lists": len(taken), "announced": told}


def open_archive(session: Session, no: str, act: Act, at: datetime) -> Source:
    """Show somebody the archived full text, whole names and all: reason, and a sealed event. The door asks the permission."""
    why = need_reason(act)
    row = get_notice(session, no)
    if row.published_on is None:
        raise Refused("还没有发布，没有存档", fix="在草稿页看")
    record(
        session, kind="access.notice_opened", actor=act.actor, subjects=[("notice", no)], after={"state": row.state},
        why=why, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
    return text_of(session, row).source
