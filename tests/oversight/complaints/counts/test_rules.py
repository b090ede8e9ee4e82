"""What may be told: by no subtraction, of cells or of publications, is a small number found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Refused
from portal.oversight.complaints.counts.rules import (
    NOTHING,
    PART_OF,
    PublicRow,
    Quarter,
    Tally,
    closed_until,
    correction_problem,
    counted_again,
    public_periods,
)

A, B, C = "320826000000", "320803000000", "320804000000"
COUNTIES = (A, B, C)
Q1, Q2, Q3 = (Quarter(2026, n) for n in (1, 2, 3))
OVER = date(2026, 12, 31)


def _came(number: int) -> Tally:
    return replace(NOTHING, received=number)


def _received(quarters: dict[Quarter, dict[str, Tally]], until: date = OVER) -> list[list[tuple[str, int | None]]]:
    told = public_periods(quarters, COUNTIES, until, 5)
    return [[(row.county, row.figures["received"]) for row in period.rows] for period in told]


def test_a_quarter_ends_with_its_last_day() -> None:
    assert (Q1.first_day, Q1.last_day) == (date(2026, 1, 1), date(2026, 3, 31))
    assert Quarter(2026, 4).next == Quarter(2027, 1)
    assert closed_until(date(2026, 4, 1)) == date(2026, 3, 31) == closed_until(date(2026, 6, 30))


def test_places_that_reach_the_cell_stand_alone_and_the_others_reach_it_together() -> None:
    assert _received({Q1: {A: _came(9), B: _came(3), C: _came(2)}}) == [[(A, 9), ("", 5)]]
    assert _received({Q1: {A: _came(9), B: _came(5), C: _came(6)}}) == [[(B, 5), (C, 6), (A, 9)]]


def test_one_case_elsewhere_and_none_read_alike() -> None:
    """Else the line of the others would tell that somewhere there is one."""
    none = _received({Q1: {A: _came(9)}})
    assert none == [[("", 9)]]
    assert _received({Q1: {A: _came(8), B: _came(1)}}) == none


def test_a_small_quarter_waits_for_the_next_and_is_never_told_in_other_pieces() -> None:
    quarters = {Q1: {A: _came(3)}, Q2: {A: _came(4)}, Q3: {A: _came(6), B: _came(7)}}
    first = public_periods(quarters, COUNTIES, Q2.last_day, 5)
    later = public_periods(quarters, COUNTIES, Q3.last_day, 5)
    assert [(one.first, one.last) for one in first] == [(Q1, Q2)]
    assert later[1:] == first
    assert public_periods(quarters, COUNTIES, Q1.last_day, 5) == []


def test_a_part_is_told_only_if_what_is_left_is_not_small() -> None:
    tally = Tally(received=20, answered=16, in_time=12, petitions=11, granted=6, appealed=4, rated=9, satisfied=9)
    told = public_periods({Q1: {A: tally, B: _came(9), C: _came(9)}}, COUNTIES, OVER, 5)[0].rows
    figures = next(row.figures for row in told if row.county == A)
    assert figures == {
        "received": 20, "answered": 16, "in_time": None, "petitions": 11, "granted": 6, "appealed": None, "rated": 9,
        "satisfied": None,
    }  # fmt: skip


def test_nothing_left_is_kept_back_like_a_little_left() -> None:
    """Nothing left names nobody, and tells of everybody: that each who rated was satisfied, that each petition was granted.

    Whoever wrote all reports of a line but one would read the answer of that one. And if only "nothing left" were told, a
    cell kept back would mean one to four exactly, so that telling some of them undoes the keeping back of the others.
    """

    def told(satisfied: int) -> int | None:
        tally = replace(_came(12), answered=12, rated=12, satisfied=satisfied)
        return public_periods({Q1: {A: tally}}, [A], OVER, 5)[0].rows[0].figures["satisfied"]

    assert [told(number) for number in range(13)] == [None] * 5 + [5, 6, 7] + [None] * 5


def test_one_refused_petition_is_not_hidden_among_answers_that_could_not_be_granted() -> None:
    tally = replace(NOTHING, received=20, answered=16, petitions=7, granted=6)
    figures = public_periods({Q1: {A: tally}}, [A], OVER, 5)[0].rows[0].figures
    assert (figures["petitions"], figures["granted"]) == (7, None)


def test_what_was_told_is_not_told_again() -> None:
    quarters = {Q1: {A: _came(7)}, Q2: {A: _came(3)}, Q3: {A: _came(6)}}
    (later,) = public_periods(quarters, [A], OVER, 5, since=Q2)
    assert (later.first, later.last, later.rows[0].figures["received"]) == (Q2, Q3, 9)


def test_a_correction_keeps_the_lines_and_never_differs_by_a_small_number() -> None:
    quarters = {Q1: {A: _came(9), B: _came(3), C: _came(2)}, Q2: {A: _came(50)}}
    again = counted_again([A, ""], quarters, Q1.first_day, Q1.last_day, 5)
    assert [(row.county, row.figures["received"]) for row in again] == [(A, 9), ("", 5)]
    for old, new, told in ((9, 14, True), (9, 13, False), (None, 9, True), (None, 8, False), (8, None, False)):
        rows = [[PublicRow(A, {"received": number})] for number in (old, new)]
        if told:
            correction_problem(rows[0], rows[1], 5)
        else:
            with pytest.raises(Refused, match="差得太少"):
                correction_problem(rows[0], rows[1], 5)


@st.composite
def _tallies(draw: st.DrawFn) -> Tally:
    received, answered, appealed = (draw(st.integers(0, 12)) for _n in range(3))
    in_time, petitions, rated = (draw(st.integers(0, answered)) for _n in range(3))
    granted, satisfied = (draw(st.integers(0, whole)) for whole in (petitions, rated))
    return Tally(received, answered, in_time, petitions, granted, appealed, rated, satisfied)


@given(st.dictionaries(st.sampled_from((Q1, Q2, Q3)), st.dictionaries(st.sampled_from(COUNTIES), _tallies())))
def test_nothing_told_is_small_and_what_was_told_stays(quarters: dict[Quarter, dict[str, Tally]]) -> None:
    before: list[object] = []
    for quarter in (Q1, Q2, Q3):
        told = public_periods(quarters, COUNTIES, quarter.last_day, 5)
        assert not before or told[-len(before) :] == before
        before = list(told)
        for row in (row for period in told for row in period.rows):
            assert row.figures["received"] is not None
            assert all(number is None or number >= 5 for number in row.figures.values())
            for part, whole in PART_OF.items():
                number, all_of_it = row.figures[part], row.figures[whole]
                assert number is None or all_of_it is None or all_of_it - number >= 5
