"""What happens to all pairings of a helper at once: they are handed over in one act, none is left without."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.database import take_turns
from portal.kernel.keeping import withdraw
from portal.registers.corrections import Act, get_current, need_reason
from portal.registers.divisions.rules import township_of
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.pairings.queries import Given, OpenPairing, list_open, loads_of
from portal.registers.helpers.pairings.rules import (
    ONE_DAY,
    Load,
    Move,
    Span,
    hand_over_problem,
    load_refusal,
    move_of,
    reason_beyond,
)
from portal.trail.actions import record


@dataclass(frozen=True)
class Moved:
    """One pairing that was handed over: the old one, what became of it, and the new one (None: already had)."""

    old: OpenPairing
    move: Move
    receiver_id: int
    new_id: int | None


def look_ahead(
    session: Session, helper_id: int, shares: Mapping[int, int], first_day: date, elsewhere: Collection[int] = ()
) -> list[Load]:
    """How many households each receiver would have; raises what the act itself would refuse, but for the limit."""
    held = _to_move(session, helper_id, first_day, elsewhere)
    hand_over_problem(helper_id, [p.id for p in held], shares, first_day, today_cn())
    return _loads(session, held, shares, first_day)


def hand_over(
    session: Session,
    helper_id: int,
    shares: Mapping[int, int],
    first_day: date,
    act: Act,
    *,
    beyond_why: str = "",
    elsewhere: Collection[int] = (),
) -> list[Moved]:
    """交接: each pairing of a helper (`shares`: its id → the receiving helper's) belongs to another from a day on.

    Every pairing in force on that day or later must be in `shares`, but those in `elsewhere`, which the person may not
    touch. Raises Refused for a pairing left to nobody and beyond the limit without `beyond_why`; BadInput without a
    reason; nothing is written then. One event. A further hand-over back undoes it.
    """
    why = need_reason(act)
    giver = get_current(session, Helper, helper_id)
    receivers = {number: get_current(session, Helper, number) for number in sorted(set(shares.values()))}
    for no in sorted({giver.no, *(helper.no for helper in receivers.values())}):
        take_turns(session, f"helper/{no}")
    held = _to_move(session, helper_id, first_day, elsewhere)
    hand_over_problem(helper_id, [p.id for p in held], shares, first_day, today_cn())
    loads = _loads(session, held, shares, first_day)
    load_refusal(loads, beyond_why)
    if any(load.is_over for load in loads):
        act = replace(act, why=reason_beyond(why, beyond_why))
    had = {number: list_open(session, number, first_day) for number in receivers}
    moved = [_move(session, pairing, shares[pairing.id], first_day, had) for pairing in held]
    session.flush()
    _record(session, giver, receivers, moved, first_day, act)
    return moved


def _to_move(session: Session, helper_id: int, first_day: date, elsewhere: Collection[int]) -> list[OpenPairing]:
    return [pairing for pairing in list_open(session, helper_id, first_day) if pairing.id not in set(elsewhere)]


def _loads(session: Session, held: Sequence[OpenPairing], shares: Mapping[int, int], first_day: date) -> list[Load]:
    """A household that the receiver helps already counts once more here; two pairings of one household are two."""
    given = []
    for receiver in sorted(set(shares.values())):
        mine = [p for p in held if shares[p.id] == receiver and p.household_id is not None]
        places = [p.division_code for p in mine if p.division_code]
        given.append(Given(receiver, [move_of(p.span, first_day)[1] for p in mine], places))
    return loads_of(session, given, first_day)


def _move(
    session: Session, pairing: OpenPairing, receiver: int, first_day: date, had: Mapping[int, Sequence[OpenPairing]]
) -> Moved:
    old = get_current(session, Pairing, pairing.id)
    move, span = move_of(pairing.span, first_day)
    if move is Move.NEVER_BEGINS:
        withdraw(old, session)
    else:
        old.ended_on = first_day - ONE_DAY
    session.flush()  # a withdrawn one frees its key
    new_id = _begin(session, old, receiver, span, had[receiver])
    return Moved(pairing, move, receiver, new_id)


def _begin(session: Session, old: Pairing, receiver: int, span: Span, had: Sequence[OpenPairing]) -> int | None:
    """The receiver's own pairing; one that he already has is kept, and lengthened where it would end too early."""
    same = next((p for p in had if p.target == old.target and p.started_on <= span.started_on), None)
    if same is not None:
        if span.beyond(same.span):
            get_current(session, Pairing, same.id).ended_on = span.ended_on
        return None
    row = Pairing(
        helper_id=receiver,
        target=old.target,
        household_id=old.household_id,
        village_code=old.village_code,
        project_code=old.project_code,
        started_on=span.started_on,
        ended_on=span.ended_on,
        visit_days=old.visit_days,
        extensions=old.extensions,
    )
    session.add(row)
    session.flush()
    return row.id


def _record(
    session: Session,
    giver: Helper,
    receivers: Mapping[int, Helper],
    moved: Sequence[Moved],
    first_day: date,
    act: Act,
) -> None:
    townships = {township_of(m.old.division_code) for m in moved if m.old.division_code}
    record(
        session,
        kind="pairing.handed_over",
        actor=act.actor,
        subjects=[
            ("helper", giver.no),
            *(("helper", helper.no) for helper in receivers.values()),
            *(about for m in moved for about in _about(m)),
        ],
        before={"helper": giver.no, "pairings": [{"id": m.old.id, "target": _name(m.old)} for m in moved]},
        after={
            "from": first_day,
            "pairings": [
                {"helper": receivers[m.receiver_id].no, "id": m.new_id, "old": m.move, "target": _name(m.old)}
                for m in moved
            ],
        },
        why=act.why.strip(),
        unit=townships.pop() if len(townships) == 1 else None,
        request_id=act.request_id,
    )


def _about(moved: Moved) -> list[tuple[str, str]]:
    kind, name = _name(moved.old).split(":", 1)
    about = [("pairing", str(moved.old.id)), ("division" if kind == "village" else kind, name)]
    return [*about, ("pairing", str(moved.new_id))] if moved.new_id is not None else about


def _name(pairing: OpenPairing) -> str:
    """What is helped, by the number that people use."""
    return f"household:{pairing.household_no}" if pairing.household_no else pairing.target
