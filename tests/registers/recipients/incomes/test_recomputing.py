"""Everybody's income at once is the same as one by one, whatever the places lay down; and a past day's divisor."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from portal.checks.comparison.income.sums import counted, total
from portal.checks.registry import Looking
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, writing
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.recipients.incomes.adjustments.models import Adjustment, AdjustmentKind
from portal.registers.recipients.incomes.computing.queries import computation_of, totals_of_year
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.queries import ITEM
from portal.registers.recipients.incomes.recomputing.queries import recompute_everybody
from portal.registers.recipients.incomes.rules import ITEMS
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.incomes.versions.queries import versions_of
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.procedures.changes.models import ChangeKind, ChangeState, HouseholdChange
from tests.factories.divisions import VILLAGE
from tests.factories.incomes import put_household, put_income, put_parameter, put_places, recorded

ON = today_cn()
FARM = "320826104202"
_numbers = itertools.count(1)

ENTRY = st.fixed_dictionaries(
    {
        "days_ago": st.integers(0, 500),
        "item": st.sampled_from([*ITEMS, "采药"]),
        "yuan": st.integers(-500, 40_000),
        "cost": st.none() | st.integers(0, 30_000_00),
        "counts": st.sampled_from([None, None, None, True, False]),
    }
)
HOUSEHOLD = st.fixed_dictionaries(
    {
        "village": st.sampled_from([VILLAGE, FARM]),
        "members": st.integers(0, 5),
        "entries": st.lists(ENTRY, max_size=6),
        "obligors": st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(1, 4), st.integers(0, 600)), max_size=2),
        "adjustments": st.lists(
            st.tuples(st.sampled_from(AdjustmentKind), st.integers(0, 500), st.integers(1, 90_000)),
            max_size=2,
            unique_by=lambda a: a[:2],
        ),
        "known": st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60)), max_size=3),
        "changes": st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(-1, 1)), max_size=2),
    }
)  # fmt: skip
PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("poverty_line", "6000"), ("monitor_line", "8800"), ("dibao_standard", "610"), ("support_formula", "b"),
                ("support_formula", "c"), ("support_share", "20"), ("support_multiple", "1.2"), ("unsold_stock", "at_value"),
                ("wage_deduct_living", "是"), ("income_period", "rolling12_before"), ("income_period", "year"),
                ("work_exempt_months", "12"), ("line_series", "统计"), ("income_item.医疗报销", "是"),
                ("income_item.养老金", "否"), ("income_item.采药", "否"), ("income_item.务工工资", "否"),
            ]
        ),
        st.sampled_from(["320826000000", "320826104000", VILLAGE]),
        st.sampled_from(["", "register", "dibao"]),
        st.sampled_from(["", "统计"]),
        st.sampled_from([date(2000, 1, 1), ON - timedelta(days=30), ON + timedelta(days=1)]),
    ),
    max_size=10,
    unique_by=lambda p: (p[0][0], *p[1:]),
)  # fmt: skip


@pytest.fixture
def places(engine: Engine) -> Engine:
    with writing(engine) as session:
        put_places(recorded(session))
    return engine


@contextmanager
def undone(engine: Engine) -> Iterator[Session]:
    """A session whose rows are gone afterwards."""
    with writing(engine) as session:
        recorded(session)
        yield session
        session.rollback()


def put(session: Session, spec: dict[str, Any]) -> None:
    household = put_household(session, f"S-{next(_numbers)}", spec["members"], division_code=spec["village"])
    person = session.query(Person.id).filter(Person.household_id == household.id).limit(1).scalar()
    for e in spec["entries"]:
        known = ITEMS.get(e["item"])
        cost = e["cost"] if known and known.category == "经营性" else None
        day = ON - timedelta(days=e["days_ago"])
        put_income(
            session,
            household,
            e["yuan"],
            e["item"],
            occurred_on=day,
            cost_fen=cost,
            counts=e["counts"],
            person_id=person,
        )
    kept = {"recorded_at": now_utc(), "event_id": "e"}
    for n, (income, members, ago) in enumerate(spec["obligors"]):
        facts = {"name": f"n{n}", "relation": "子女", "members": members, "monthly_income_fen": income, "evidence": "x"}
        since = ON - timedelta(days=ago)
        session.add(Obligor(household_id=household.id, since=since, supports=2, supports_here=1, **facts, **kept))
    for kind, ago, fen in spec["adjustments"]:
        facts = {"kind": kind.value, "amount_fen": fen, "evidence": "x", "person_id": person}
        session.add(Adjustment(household_id=household.id, since=ON - timedelta(days=ago), **facts, **kept))
    put_past(session, household.id, spec["known"], spec["changes"])
    session.flush()


def put_past(session: Session, household_id: int, known: list[Any], changes: list[Any]) -> None:
    """Persons known since some days, some of them gone again; changes that happened on one day and were decided on another."""
    for n, (since, gone) in enumerate(known):
        times = {"recorded_at": now_utc() - timedelta(days=max(since, gone or 0)), "event_id": "e"}
        times["superseded_at"] = None if gone is None else now_utc() - timedelta(days=min(since, gone))
        session.add(Person(household_id=household_id, name=f"旧{n}", lives_together=True, **times))
    for n, (happened, decided, people) in enumerate(changes, start=1):
        facts = {"kind": ChangeKind.BIRTH, "state": ChangeState.CONFIRMED, "division_code": VILLAGE, "basis": "户口簿"}
        sent = {"entered_by": "user:a", "entered_at": now_utc(), "decided_by": "user:b", "event_id": "e"}
        when = {"happened_on": ON - timedelta(days=happened), "decided_at": now_utc() - timedelta(days=decided)}
        session.add(HouseholdChange(household_id=household_id, n=n, people=people, **facts, **sent, **when))


def same(session: Session, on: date, purpose: str) -> None:
    everybody = recompute_everybody(session, on, purpose=purpose)
    for one in everybody:
        it = computation_of(session, one.household_id, on, purpose=purpose)
        assert (one.total_fen, one.support_fen, one.line_fen) == (it.total_fen, it.support_fen, it.line_fen)
        assert (one.members, one.per_head_fen, one.is_under_line) == (it.members, it.per_head_fen, it.is_under_line)


def agree(engine: Engine, households: list[dict[str, Any]], parameters: list[Any], purpose: str) -> None:
    with undone(engine) as session:
        for (name, value), division, aim, series, since in parameters:
            put_parameter(session, name, value, division, purpose=aim, series=series, valid_from=since)
        for spec in households:
            put(session, spec)
        for day in (ON, ON - timedelta(days=20), ON - timedelta(days=45)):
            same(session, day, purpose)


CASES = given(
    st.lists(HOUSEHOLD, min_size=1, max_size=5), PARAMETERS, st.sampled_from(["register", "monitor", "dibao"])
)


def test_everybody_at_once_is_the_same_as_one_by_one(places: Engine) -> None:
    examples = 60 if places.dialect.name == "sqlite" else 20
    how = settings(
        max_examples=examples, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )

    @how
    @CASES
    def agrees(households: list[dict[str, Any]], parameters: list[Any], purpose: str) -> None:
        agree(places, households, parameters, purpose)

    agrees()


def test_a_place_rules_on_an_item_that_no_table_names(session: Session) -> None:
    put_places(recorded(session))
    ruled, free = put_household(session, "A"), put_household(session, "B", division_code=FARM)
    for household in (ruled, free):
        put_income(session, household, 244, "采药", occurred_on=ON.replace(day=1))
        put_income(session, household, 100, occurred_on=ON.replace(day=1))
    put_parameter(session, "income_item.采药", "否", VILLAGE)
    session.flush()
    sums = {ruled.id: 100_00, free.id: 344_00}
    assert {i: computation_of(session, i, ON).total_fen for i in sums} == sums
    assert {one.household_id: one.total_fen for one in recompute_everybody(session, ON)} == sums
    assert totals_of_year(session, list(sums), ON.year) == sums
    [year] = versions_of(session, ruled.id, VILLAGE, (), {}, ON)
    assert year.village_fen == 100_00
    looking = Looking(ON, rows={ITEM: list_rows_of(session, ITEM)})
    worth = total(counted(looking, Household.division_code, ON))
    per_home = select(Income.household_id, worth).join(Household, Household.id == Income.household_id)
    assert dict(map(tuple, session.execute(per_home.group_by(Income.household_id)))) == sums


def test_the_number_of_statements_does_not_grow_with_the_households(places: Engine) -> None:
    def asked(households: int) -> int:
        seen: list[str] = []
        with undone(places) as session:
            for n in range(households):
                household = put_household(session, f"N-{next(_numbers)}", 2, division_code=(VILLAGE, FARM)[n % 2])
                put_income(session, household, 100 * n)
            session.flush()
            event.listen(places, "before_cursor_execute", lambda *sent: seen.append(str(sent[2])))
            assert len(recompute_everybody(session, ON)) == households
        return len(seen)

    assert asked(30) == asked(2) < 12


def test_a_past_day_divides_by_the_persons_whom_the_register_knew_then(session: Session) -> None:
    put_places(recorded(session))
    household = put_household(session, "HH", 1)
    put_income(session, household, 6_000, occurred_on=ON.replace(day=1))
    for name in ("甲", "乙"):
        known = {"recorded_at": now_utc() - timedelta(days=40), "event_id": "e"}
        session.add(Person(household_id=household.id, name=name, lives_together=True, **known))
    session.flush()
    past = ON - timedelta(days=20)
    assert computation_of(session, household.id, ON).members == 3
    it = computation_of(session, household.id, past)
    assert (it.members, it.members_known_on) == (2, past)
    assert [one.members for one in recompute_everybody(session, past)] == [2]
    long_ago = computation_of(session, household.id, ON - timedelta(days=90))
    assert (long_ago.members, long_ago.members_known_on) == (3, None)


def test_totals_of_a_year_count_what_counts_on_its_last_day(session: Session) -> None:
    put_places(recorded(session))
    known, unknown = put_household(session, "A"), put_household(session, "B", division_code=FARM)
    for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)):
        put_income(session, known, 100, occurred_on=day)
        put_income(session, known, 10_000, "医疗报销", occurred_on=day)
    assert totals_of_year(session, [known.id, unknown.id], 2025) == {known.id: 200_00}
    put_parameter(session, "income_item.务工工资", "否", valid_from=date(2025, 12, 31))
    session.flush()
    assert totals_of_year(session, [known.id], 2025) == {known.id: 0}
    assert totals_of_year(session, [known.id], 2024) == {known.id: 100_00}
