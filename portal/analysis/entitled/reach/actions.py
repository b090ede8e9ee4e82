"""Bringing the list of the unreached in line with what a run has seen, set-wise: what stays as it is, is not touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.analysis.entitled.evaluator import Ints
from portal.analysis.entitled.gathering import Gathered
from portal.analysis.entitled.models import ReachState, Unreached
from portal.analysis.entitled.queries import Evaluated
from portal.analysis.entitled.rules import Step, next_state
from portal.kernel.database import reserve_ids, table_of
from portal.kernel.many import among
from portal.registers.batches import Batch

U: Final = table_of(Unreached)
#: What a run may find of a row that is there; the counts that it is told in.
STEPS: Final = {Step.AGAIN: "opened", Step.ARRIVED: "arrived", Step.NO_LONGER: "gone"}
_STATES: Final = {state.value: at for at, state in enumerate(ReachState)}
_MOVES: Final = np.array([[next_state(state, step) is not None for step in STEPS] for state in ReachState], bool)


def absorb(
    session: Session, batch: Batch, one: Evaluated, gathered: Gathered, due: Sequence[date], as_of: date
) -> dict[str, Any]:
    """Put into the batch what one policy adds to the list and changes in it. Returns the counts."""
    counts = one.counts() | dict.fromkeys(STEPS.values(), 0)
    if not one.policy.is_followed:
        return counts
    homes = np.array(gathered.household_ids, np.int64)
    ids, of, states = _known(session, one.policy.slug)
    places = _places(of, homes)
    steps = _steps(one, places)
    for row, place, step in _moving(session, ids, places, steps, _MOVES[states, steps]):
        if (state := next_state(row["state"], step)) is None:
            continue  # somebody has seen to it this moment
        counts[STEPS[step]] += 1
        if step is Step.AGAIN:
            batch.change(row, state=state.value, due_on=due[place], policy_version=one.policy.version)
        else:
            batch.change(row, state=state.value)
    is_listed = np.zeros(len(homes), bool)
    is_listed[places[places >= 0]] = True
    fresh = np.flatnonzero(one.unreached & ~is_listed)
    _open(session, batch, one, gathered, fresh, due, as_of)
    counts["opened"] += len(fresh)
    return counts


def _known(session: Session, slug: str) -> tuple[Ints, Ints, NDArray[np.int8]]:
    """Ids, households and states of the rows of a policy."""
    query = select(U.c.id, U.c.household_id, U.c.state).where(U.c.policy == slug, U.c.superseded_at.is_(None))
    rows = session.connection().execute(query).all()
    ids, homes, states = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(ids, np.int64), np.array(homes, np.int64), np.array([_STATES[s] for s in states], np.int8)


def _places(of: Ints, homes: Ints) -> Ints:
    """The index of each household among those of the run, which stand in order; -1 where it is not among them."""
    if not len(homes):
        return np.full(len(of), -1, np.int64)
    found = np.minimum(np.searchsorted(homes, of), len(homes) - 1)
    return np.where(homes[found] == of, found, -1)


def _steps(one: Evaluated, places: Ints) -> NDArray[np.int8]:
    """What the run has seen of each row, as the index of a step: whoever is not in the register is entitled no longer."""
    again, arrived, gone = range(len(STEPS))
    inside = places >= 0
    unreached, reached = inside & one.unreached[places], inside & one.reached[places]
    return np.where(unreached, again, np.where(reached, arrived, gone)).astype(np.int8)


def _moving(
    session: Session, ids: Ints, places: Ints, steps: NDArray[np.int8], moves: NDArray[np.bool_]
) -> Iterator[tuple[Mapping[str, Any], int, Step]]:
    """Rows that a step moves on, whole and held fast, with the place of their household."""
    wanted = {int(ids[at]): at for at in np.flatnonzero(moves).tolist()}
    names = list(STEPS)
    rows = select(U).where(among(session, U.c.id, sorted(wanted)), U.c.superseded_at.is_(None)).order_by(U.c.id)
    for found in session.connection().execute(rows.with_for_update()).mappings() if wanted else ():
        row = {str(name): value for name, value in found.items()}
        at = wanted[row["id"]]
        yield row, int(places[at]), names[int(steps[at])]


def _open(
    session: Session, batch: Batch, one: Evaluated, gathered: Gathered, fresh: Ints, due: Sequence[date], as_of: date
) -> None:
    if not len(fresh):
        return
    first = reserve_ids(session.connection(), U.name, len(fresh))
    said = {
        "policy": one.policy.slug, "policy_version": one.policy.version, "first_seen": as_of, "state": ReachState.OPEN.value,
    }  # fmt: skip
    batch.add(
        first,
        (
            {
                **said, "household_id": gathered.household_ids[at], "division_code": gathered.divisions[at],
                "persons": persons, "due_on": due[at],
            }
            for at, persons in zip(fresh.tolist(), one.members[fresh].tolist(), strict=True)
        ),
    )  # fmt: skip
