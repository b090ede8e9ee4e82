"""A household answers to one of its items, and somebody answers its dispute: the item is read in the same transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput
from portal.registers.corrections import Act
from portal.registers.funds.answering.queries import fact_of, find_fact
from portal.registers.recipients.answers.actions import Taken, answer_fact
from portal.registers.recipients.answers.actions import settle_dispute as settle
from portal.registers.recipients.answers.models import HouseholdDispute
from portal.registers.recipients.answers.queries import What, Word, get_dispute
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold


def answer_item(
    session: Session,
    home: SignedInHousehold,
    subject_kind: str,
    subject_no: str,
    answer: str,
    what: str | None,
    at: datetime,
    *,
    seen_version: str | None = None,
    request_id: str | None = None,
) -> Taken:
    """Take down 对, 不对 (with what) or 不知道 to one item of the signed-in household; a 不对 opens a dispute.

    `seen_version`: the version that the page showed; an item that was corrected meanwhile is not answered blindly. Raises
    BadInput for other words, NotFound for another household's item.
    """
    if answer not in set(Word) or (what and what not in set(What)):
        raise BadInput("没有选回答", fix="选 对、不对 或 不知道", code="answer")
    fact = fact_of(session, home.household_id, subject_kind, subject_no)
    if seen_version is not None and seen_version != fact.version:
        raise BadInput("这一项刚刚改过", why="您看到的是改之前的", fix="看清现在的数，再回答一次", code="stale")
    return answer_fact(session, home, fact, Word(answer), What(what) if what else None, at, request_id=request_id)


def settle_dispute(session: Session, no: str, finding: str, words: str, act: Act, at: datetime) -> HouseholdDispute:
    """Answer a household's dispute against the item as it stands now; see `recipients.answers.actions.settle_dispute`."""
    row = get_dispute(session, no)
    fact = find_fact(session, row.household_id, row.subject_kind, row.subject_no)
    return settle(session, no, finding, words, fact, act, at)
