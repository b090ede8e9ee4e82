"""What the nightly job does with complaints. Run again, or late, or with a clock set back: each is moved once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.oversight.complaints.handling.actions import move, note_event, restart
from portal.oversight.complaints.handling.models import ComplaintState, Handling
from portal.oversight.complaints.handling.rules import ANSWERED, OVER, Step
from portal.oversight.complaints.models import Accused, Complaint
from portal.oversight.complaints.routing.queries import facts_of, importer_marks, subject_of
from portal.oversight.complaints.routing.rules import OrgTree, Person, Route, accused_units_of, candidates, route
from portal.oversight.complaints.routing.staff.queries import Organisations, staff, whole_tree
from portal.oversight.complaints.rules import random_id
from portal.registers.corrections import Act

_NOBODY_WAITS = [*OVER, *ANSWERED]


def keep_clocks(session: Session, actor: str, at: datetime) -> Counter[str]:
    """Everything that is due at this moment: new organs, levels up, reminders, ends. Returns how many of each."""
    done: Counter[str] = Counter()
    places = whole_tree(session)
    people = staff(session, places)
    done["rerouted"] = _reroute(session, places, people, actor, at)
    done["raised"], done["alarms"] = _raise_overdue(session, places, people, actor, at)
    done["reminded"] = _remind(session, actor, at)
    done["ended"] = _end(session, actor, at)
    return done


def _waiting(session: Session, *where: ColumnElement[bool]) -> Sequence[tuple[Complaint, Handling]]:
    query = (
        select(Complaint, Handling)
        .join(Handling, Handling.complaint_id == Complaint.id)
        .where(Complaint.state.not_in(_NOBODY_WAITS), *where)
        .order_by(Complaint.id)
        .with_for_update()
    )
    return [(complaint, row) for complaint, row in session.execute(query)]


def reroute(session: Session, actor: str, at: datetime) -> int:
    """回避改派: after postings, relatives or the accused have changed, take complaints from organs that may not have them."""
    places = whole_tree(session)
    return _reroute(session, places, staff(session, places), actor, at)


def _reroute(session: Session, places: Organisations, people: Sequence[Person], actor: str, at: datetime) -> int:
    moved = 0
    for complaint, row in _waiting(session):
        _widen(session, complaint, actor, at)
        facts = facts_of(session, complaint, places)
        found = route(facts, places.tree, people)
        units = accused_units_of(facts, places.tree, people)
        if _may_stay(complaint, found, units, places.tree):
            continue
        act = Act(actor, "当事人、任职或回避关系有变化")
        changes = {"authority": found.authority, "told_organ": None, "assigned_to": None, "alarm": found.alarm}
        move(session, complaint, row, Step.AVOID, restart(complaint, row), act, at, changes=changes)
        moved += 1
    return moved


def _widen(session: Session, complaint: Complaint, actor: str, at: datetime) -> None:
    """Keep away whoever has brought the disputed record in anew by a file since."""
    known = select(Accused.mark).where(Accused.complaint_id == complaint.id)
    fresh = importer_marks(session, subject_of(complaint))
    fresh -= set(session.scalars(known)) if fresh else set()
    if fresh:
        session.add_all(Accused(id=random_id(), complaint_id=complaint.id, mark=mark) for mark in sorted(fresh))
        session.flush()
        note_event(session, complaint, "complaint.accused_added", Act(actor, ""), at, {}, {"marks": len(fresh)})


def _may_stay(complaint: Complaint, found: Route, units: frozenset[str], tree: OrgTree) -> bool:
    """Whether its organ is one that the route allows, and not one that is passed over."""
    if found.alarm:
        return complaint.authority == found.authority or complaint.authority in candidates(
            complaint.division_code, units, tree
        )
    return complaint.authority in found.ladder


def _raise_overdue(
    session: Session, places: Organisations, people: Sequence[Person], actor: str, at: datetime
) -> tuple[int, int]:
    today, raised, alarms = day_cn(at), 0, 0
    late = or_(Handling.due_on < today, Handling.silent_on < today)
    for complaint, row in _waiting(session, late, Handling.alarm.is_(False)):
        facts = facts_of(session, complaint, places)
        above = route(facts, places.tree, people, over=complaint.authority)
        why = "超过期限" if row.due_on is not None and row.due_on < today else "规定的天数里没有动静"
        act = Act(actor, why)
        if above.alarm:
            row.alarm = True
            session.flush()
            note_event(session, complaint, "complaint.alarm", act, at, {}, {"organ": complaint.authority})
            alarms += 1
            continue
        changes = {
            "authority": above.authority, "told_organ": complaint.authority, "assigned_to": None,
            "raised": row.raised + 1, "raised_on": today,
        }  # fmt: skip
        move(session, complaint, row, Step.RAISE, restart(complaint, row), act, at, changes=changes)
        raised += 1
    return raised, alarms


def _remind(session: Session, actor: str, at: datetime) -> int:
    today = day_cn(at)
    soon = _waiting(session, Handling.remind_on <= today, Handling.reminded_on.is_(None), Handling.due_on >= today)
    for complaint, row in soon:
        row.reminded_on = today
        session.flush()
        note_event(session, complaint, "complaint.reminded", Act(actor, ""), at, {}, {"due_on": row.due_on})
    return len(soon)


def _end(session: Session, actor: str, at: datetime) -> int:
    """An answer that nobody contests ends four weeks after the question whether it was solved."""
    today, ended = day_cn(at), 0
    query = (
        select(Complaint, Handling)
        .join(Handling, Handling.complaint_id == Complaint.id)
        .where(Complaint.state.in_(list(ANSWERED)), Handling.ask_again_on < today)
        .order_by(Complaint.id)
    )
    for complaint, row in session.execute(query).all():
        if row.solved is False or row.ask_again_on is None:
            continue
        asked_for = 2 * (row.ask_again_on - row.since_on)
        if row.solved is None and today <= row.since_on + asked_for:
            continue
        move(session, complaint, row, Step.END, ComplaintState.ENDED, Act(actor, "反馈后没有异议"), at)
        ended += 1
    return ended
