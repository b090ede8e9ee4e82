"""What stands around a procedure: gathered with a constant number of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import ParameterValue, values_for
from portal.registers.recipients.answers.queries import open_disputes
from portal.registers.recipients.incomes.computing.queries import Computation, computation_of
from portal.registers.recipients.models import Household, Labour, Person
from portal.registers.recipients.procedures.cycles.rules import (
    CYCLES,
    Cycle,
    Level,
    Need,
    Step,
    due_parameter,
    whole_parameter,
)
from portal.registers.recipients.procedures.files.models import ProcedureFile
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, ProcedureStep, StepKey, Verdict
from portal.registers.recipients.procedures.objections.models import Objection
from portal.registers.recipients.procedures.reconfirmations.models import Reconfirmation, ReconfirmState
from portal.registers.recipients.procedures.requirements.rules import Missing, Situation, due_day, lacking
from portal.registers.recipients.rules import HEAD, is_income_capped

_TERMS = ("review_quorum", "review_agree", "monitor_min_months")
_LABOUR = frozenset({Labour.ORDINARY, Labour.WEAK})


PURPOSES: Mapping[str, str] = {
    ProcedureKind.MONITOR: "monitor",
    ProcedureKind.REMOVAL: "monitor",
    ProcedureKind.DIBAO: "dibao",
    ProcedureKind.RECHECK: "dibao",
}
"""Against which line a kind is held; the others against the register's."""


def situation_of(session: Session, row: Procedure, step: Step, today: date) -> Situation:
    """What stands around a procedure today, as far as this step asks for it."""
    found = _around(session, row, today)
    if row.household_id is None:
        return found
    if Need.NO_DISPUTE in step.needs:
        found = replace(found, disputes=len(open_disputes(session, row.household_id, today)))
    if Need.OVER_LINE in step.needs or (Need.UNDER_LINE in step.needs and is_income_capped(found.category)):
        computed = computation_of(session, row.household_id, today, purpose=PURPOSES.get(row.kind, "register"))
        found = _reckoned(found, computed, for_exit=Need.OVER_LINE in step.needs)
    return found


def _reckoned(found: Situation, computed: Computation, *, for_exit: bool) -> Situation:
    """Income per head and the line, and what somebody stated as income that never is any (I01)."""
    never = [item for item in computed.items if item.values["counts"] and not item.counts]
    return replace(
        found,
        per_head_fen=computed.exit_per_head_fen if for_exit else computed.per_head_fen,
        line_fen=computed.line_fen,
        never_income=tuple((str(item.values["item"]), item.net_fen) for item in never),
    )


def _around(session: Session, row: Procedure, today: date) -> Situation:
    terms = values_for(session, _TERMS, row.division_code, today)
    home = session.get(Household, row.household_id) if row.household_id is not None else None
    people = _people(session, row.household_id)
    visited = select(ProcedureStep.id).where(
        ProcedureStep.procedure_id == row.id, ProcedureStep.step == StepKey.SAMPLE_VISIT
    )
    return Situation(
        today=today,
        has_household=home is not None,
        has_head=any(relation == HEAD for relation, _labour, _related in people),
        category=row.proposal.get("category") or (home.category if home is not None else None),
        entered_on=_listed_since(session, row, home),
        has_labour=not people or any(labour is None or labour in _LABOUR for _relation, labour, _related in people),
        files=frozenset(
            session.scalars(select(ProcedureFile.kind).where(ProcedureFile.procedure_id == row.id).distinct())
        ),
        open_objections=session.scalar(
            select(func.count()).where(Objection.procedure_id == row.id, Objection.answered_by.is_(None))
        )
        or 0,
        quorum=Fraction(terms["review_quorum"].text),
        agree_share=Fraction(terms["review_agree"].text),
        min_months=terms["monitor_min_months"].whole,
        page_agreed=row.page_agreed,
        is_drawn_over=row.draw_no is not None,
        needs_county_visit=bool(row.is_sampled) or any(related for _relation, _labour, related in people),
        has_county_visit=session.scalar(visited.limit(1)) is not None,
        is_reconfirming=is_reconfirming(session, row.household_id),
    )


def _people(session: Session, household_id: int | None) -> list[tuple[str | None, str | None, bool | None]]:
    if household_id is None:
        return []
    columns = select(Person.relation, Person.labour, Person.related_to_cadre)
    return [(a, b, c) for a, b, c in session.execute(columns.where(Person.household_id == household_id))]


def _listed_since(session: Session, row: Procedure, home: Household | None) -> date | None:
    """Since when a household stands on the list: the last decision that put it there, else its 纳入日期."""
    if home is None:
        return None
    entering = [kind for kind in ProcedureKind if CYCLES[kind].effects.get(Verdict.APPROVED) == "在册"]
    last = session.scalar(
        select(func.max(Procedure.decided_on)).where(
            Procedure.household_id == row.household_id,
            Procedure.kind.in_(entering),
            Procedure.outcome == Verdict.APPROVED,
        )
    )
    return last or home.entered_on


def is_reconfirming(session: Session, household_id: int | None) -> bool:
    """Whether a declared difference waits for the household's word, or for its conclusion."""
    if household_id is None:
        return False
    query = select(Reconfirmation.id).where(
        Reconfirmation.household_id == household_id, Reconfirmation.state != ReconfirmState.CONCLUDED
    )
    return session.scalar(query.limit(1)) is not None


def before_of(session: Session, row: Procedure) -> list[tuple[str, str]]:
    """Level and person of everything that was done in a procedure, its opening first."""
    cycle = CYCLES[ProcedureKind(row.kind)]
    done = session.execute(
        select(ProcedureStep.step, ProcedureStep.done_by).where(ProcedureStep.procedure_id == row.id)
    ).all()
    found: list[tuple[str, str]] = [(Level.VILLAGE, row.opened_by)]
    for key, who in done:
        step = cycle.step(key)
        found.append((step.level if step is not None else Level.COUNTY, who))
    return found


def dues_of(
    session: Session, cycle: Cycle, step: Step | None, source: str, place: str, day: date
) -> tuple[date | None, date | None]:
    """The days by which a step that begins on a day, and a procedure that begins on it, have to be done."""
    names = {name for name in (due_parameter(step, source) if step else "", whole_parameter(cycle, source)) if name}
    values = values_for(session, names, place, day) if names else {}
    known = overrides(session)
    return (
        due_day(_value(values, due_parameter(step, source) if step else ""), day, known),
        due_day(_value(values, whole_parameter(cycle, source)), day, known),
    )


def _value(values: Mapping[str, ParameterValue], name: str) -> tuple[int, str] | None:
    return (values[name].whole, values[name].unit) if name in values else None


def obstacles_of(session: Session, no: str) -> list[Missing]:
    """What the step that a procedure waits for lacks before anybody has stated anything: what its page says."""
    row = session.scalars(select(Procedure).where(Procedure.no == no)).one()
    step = CYCLES[ProcedureKind(row.kind)].step(row.state)
    return [] if step is None else lacking(step, situation_of(session, row, step, today_cn()), None)
