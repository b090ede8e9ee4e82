"""Ten stages in order; what may follow; what is upside down."""

from __future__ import annotations

from datetime import date

import pytest

from portal.kernel.errors import Refused
from portal.registers.projects.rules import (
    FIELD_OF,
    TRANSITIONS,
    Stage,
    allowed_next,
    current_stage,
    inversions,
    overdue_days,
    project_problem,
    stage_dates,
    stage_refusal,
)

TODAY = date(2026, 11, 20)


def test_there_are_ten_stages_each_with_its_column() -> None:
    assert [stage.value for stage in FIELD_OF] == [
        "调研",
        "论证",
        "申报",
        "审批",
        "招标",
        "建设",
        "竣工",
        "验收",
        "收益分配",
        "绩效",
    ]
    assert set(TRANSITIONS) == {None, *Stage}


def test_the_last_dated_stage_is_the_present_one() -> None:
    values = {"surveyed_on": date(2026, 1, 1), "approved_on": date(2026, 3, 1)}
    assert current_stage(values) is Stage.APPROVAL
    assert [s.number for s in stage_dates(values) if s.is_current] == [4]
    assert current_stage({}) is None


@pytest.mark.parametrize(
    ("later", "wrong"),
    [
        ({"applied_on": date(2026, 1, 2)}, 0),
        ({"applied_on": date(2025, 12, 31)}, 1),
        ({"applied_on": date(2026, 1, 1)}, 0),
    ],
)
def test_a_later_stage_dated_before_an_earlier_one_is_upside_down(later: dict[str, date], wrong: int) -> None:
    assert len(inversions({"surveyed_on": date(2026, 1, 1), **later})) == wrong


def test_blanks_are_skipped_and_what_follows_acceptance_is_not_asked() -> None:
    values = {"surveyed_on": date(2026, 1, 1), "accepted_on": date(2026, 2, 1), "distributed_on": date(2020, 1, 1)}
    assert inversions(values) == []
    assert inversions({**values, "accepted_on": date(2025, 1, 1)}) == [(Stage.SURVEY, Stage.ACCEPTANCE)]


def test_only_the_next_stage_can_be_entered() -> None:
    values = {"approved_on": date(2026, 3, 1)}
    assert allowed_next(values) == (Stage.TENDER, Stage.BUILDING)
    stage_refusal(values, Stage.BUILDING, date(2026, 4, 1), TODAY)
    with pytest.raises(Refused, match="现在不能登记"):
        stage_refusal(values, Stage.ACCEPTANCE, date(2026, 4, 1), TODAY)
    with pytest.raises(Refused, match="早于"):
        stage_refusal(values, Stage.BUILDING, date(2026, 2, 1), TODAY)
    with pytest.raises(Refused, match="还没有到"):
        stage_refusal(values, Stage.BUILDING, date(2026, 12, 1), TODAY)


def test_lateness_counts_from_the_planned_day_until_completion() -> None:
    planned = {"planned_completion_on": date(2026, 11, 10)}
    assert overdue_days(planned, TODAY) == 10
    assert overdue_days({**planned, "completed_on": TODAY}, TODAY) is None
    assert overdue_days(planned, date(2026, 11, 10)) is None


@pytest.mark.parametrize(
    "values",
    [{"name": ""}, {"kind": "旅游"}, {"progress": 100_01}, {"planned_fen": -1}, {"beneficiary_households": -1}],
)
def test_impossible_projects_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(Refused):
        project_problem({"code": "X", "name": "N", **values})
