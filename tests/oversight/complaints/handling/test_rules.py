"""The tables of the life cycles: every state can be reached and left, nothing is decided by one person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.kernel.errors import Refused
from portal.oversight.complaints.handling.models import ComplaintState, EvidenceFrom, Matter
from portal.oversight.complaints.handling.rules import (
    ANSWERED,
    CLOCKS,
    CYCLES,
    OVER,
    Doer,
    Step,
    due_after,
    evidence_problem,
    extension_problem,
    is_overdue,
    next_state,
    steps_at,
    study_problem,
)
from portal.registers.divisions.parameters.rules import CATALOGUE

S = ComplaintState
FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize("matter", list(Matter))
def test_every_state_can_be_reached_and_left(matter: Matter) -> None:
    reached, waiting = {S.RECEIVED}, [S.RECEIVED]
    while waiting:
        state = waiting.pop()
        further = {t.to for t in CYCLES[matter] if t.state == state and t.to is not None} - reached
        reached |= further
        waiting += further
    assert reached == {t.state for t in CYCLES[matter]} | {t.to for t in CYCLES[matter]}
    assert {state for state in reached if not steps_at(matter, state, list(Doer))} <= OVER


@pytest.mark.parametrize("matter", list(Matter))
def test_every_clock_is_a_dated_parameter_with_its_basis(matter: Matter) -> None:
    for state, name in CLOCKS[matter].items():
        assert name is None or CATALOGUE[name].basis, state
    clocked = set(CLOCKS[matter])
    left = {t.to for t in CYCLES[matter] if t.to is not None} - clocked
    assert left <= {S.PROPOSED, S.CLOSING, S.ANSWERING}


def test_only_a_decider_approves_and_no_handler_can_end_a_report() -> None:
    for matter in Matter:
        for transition in CYCLES[matter]:
            assert (transition.step in (Step.APPROVE, Step.RETURN)) == (transition.doer is Doer.DECIDER)
            if transition.to in (S.CONCLUDED, S.DISMISSED, S.REPLIED, S.SHELVED):
                assert transition.doer is Doer.DECIDER
    assert all(t.doer is Doer.CLOCK for m in Matter for t in CYCLES[m] if t.to is S.ENDED)


def test_what_the_table_does_not_know_is_refused() -> None:
    with pytest.raises(Refused):
        next_state(Matter.DISCIPLINE, S.RECEIVED, Step.CLOSE, Doer.HANDLER)
    with pytest.raises(Refused):
        next_state(Matter.DISCIPLINE, S.PROPOSED, Step.APPROVE, Doer.HANDLER)
    assert next_state(Matter.DISCIPLINE, S.PROPOSED, Step.APPROVE, Doer.DECIDER, "暂存待查") is S.SHELVED


def test_the_word_of_the_accused_side_alone_closes_nothing() -> None:
    with pytest.raises(Refused):
        evidence_problem([EvidenceFrom.ACCUSED, EvidenceFrom.ACCUSED_UNIT])
    with pytest.raises(Refused):
        evidence_problem([])
    evidence_problem([EvidenceFrom.ACCUSED, EvidenceFrom.RECORD])


def test_three_study_it_and_an_extension_comes_once() -> None:
    with pytest.raises(Refused):
        study_problem(["沈知行", "沈知行 ", "程守正"])
    study_problem(["沈知行", "顾明川", "程守正"])
    for days, given in ((31, None), (0, None), (10, "user:county-head")):
        with pytest.raises(Refused):
            extension_problem(S.INQUIRY, days, given)
    with pytest.raises(Refused):
        extension_problem(S.RECEIVED, 10, None)
    extension_problem(S.INQUIRY, 30, None)


def test_working_days_leave_out_days_off_and_an_end_on_one_moves_on() -> None:
    due = due_after(FRIDAY, 5, "个工作日", 10, 80, {})
    assert due.due_on == date(2026, 11, 27)
    assert due_after(FRIDAY, 5, "个工作日", 10, 80, {date(2026, 11, 27): False}).due_on == date(2026, 11, 30)
    sunday = due_after(FRIDAY, 9, "天", 10, 80, {})
    assert sunday.due_on == date(2026, 11, 30)
    assert (sunday.remind_on, sunday.silent_on) == (FRIDAY + timedelta(days=8), FRIDAY + timedelta(days=10))
    assert due_after(date(2028, 2, 28), 2, "天", 10, 80, {}).due_on == date(2028, 3, 1)


def test_the_last_day_still_belongs_to_the_organ() -> None:
    assert not is_overdue(FRIDAY, FRIDAY, FRIDAY)
    assert is_overdue(FRIDAY + timedelta(days=1), FRIDAY, None)
    assert is_overdue(FRIDAY + timedelta(days=1), None, FRIDAY)
    assert not is_overdue(FRIDAY, None, None)
    assert S.ANSWERED in ANSWERED
