"""Running the policies over the register, and following up whom they have not reached. No benefit is changed by this."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.analysis.entitled.gathering import Gathered, parameters_at
from portal.analysis.entitled.models import ReachRun, Unreached
from portal.analysis.entitled.queries import evaluate_register
from portal.analysis.entitled.reach.actions import absorb
from portal.analysis.entitled.rules import DAYS, Step, followed_up
from portal.kernel.clock import add_working_days
from portal.kernel.database import now_utc, reserve_ids
from portal.kernel.errors import Refused
from portal.registers.batches import Batch
from portal.registers.corrections import Act, get_current
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.queries import household_place
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

TABLE = "unreached"


def run_policies(session: Session, as_of: date, *, actor: str) -> ReachRun:
    """Evaluate every policy in force for every household and bring the list of the unreached in line.

    New ones get their day (`unreached_days`, working days); those who get it meanwhile, or are entitled no longer, are
    closed; what persons have found out stays. One event for each policy, and one batch with the rows of all.
    """
    started = now_utc()
    session.flush()
    gathered, evaluated = evaluate_register(session, as_of)
    due = _due_days(session, gathered, as_of)
    batch = Batch(session, Unreached)
    results, followed = [], []
    for one in evaluated:
        results.append(absorb(session, batch, one, gathered, due, as_of))
        followed += results[-1:] if one.policy.is_followed else []
    number = reserve_ids(session.connection(), "reach_runs", 1)
    no = f"ZC-{as_of.year}-{number:06d}"
    batch.write("reach.unreached.absorbed", actor, [("reach_run", no)])
    run = ReachRun(
        id=number, no=no, as_of=as_of, ran_by=actor, started_at=started, ended_at=now_utc(),
        households=gathered.facts.households, results=results,
    )  # fmt: skip
    session.add(run)
    for counts in followed:
        record(
            session, kind="reach.policy.absorbed", actor=actor, subjects=[("policy", counts["policy"])],
            after={**counts, "as_of": as_of}, at=run.ended_at,
        )  # fmt: skip
    record(
        session, kind="reach.run.recorded", actor=actor, subjects=[("reach_run", no)],
        after={"as_of": as_of, "policies": len(results), "households": run.households}, at=run.ended_at,
    )  # fmt: skip
    session.flush()
    return run


def _due_days(session: Session, gathered: Gathered, as_of: date) -> list[date]:
    """The last day to follow up, of each household: counted once for each number of days."""
    days = (parameters_at(session, [DAYS], gathered.divisions, as_of)[DAYS].hundredths // 100).tolist()
    free = overrides(session)
    ends = {n: add_working_days(as_of, n, free) for n in set(days)}
    return [ends[n] for n in days]


def follow_up(session: Session, row_id: int, step: Step, note: str, act: Act, at: datetime) -> Unreached:
    """Somebody has seen to one household: applied for it, was told that it does not want it, or found it not entitled."""
    row = get_current(session, Unreached, row_id)
    state = followed_up(row.state, step)
    if len(note.strip()) < 4:
        raise Refused("没有写情况", why="以后的人要知道本户怎么说、为什么", fix="写下哪天、和谁说的、结果怎样")
    before = row.state
    row.state, row.handled_by, row.handled_at = state, act.actor, at
    row.note_sealed = keyring_of(session).seal(note.strip(), seal_name(TABLE, "note_sealed"))
    session.flush()
    number, _ = household_place(session, row.household_id)
    record(
        session,
        kind="reach.followed_up",
        actor=act.actor,
        subjects=[("household", number), ("policy", row.policy)],
        before={"state": before},
        after={"state": state},
        unit=township_of(row.division_code),
        request_id=act.request_id,
        sealed=True,
        at=at,
    )
    return row
