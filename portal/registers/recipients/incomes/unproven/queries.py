"""Reads of changes that wait for a second hand: at most three statements, whatever the number of entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.confirming.models import Entered, SecondHand
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.unproven.rules import since_proven
from portal.trail.models import TrailSubject


@dataclass(frozen=True)
class State:
    """One state of an entry: a version, or (`row` None) that it was withdrawn; `event_id`: the act that made it so."""

    row: Any
    event_id: str | None
    is_file: bool


@dataclass(frozen=True)
class Unproven:
    """An entry whose present state rests on one person, with its states since two hands last stood for it."""

    id: int
    states: Sequence[State]
    last: Any  # the last version, also of a withdrawn entry
    event_id: str  # what a second person confirms
    changed_by: str
    changed_at: datetime

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken out."""
        return self.states[-1].row is None

    @property
    def versions(self) -> list[Any]:
        """The versions among its states."""
        return [state.row for state in self.states if state.row is not None]


def _asked(kind: Entered, model: Any) -> tuple[Any, Any]:
    """Every version of a household's entries, and the second hands of them: superseded and withdrawn rows too."""
    mine = model.household_id == bindparam("household")
    hands = select(SecondHand.row_id, SecondHand.version).where(
        SecondHand.kind == kind, SecondHand.row_id.in_(select(model.identity).where(mine))
    )
    of_all = {"include_superseded": True}
    return select(model).where(mine).order_by(model.id).execution_options(**of_all), hands.execution_options(**of_all)


_ASKED = {Entered.INCOME: _asked(Entered.INCOME, Income), Entered.ADJUSTMENT: _asked(Entered.ADJUSTMENT, Adjustment)}
_ACTS = (
    select(TrailSubject.event_id, TrailSubject.actor, TrailSubject.recorded_at)
    .distinct()
    .where(TrailSubject.event_id.in_(bindparam("events", expanding=True)))
)


def unproven_of(session: Session, kind: Entered, household_id: int) -> list[Unproven]:
    """Entries of one household (收入 or 核算事项) whose present state no second hand stands for."""
    versions, hands = _ASKED[kind]
    groups: dict[int, list[Any]] = {}
    for row in session.scalars(versions, {"household": household_id}):
        groups.setdefault(row.identity, []).append(row)
    if not groups:
        return []
    confirmed = {(row_id, version) for row_id, version in session.execute(hands, {"household": household_id})}
    found: dict[int, Sequence[State]] = {}
    for row_id, rows in groups.items():
        states = _states(rows)
        waiting = since_proven(states, _stood_for(row_id, confirmed))
        if waiting and waiting[-1].event_id:
            found[row_id] = waiting
    return _with_actors(session, found, groups)


def _stood_for(row_id: int, confirmed: Set[tuple[int, str]]) -> Callable[[State], bool]:
    """Whether a state of one entry came by a file or has a second hand's word."""
    return lambda state: state.is_file or (row_id, state.event_id) in confirmed


def _states(rows: Sequence[Any]) -> list[State]:
    """The states of one entry, oldest first."""
    ordered = sorted(rows, key=lambda r: (r.recorded_at, r.current_id is None, r.superseded_at or r.recorded_at))
    states = [State(row, row.event_id, row.batch_id is not None) for row in ordered]
    last = ordered[-1]
    if last.superseded_at is not None:
        states.append(State(None, last.superseded_event_id, last.superseded_batch_id is not None))
    return states


def _with_actors(session: Session, found: dict[int, Sequence[State]], groups: dict[int, list[Any]]) -> list[Unproven]:
    events = [states[-1].event_id for states in found.values()]
    rows = session.execute(_ACTS, {"events": events}) if events else ()
    acts = {event: (actor or "", at) for event, actor, at in rows}
    answers = []
    for row_id, states in sorted(found.items()):
        event = str(states[-1].event_id)
        last = next(row for row in groups[row_id] if row.current_id is None)
        actor, at = acts.get(event, ("", last.superseded_at or last.recorded_at))
        answers.append(Unproven(row_id, states, last, event, actor, at or last.recorded_at))
    return answers
