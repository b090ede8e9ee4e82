"""What happens to requests for help: asked, visited by two, answered. Each is one event; what is asked is never in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound, Refused
from portal.kernel.identity import number_key
from portal.kernel.sealing import Keyring
from portal.registers.corrections import Act
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.divisions.queries import get_division
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.companions.queries import known_companion
from portal.registers.recipients.companions.rules import Companion, companion_refusal
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.requests.disclosure import TABLE
from portal.registers.recipients.requests.models import Channel, HelpRequest, RequestState
from portal.registers.recipients.requests.queries import open_head
from portal.registers.recipients.requests.rules import (
    CLOCKS,
    ReadWish,
    Step,
    Wish,
    due_days,
    new_no,
    next_state,
    read_no,
    read_wish,
    visit_day_problem,
)
from portal.registers.reveals import Revealed, reveal
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

ANYBODY = "citizen"
"""The actor of what somebody without an account does."""
VILLAGE_LEVEL = 5


@dataclass(frozen=True)
class Accepted:
    """What the asker is told: the number, the last days of both clocks, and the earlier request it was linked to."""

    no: str
    visit_due_on: date
    done_due_on: date
    is_linked: bool


def ask_for_help(
    session: Session,
    wish: Wish,
    division_code: str,
    *,
    actor: str = ANYBODY,
    at: datetime,
    household_id: int | None = None,
    channel: Channel = Channel.WEB,
    code_hash: str | None = None,
    delay: timedelta = timedelta(0),
    request_id: str | None = None,
) -> Accepted:
    """Take a request for help in a village. Who and what is sealed here and now; the event names only number and town.

    A further request of the same household or person is kept and linked to the open one. `delay`: how much later it
    comes up in the office's list (the slower queue); the clocks run from arrival. Raises BadFields, NotFound, Refused.
    """
    said = read_wish(wish)
    if get_division(session, division_code).level != VILLAGE_LEVEL:
        raise Refused("没有选到村", why="申报由村所在的乡镇入户", fix="先选镇，再选村")
    keyring = keyring_of(session)
    index = keyring.blind_index(said.id18) if said.id18 else None
    phone_index = keyring.blind_index(number_key(said.phone))
    household_id = household_id if household_id is not None else _household_of(session, index)
    head = open_head(session, household_id, index, phone_index)
    visit_due, done_due = _clocks(session, division_code, day_cn(at))
    row = HelpRequest(
        no=_fresh_no(session),
        division_code=division_code,
        household_id=household_id,
        linked_to=head,
        channel=channel,
        name_sealed=keyring.seal(said.name, seal_name(TABLE, "name_sealed")),
        content_sealed=_sealed_content(keyring, said),
        id_index=index,
        phone_index=phone_index,
        code_hash=code_hash,
        asked_at=at,
        shown_from=at + delay,
        visit_due_on=visit_due,
        done_due_on=done_due,
        due_on=visit_due,
        state=RequestState.WAITING,
    )
    session.add(row)
    session.flush()
    after = {"state": row.state, "channel": channel, "visit_due_on": visit_due, "linked": head is not None}
    _record(session, row, "help.asked", Act(actor, "", request_id), at, {}, after)
    return Accepted(row.no, visit_due, done_due, head is not None)


def _sealed_content(keyring: Keyring, said: ReadWish) -> bytes:
    content = {
        "phone": said.phone, "id_number": said.id_number, "kind": said.kind, "for_whom": said.for_whom,
        "words": said.words,
    }  # fmt: skip
    return keyring.seal(json.dumps(content, ensure_ascii=False), seal_name(TABLE, "content_sealed"))


def _household_of(session: Session, id_index: bytes | None) -> int | None:
    """The household on the list in which the person stands; None when in none or in several."""
    if id_index is None:
        return None
    found = select(Person.household_id).join(Household, Household.id == Person.household_id)
    ids = list(session.scalars(found.where(Person.id_index == id_index).distinct().limit(2)))
    return ids[0] if len(ids) == 1 else None


def _clocks(session: Session, division_code: str, asked_on: date) -> tuple[date, date]:
    days = values_for(session, CLOCKS, division_code, asked_on)
    return due_days(asked_on, days[CLOCKS[0]].whole, days[CLOCKS[1]].whole, overrides(session))


def _fresh_no(session: Session) -> str:
    while True:
        no = new_no()
        if session.scalar(select(HelpRequest.id).where(HelpRequest.no == no)) is None:
            return no


def open_request(session: Session, no: str, act: Act) -> Revealed:
    """Open what is asked for: an act with a reason, counted like every look at a sealed field. The value is JSON."""
    row = _get(session, no)
    return reveal(session, row.content_sealed, TABLE, "content_sealed", act, _about(row))


def record_visit(
    session: Session, no: str, visited_on: date, visitors: tuple[str, Companion], found: str, act: Act, at: datetime
) -> HelpRequest:
    """Two persons were there: who, when, and what they found (sealed). The clock of the answer counts from now on."""
    row = _get(session, no)
    state = next_state(row.state, Step.VISIT)
    visit_day_problem(visited_on, day_cn(row.asked_at), day_cn(at))
    first, second = visitors[0].strip(), known_companion(session, visitors[1])
    companion_refusal(first, act.actor, second, has_sheet=bool(second.sheet))
    if len(found.strip()) < 2:
        raise Refused("没有写入户看到的情况", fix="写下家里的情况和本人的话")
    changes = {
        "state": state, "visited_on": visited_on, "first_visitor": first, "second_visitor": second.name.strip(),
        **second.held,
        "due_on": row.done_due_on,
        "found_sealed": keyring_of(session).seal(found.strip(), seal_name(TABLE, "found_sealed")),
    }  # fmt: skip
    return _change(session, row, "help.visited", changes, act, at)


def answer_request(session: Session, no: str, step: Step, answer: str, act: Act, at: datetime) -> HelpRequest:
    """Say what comes of it: other help, none (with the reason and how to object), or that the asker took it back."""
    if step not in (Step.HELP, Step.DECLINE, Step.WITHDRAW):
        raise TypeError(f"{step} is no answer")
    row = _get(session, no)
    state = next_state(row.state, step)
    if len(answer.strip()) < 4:
        raise Refused("没有写给申报人的答复", why="本人会看到这几句话", fix="写清结果和理由")
    sealed = keyring_of(session).seal(answer.strip(), seal_name(TABLE, "answer_sealed"))
    return _change(session, row, "help.answered", {"state": state, "answer_sealed": sealed}, act, at)


def refer_request(session: Session, no: str, procedure_no: str, act: Act, at: datetime) -> HelpRequest:
    """A procedure was opened from it: from now on its own clock and steps hold."""
    row = _get(session, no)
    changes = {"state": next_state(row.state, Step.PROCEDURE), "procedure_no": procedure_no}
    return _change(session, row, "help.referred", changes, act, at)


def _get(session: Session, no: str) -> HelpRequest:
    row = session.scalar(select(HelpRequest).where(HelpRequest.no == read_no(no)).with_for_update())
    if row is None:
        raise NotFound("没有这条申报", fix="核对编号，或从列表重新进入")
    if row.linked_to is not None:
        raise Refused("这条申报并在先来的一条里办", fix="从列表打开先来的那一条")
    return row


def _change(
    session: Session, row: HelpRequest, kind: str, changes: Mapping[str, Any], act: Act, at: datetime
) -> HelpRequest:
    spoken = [name for name in changes if not name.endswith("_sealed")]
    before = {name: getattr(row, name) for name in spoken}
    for name, value in changes.items():
        setattr(row, name, value)
    row.handled_by, row.handled_at = act.actor, at
    session.flush()
    _record(session, row, kind, act, at, before, {name: changes[name] for name in spoken})
    return row


def _about(row: HelpRequest) -> list[tuple[str, str]]:
    return [("help_request", row.no)]


def _record(
    session: Session, row: HelpRequest, kind: str, act: Act, at: datetime, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=_about(row),
        before=before,
        after=after,
        why=act.why or None,
        unit=township_of(row.division_code),
        request_id=act.request_id,
        sealed=True,
        at=at,
    )
