"""Lists of the office: visits, households by how long nobody came, days and places."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.keyset import Start
from portal.registers.helpers.check_ins.boards.queries import VisitFilter, list_visits
from portal.registers.helpers.check_ins.models import State, Visit
from portal.registers.helpers.check_ins.overdue.queries import NEVER, cycles_at, list_unvisited
from portal.registers.helpers.check_ins.overdue.rules import Standing, standing_of
from portal.registers.helpers.check_ins.spread import queries as spread
from tests.factories.board import make_visit
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

TODAY = date(2026, 11, 20)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def village(session: Session) -> Session:
    """HH-1 visited 5 and 50 days ago, HH-2 40 days ago, HH-3 only by a visit that does not count, HH-4 never, alone."""
    make_county(session)
    helper = make_helper(session)
    homes = [make_household(session, f"HH-{n}", head=f"户主{n}") for n in range(1, 5)]
    for home in homes[:3]:
        make_pairing(session, helper, household_id=home.id)
    for home, days in ((homes[0], 50), (homes[0], 5), (homes[1], 40)):
        make_visit(session, helper, home, ago(days))
    make_visit(session, helper, homes[2], ago(3), state=State.NOT_COUNTED)
    far = make_household(session, "HH-9", OTHER_VILLAGE)
    make_visit(
        session,
        make_helper(session, "B-2", "李远"),
        far,
        ago(1),
        visit=Visit.NOT_POSSIBLE,
        not_possible_reason="外出务工",
    )
    return session


def test_the_longest_unvisited_household_comes_first(village: Session) -> None:
    rows = list_unvisited(village, [GAOGOU], TODAY)
    assert [(row["household_no"], row["last_on"], row["days"]) for row in rows] == [
        ("HH-3", None, None),
        ("HH-4", None, None),
        ("HH-2", ago(40), 40),
        ("HH-1", ago(5), 5),
    ]
    assert [row["standing"] for row in rows] == ["该走访了", "没有帮扶人", "该走访了", "没有到期"]
    assert [row["late_days"] for row in rows[2:]] == [10, None]
    assert rows[0]["helpers"] == "王帮扶"
    assert rows[0]["head_name"] == "户主3"


def test_a_visit_that_was_not_possible_for_a_reason_meets_the_duty(village: Session) -> None:
    (row,) = list_unvisited(village, [HONGYAO], TODAY)
    assert (row["household_no"], row["last_on"]) == ("HH-9", ago(1))


def test_the_list_is_narrowed_by_days_and_turned_by_pages(village: Session) -> None:
    assert [r["household_no"] for r in list_unvisited(village, [GAOGOU], TODAY, days=40)] == ["HH-3", "HH-4", "HH-2"]
    assert [r["household_no"] for r in list_unvisited(village, [GAOGOU], TODAY, days=41)] == ["HH-3", "HH-4"]
    first = list_unvisited(village, [COUNTY], TODAY, limit=2)
    edge = (str(first[-1]["since"]), first[-1]["id"])
    assert edge[0] == NEVER.isoformat()
    rest = list_unvisited(village, [COUNTY], TODAY, after=Start(edge))
    assert [r["household_no"] for r in rest] == ["HH-2", "HH-1", "HH-9"]
    back = list_unvisited(village, [COUNTY], TODAY, after=Start((str(rest[0]["since"]), rest[0]["id"]), back=True))
    assert [r["household_no"] for r in back] == ["HH-3", "HH-4", "HH-2"]


def test_the_cycle_is_of_the_place_and_the_class(village: Session) -> None:
    assert cycles_at(village, {(VILLAGE, ""), (VILLAGE, "stable")}, TODAY) == {
        (VILLAGE, ""): 30,
        (VILLAGE, "stable"): 90,
    }
    make_parameter(village, "visit_days", "60", GAOGOU)
    assert cycles_at(village, {(VILLAGE, ""), (OTHER_VILLAGE, "")}, TODAY) == {
        (VILLAGE, ""): 60,
        (OTHER_VILLAGE, ""): 30,
    }
    assert (
        next(r for r in list_unvisited(village, [GAOGOU], TODAY) if r["household_no"] == "HH-2")["standing"]
        == "没有到期"
    )


def test_a_new_pairing_begins_its_own_cycle() -> None:
    assert standing_of(ago(80), [ago(10)], 30, TODAY).standing is Standing.IN_TIME
    assert standing_of(None, [ago(31)], 30, TODAY).late_days == 1
    assert standing_of(None, [], 30, TODAY).standing is Standing.NO_HELPER


def numbers(session: Session, **wanted: object) -> list[str]:
    rows = list_visits(session, [GAOGOU], VisitFilter(**wanted), TODAY)  # type: ignore[arg-type]  # given by name
    return [row["household_no"] for row in rows]


def test_visits_are_listed_latest_first_and_narrowed(village: Session) -> None:
    assert numbers(village) == ["HH-3", "HH-1", "HH-2", "HH-1"]
    assert numbers(village, household="HH-1") == ["HH-1", "HH-1"]
    assert numbers(village, helper="王") == ["HH-3", "HH-1", "HH-2", "HH-1"]
    assert numbers(village, helper="李") == []
    assert numbers(village, state="not_counted") == ["HH-3"]
    assert numbers(village, since=ago(10)) == ["HH-3", "HH-1"]
    assert numbers(village, until=ago(10)) == ["HH-2", "HH-1"]
    assert numbers(village, visit="not_possible") == []
    everywhere = list_visits(village, [COUNTY], VisitFilter(visit="not_possible"), TODAY)
    assert [(row["household_no"], row["helper_no"]) for row in everywhere] == [("HH-9", "B-2")]


def test_old_visits_are_listed_when_they_are_asked_for(village: Session) -> None:
    late = TODAY + timedelta(days=100)
    assert list_visits(village, [GAOGOU], VisitFilter(), late) == []
    assert len(list_visits(village, [GAOGOU], VisitFilter(helper="B-1"), late)) == 4
    assert len(list_visits(village, [GAOGOU], VisitFilter(since=ago(50)), late)) == 4


def test_pages_of_visits_join(village: Session) -> None:
    everything = list_visits(village, [GAOGOU], VisitFilter(), TODAY)
    for cut in range(1, 4):
        edge = Start((str(everything[cut - 1]["visited_on"]), everything[cut - 1]["id"]))
        assert list_visits(village, [GAOGOU], VisitFilter(), TODAY, after=edge) == everything[cut:]


def test_a_page_asks_the_same_number_of_statements_whatever_its_rows(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        helper = make_helper(session)
        for n in range(12):
            home = make_household(session, f"HH-{n:02}", ("320826104202", VILLAGE)[n % 2])
            make_pairing(session, helper, household_id=home.id)
            make_visit(session, helper, home, ago(n), state=State.ASKED)
    counts = []
    for limit in (2, 12):
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object, to: list[str] = seen) -> None:
            to.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        with reading(engine) as session:
            assert len(list_visits(session, [GAOGOU], VisitFilter(), TODAY, limit=limit)) == limit
            assert len(list_unvisited(session, [GAOGOU], TODAY, limit=limit)) == limit
        event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_days_villages_and_squares_are_counted(village: Session) -> None:
    assert spread.visits_per_day(village, [GAOGOU], ago(60), TODAY) == {
        ago(day): spread.Tally(1, 0) for day in (50, 40, 5)
    }
    assert spread.visits_per_day(village, [HONGYAO], ago(60), TODAY) == {ago(1): spread.Tally(0, 1)}
    everywhere = spread.visits_per_village(village, [COUNTY], ago(60), TODAY)
    assert {code: tally.total for code, tally in everywhere.items()} == {VILLAGE: 3, OTHER_VILLAGE: 1}
    squares = spread.visits_per_square(village, [GAOGOU], ago(60), TODAY)
    assert [(s.lat_e7, s.lng_e7, s.visits) for s in squares] == [(337_800_000, 1_192_600_000, 3)]


def test_a_village_lies_where_its_households_lie_to_a_kilometre(session: Session) -> None:
    make_county(session)
    for n, (lat, lng) in enumerate(((337_812_345, 1_192_612_345), (337_832_345, 1_192_652_345))):
        make_household(session, f"HH-{n}", lat_e7=lat, lng_e7=lng, datum="WGS84")
    make_household(session, "HH-7", lat_e7=400_000_000, lng_e7=1_000_000_000, datum=None)
    make_household(session, "HH-8")
    assert spread.village_points(session, [GAOGOU]) == {VILLAGE: (337_800_000, 1_192_600_000)}


def test_points_of_another_datum_are_converted_before_they_are_averaged(session: Session) -> None:
    make_county(session)
    make_household(session, "HH-1", lat_e7=399_024_500, lng_e7=1_164_270_300, datum="GCJ02")
    ((lat, lng),) = spread.village_points(session, [GAOGOU]).values()
    assert (lat, lng) == (399_000_000, 1_164_200_000)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # whose statistics are those of the last ANALYZE
def test_visits_of_one_helper_are_gathered_not_looked_for_among_all(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        home = make_household(session, "HH-1")
        for n in range(20):
            helper = make_helper(session, f"B-{n}", f"王{n}")
            for day in range(2):
                make_visit(session, helper, home, ago(n + day))
        session.connection().exec_driver_sql("ANALYZE")
    plans: list[str] = []

    def explain(
        _connection: object, cursor: sqlite3.Cursor, statement: str, values: tuple[object, ...], *_: object
    ) -> None:
        if "FROM check_ins" in statement:
            rows = cursor.connection.execute("EXPLAIN QUERY PLAN " + statement, values)
            plans.append(" ".join(str(row[3]) for row in rows if "check_ins" in row[3]))

    event.listen(engine, "after_cursor_execute", explain)
    with reading(engine) as session:
        assert len(list_visits(session, [COUNTY], VisitFilter(helper="B-3"), TODAY)) == 2
        assert len(list_visits(session, [COUNTY], VisitFilter(), TODAY)) == 40
    assert "ix_check_ins_helper" in plans[0]
    assert "ix_check_ins_day" in plans[1]
