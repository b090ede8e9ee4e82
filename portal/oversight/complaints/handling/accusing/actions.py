"""What somebody who has read a complaint does to who may have it: a further accused, a higher or lower organ."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, Refused
from portal.oversight.complaints.boxes.actions import rewrap
from portal.oversight.complaints.handling.actions import Details, lock, move, note_event, restart, take_step
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.keys.rules import Unlocked
from portal.oversight.complaints.models import Accused, Complaint
from portal.oversight.complaints.routing.queries import marks_of, neighbours, route_for
from portal.oversight.complaints.rules import random_id
from portal.registers.corrections import Act


def add_accused(
    session: Session, locator: str, name: str, unit: str, unlocked: Unlocked, act: Act, at: datetime
) -> Complaint:
    """补列被反映人: by somebody who has opened the complaint. Whoever is now too near loses it, and its keys, at once."""
    complaint, row = lock(session, locator)
    if not name.strip() and not unit.strip():
        raise BadInput("没有写姓名，也没有写单位", fix="至少写一样")
    known = set(session.scalars(select(Accused.mark).where(Accused.complaint_id == complaint.id)))
    fresh = marks_of(session, [(name, unit)], complaint.division_code) - known
    if not fresh:
        raise Refused("没有认出新的人或单位", why="也可能已经列过", fix="单位写全称或编码")
    session.add_all(Accused(id=random_id(), complaint_id=complaint.id, mark=mark) for mark in sorted(fresh))
    session.flush()
    note_event(session, complaint, "complaint.accused_added", act, at, {}, {"marks": len(fresh)})
    found = route_for(session, complaint)
    rewrap(session, complaint, found.ladder, unlocked)
    if complaint.authority not in found.ladder:
        changes = {"authority": found.authority, "told_organ": None, "assigned_to": None, "alarm": found.alarm}
        move(session, complaint, row, Step.AVOID, restart(complaint, row), act, at, changes=changes)
    return complaint


def send_on(
    session: Session, locator: str, step: Step, note: str, unlocked: Unlocked, act: Act, at: datetime
) -> Complaint:
    """转送: up or down the organs that may have it. The organ that passes it on keeps no key and no copy."""
    complaint, _row = lock(session, locator)
    near = neighbours(session, complaint)
    organ = near.up if step is Step.SEND_UP else near.down
    if organ is None:
        raise Refused("没有可以转送的机关", why="上下级都没有能办的人，或者应当回避", fix="由本级办理")
    complaint = take_step(session, locator, step, Doer.HANDLER, act, at, Details(note=note, organ=organ))
    rewrap(session, complaint, near.ladder_from(organ), unlocked)
    return complaint
