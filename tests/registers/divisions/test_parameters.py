"""Dated parameters: the nearest place, the right day, the row that was used; and the working calendar."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound, Refused
from portal.registers.divisions.calendar import actions as calendar_actions
from portal.registers.divisions.calendar.queries import list_days, overrides
from portal.registers.divisions.parameters import actions, queries
from portal.registers.divisions.parameters.rules import CATALOGUE
from tests.factories.divisions import ACT, CITY, COUNTY, GAOGOU, VILLAGE, make_county, make_parameter

ON = date(2026, 11, 20)


def test_the_nearest_ancestor_decides_and_says_so(session: Session) -> None:
    make_county(session)
    make_parameter(session, "poverty_line", "6000", CITY)
    make_parameter(session, "poverty_line", "7200.50", COUNTY)
    here = queries.value_for(session, "poverty_line", VILLAGE, ON)
    city = queries.value_for(session, "poverty_line", CITY, ON)
    assert (here.fen, here.row.division_code if here.row else None, here.basis) == (720050, COUNTY, "县文件")
    assert city.fen == 600000


def test_a_row_holds_from_its_first_to_its_last_day(session: Session) -> None:
    make_county(session)
    make_parameter(session, "visit_days", "30", valid_to=date(2025, 12, 31))
    make_parameter(session, "visit_days", "15", valid_from=date(2026, 1, 1))
    assert queries.value_for(session, "visit_days", VILLAGE, date(2025, 12, 31)).whole == 30
    assert queries.value_for(session, "visit_days", VILLAGE, date(2026, 1, 1)).whole == 15


def test_the_asked_purpose_comes_before_every_purpose(session: Session) -> None:
    make_county(session)
    make_parameter(session, "income_item.抚恤金", "是")
    make_parameter(session, "income_item.抚恤金", "否", purpose="dibao")
    assert queries.value_for(session, "income_item.抚恤金", VILLAGE, ON).yes is True
    assert queries.value_for(session, "income_item.抚恤金", VILLAGE, ON, purpose="dibao").yes is False
    assert queries.value_for(session, "income_item.抚恤金", VILLAGE, ON, purpose="other").yes is True


def test_a_series_is_a_line_of_its_own(session: Session) -> None:
    make_county(session)
    make_parameter(session, "poverty_line", "2952", series="统计")
    assert queries.value_for(session, "poverty_line", VILLAGE, ON, series="统计").fen == 295200
    assert queries.find_value(session, "poverty_line", VILLAGE, ON) is None


def test_without_a_row_the_default_holds_and_has_no_row(session: Session) -> None:
    make_county(session)
    value = queries.value_for(session, "posting_days.fund_project", VILLAGE, ON)
    assert (value.whole, value.row, value.unit) == (10, None, "天")
    assert "国开办发〔2018〕11号" in value.basis


def test_an_unset_parameter_must_be_entered_by_the_operator(session: Session) -> None:
    make_county(session)
    with pytest.raises(NotFound, match="防止返贫监测线"):
        queries.value_for(session, "monitor_line", VILLAGE, ON)


def test_the_latest_first_day_wins_among_overlapping_rows(session: Session) -> None:
    make_county(session)
    make_parameter(session, "small_cell", "5", valid_from=date(2020, 1, 1))
    make_parameter(session, "small_cell", "10", valid_from=date(2024, 1, 1))
    assert queries.value_for(session, "small_cell", VILLAGE, ON).whole == 10


@pytest.mark.parametrize("more", [{"value": "三十"}, {"basis": " "}, {"value": ""}, {"valid_to": date(2019, 1, 1)}])
def test_a_parameter_nobody_could_use_is_refused(session: Session, more: dict[str, object]) -> None:
    make_county(session)
    with pytest.raises(Refused):
        make_parameter(session, "visit_days", **{"value": "30", **more})  # type: ignore[arg-type]  # the value may be wrong


def test_the_list_shows_what_holds_here_too(session: Session) -> None:
    make_county(session)
    make_parameter(session, "poverty_line", "6000", CITY)
    make_parameter(session, "visit_days", "20", GAOGOU)
    assert [r["name"] for r in queries.list_parameters(session, [GAOGOU])] == ["poverty_line", "visit_days"]
    assert [r["name"] for r in queries.list_parameters(session, [GAOGOU], name="走访")] == ["visit_days"]


def test_a_withdrawn_parameter_holds_no_longer(session: Session) -> None:
    make_county(session)
    row = make_parameter(session, "visit_days", "20")
    actions.withdraw_parameter(session, row.id, ACT, None)
    assert queries.value_for(session, "visit_days", VILLAGE, ON).whole == 30


def test_every_default_of_the_catalogue_can_be_read() -> None:
    for known in CATALOGUE.values():
        assert known.title
        assert known.basis
        if known.kind.value in ("整数", "元", "%") and known.default is not None:
            float(known.default)


def test_calendar_overrides_are_a_mapping_for_the_clock(session: Session) -> None:
    calendar_actions.add_day(session, {"day": date(2027, 2, 7), "is_working": True, "basis": "国办通知"}, ACT)
    row = calendar_actions.add_day(session, {"day": date(2027, 2, 8), "is_working": False, "basis": "国办通知"}, ACT)
    calendar_actions.correct_day(session, row.id, {"is_working": True}, ACT, None)
    assert overrides(session) == {date(2027, 2, 7): True, date(2027, 2, 8): True}
    calendar_actions.withdraw_day(session, row.id, ACT, None)
    assert [d["day"] for d in list_days(session, year=2027)] == [date(2027, 2, 7)]
