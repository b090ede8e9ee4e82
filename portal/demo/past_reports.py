"""Reports of the last closed quarter of the demonstration: answered, rated, ended, and told in the public counts."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.kernel import hpke
from portal.oversight.complaints.actions import submit
from portal.oversight.complaints.counts.actions import publish_closed
from portal.oversight.complaints.counts.rules import Quarter, closed_until
from portal.oversight.complaints.handling.actions import Details, take_step
from portal.oversight.complaints.handling.models import Reply, Satisfaction
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.handling.writers.actions import rate
from portal.oversight.complaints.models import ComplaintKind, Mode
from portal.oversight.complaints.rules import SALT_BYTES, Prepared, Submission
from portal.registers.corrections import Act
from portal.registers.recipients.requests.rules import new_no

WHO: Final = {
    Doer.HANDLER: "user:demo-inspector", Doer.DECIDER: "user:demo-inspection_head", Doer.CLOCK: "job:complaints",
}  # fmt: skip
NOTE: Final = "查清楚了，已经告诉反映人（演示）。"

#: How many, of what, where, the decision, what the writers thought. Invented; each part and what is left of it can be told.
_EARLIER: Final = (
    (5, ComplaintKind.NOT_ARRIVED, STORY_VILLAGE, Reply.SUPPORTED, Satisfaction.SATISFIED),
    (5, ComplaintKind.WRONG_SUM, STORY_TOWN, Reply.EXPLAINED, Satisfaction.DISSATISFIED),
)
#: Each step with the days since the report came in; only an answer is written down.
ANSWERING: Final = (
    (Step.REGISTER, Doer.HANDLER, 1), (Step.ACCEPT, Doer.HANDLER, 3), (Step.REPLY, Doer.HANDLER, 8),
    (Step.APPROVE, Doer.DECIDER, 9),
)  # fmt: skip
_RATED, _ENDED = 12, 71


def quarter_before(as_of: date) -> Quarter:
    """The last quarter that is over on a day."""
    return Quarter.of(closed_until(as_of))


def load_past_reports(session: Session, files_dir: Path, as_of: date) -> int:
    """Reports of the quarter before, over by its end; then its counts, as the job tells them. Returns how many."""
    quarter, made = quarter_before(as_of), 0
    for number, kind, place, decision, thought in _EARLIER:
        for _n in range(number):
            came = quarter.first_day + timedelta(days=1 + made)
            _report(session, files_dir, came, Submission(kind, Mode.ANONYMOUS, place, text=NOTE), decision, thought)
            made += 1
    publish_closed(session, "job:counts", _at(quarter.next.first_day))
    return made


def _report(
    session: Session, files_dir: Path, came: date, said: Submission, decision: Reply, thought: Satisfaction
) -> None:
    locator = submit(session, said, _unreadable(), files_dir, _at(came)).locator

    def step(what: Step, doer: Doer, days: int) -> None:
        details = Details(note=NOTE, proposed=decision) if what is Step.REPLY else Details()
        take_step(session, locator, what, doer, Act(WHO[doer], ""), _at(came + timedelta(days=days)), details)

    for one in ANSWERING:
        step(*one)
    rate(session, locator, thought, _at(came + timedelta(days=_RATED)))
    step(Step.END, Doer.CLOCK, _ENDED)


def _unreadable() -> Prepared:
    """A receipt whose code nobody has: nothing is stretched, these reports are over."""
    return Prepared(new_no(), "", os.urandom(SALT_BYTES), os.urandom(32), hpke.public_of(hpke.new_key()))


def _at(day: date) -> datetime:
    return datetime.combine(day, time(2), UTC)
