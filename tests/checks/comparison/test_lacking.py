"""L09: below the monitoring line; what is unknown is said and not taken for poor."""

from datetime import date

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.checks.actions import look, run_rules
from portal.checks.catalogue import RULES
from portal.kernel.database import writing
from tests.checks.comparison.conftest import DAY, Finder
from tests.factories.divisions import VILLAGE
from tests.factories.incomes import put_household, put_income, put_parameter, put_places, recorded


def earning(session: Session, no: str, yuan: float, members: int = 2, **more: object) -> None:
    household = put_household(session, no, members, **more)
    put_income(session, household, yuan)


def test_a_fen_below_the_line_is_found_and_at_the_line_is_not(place: Session, find: Finder) -> None:
    put_parameter(place, "monitor_line", "8800")
    earning(place, "AT", 17_600)
    earning(place, "BELOW", 17_599.99)
    earning(place, "OUT", 100, status="已脱贫", exited_on=date(2021, 12, 1))
    earning(place, "GONE", 100, status="已注销", exited_on=date(2021, 12, 1))
    earning(place, "NOT-YET", 100, entered_on=date(2026, 7, 1))
    found = find("L09")
    assert set(found) == {"BELOW", "OUT"}
    assert (found["BELOW"]["per_head_fen"], found["BELOW"]["line_fen"]) == (8_799_99, 8_800_00)


def test_the_window_is_twelve_calendar_months_and_only_what_counts(place: Session, find: Finder) -> None:
    put_parameter(place, "monitor_line", "8800")
    household = put_household(place, "EDGE", 1)
    put_income(place, household, 1)
    put_income(place, household, 9_000, occurred_on=date(2025, 6, 30))
    put_income(place, household, 9_000, "医疗救助")
    put_income(place, household, 20_000, "养殖", cost_fen=19_000_00)
    assert find("L09")["EDGE"]["total_fen"] == 1_001_00
    put_income(place, household, 7_799, occurred_on=date(2025, 7, 1))
    assert find("L09") == {}
    assert set(find("L09", date(2026, 7, 1))) == {"EDGE"}


def test_an_earlier_version_of_an_entry_and_a_withdrawn_one_do_not_count(place: Session, find: Finder) -> None:
    put_parameter(place, "monitor_line", "8800")
    household = put_household(place, "HH", 1)
    row = put_income(place, household, 9_000)
    row.amount_fen = 8_000_00
    place.flush()
    assert find("L09")["HH"]["total_fen"] == 8_000_00
    assert find("L09")["HH"]["entries"] == 1


def test_the_line_is_the_place_s_own_of_its_day_and_series(place: Session, find: Finder) -> None:
    put_parameter(place, "monitor_line", "7000", valid_to=date(2026, 5, 31))
    put_parameter(place, "monitor_line", "8800", valid_from=date(2026, 6, 1))
    put_parameter(place, "monitor_line", "6000", VILLAGE, series="统计口径")
    earning(place, "HH", 7_500, 1)
    earning(place, "THERE", 7_500, 1, division_code="320826104202")
    assert set(find("L09")) == {"HH", "THERE"}
    assert find("L09", date(2026, 5, 31)) == {}
    put_parameter(place, "line_series", "统计口径", VILLAGE)
    assert set(find("L09")) == {"THERE"}


def test_the_run_says_what_it_could_not_look_at(engine: Engine) -> None:
    with writing(engine) as session:
        put_places(recorded(session))
        put_parameter(session, "monitor_line", "8800", VILLAGE)
        put_household(session, "UNKNOWN")
        earning(session, "NO-LINE", 1, division_code="320826104202")
    with writing(engine) as session:
        result = run_rules(session, RULES.named(["L09"]), as_of=DAY, actor="test").rules[0]
        assert look(session, RULES.named(["L09"])[0], DAY).hits == []
    assert result["hits"] == 0
    assert result["left_out"] == [
        {"why": "没有监测线", "divisions": 1, "households": 1},
        {"why": "近十二个月没有收入记录：是不知道，不是零", "divisions": 1, "households": 1},
    ]
