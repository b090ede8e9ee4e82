"""The arithmetic of income: windows, support by three formulas, exemptions, the line; golden cases and properties."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.registers.recipients.incomes.computing import rules
from portal.registers.recipients.incomes.computing.rules import (
    FORMULAS,
    AdjustmentFacts,
    Entry,
    ObligorFacts,
    Terms,
    months_within,
    sum_up,
    support_due,
    window_of,
)

YEAR = (date(2025, 7, 1), date(2026, 6, 30))
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
FEN = st.integers(-10_000_000, 50_000_000)


@pytest.mark.parametrize(
    ("period", "on", "window"),
    [
        ("rolling12", date(2026, 6, 1), YEAR),
        ("rolling12", date(2026, 6, 30), YEAR),
        ("rolling12", date(2024, 2, 10), (date(2023, 3, 1), date(2024, 2, 29))),
        ("rolling12", date(2026, 12, 31), (date(2026, 1, 1), date(2026, 12, 31))),
        ("rolling12_before", date(2026, 7, 15), YEAR),
        ("rolling12_before", date(2026, 1, 1), (date(2025, 1, 1), date(2025, 12, 31))),
        ("year", date(2026, 7, 15), (date(2026, 1, 1), date(2026, 12, 31))),
        ("nobody knows", date(2026, 6, 30), YEAR),
    ],
)
def test_windows_of_the_periods(period: str, on: date, window: tuple[date, date]) -> None:
    assert window_of(period, on) == window


@given(DAYS, st.sampled_from(["rolling12", "rolling12_before", "year"]))
def test_every_window_is_twelve_whole_calendar_months(on: date, period: str) -> None:
    since, until = window_of(period, on)
    assert len(months_within(since, until, (since, until))) == 12
    assert since.day == 1
    assert rules.month_end(until) == until
    assert period == "rolling12_before" or since <= on <= until


def obligor(**more: object) -> ObligorFacts:
    facts = {
        "id": 1, "name": "张小国", "relation": "子女", "since": date(2020, 1, 1), "until": None, "members": 3,
        "monthly_income_fen": 9_000_00, "supports": 1, "supports_here": 1, "ruled_fen": None, "paid_fen": None,
    }  # fmt: skip
    return ObligorFacts(**{**facts, **more})  # type: ignore[arg-type]  # a test's own mixture


@pytest.mark.parametrize(
    ("letter", "more", "monthly"),
    [
        ("a", {}, 450_00),  # (3,000 − 1,200) × 25 %
        ("a", {"supports": 2}, 225_00),
        ("a", {"supports": 2, "supports_here": 2}, 450_00),
        ("a", {"monthly_income_fen": 3_600_00}, 0),  # exactly twice the standard a head
        ("a", {"monthly_income_fen": 3_600_12}, 1),  # 4 fen above, a quarter of it
        ("a", {"monthly_income_fen": 100_00}, 0),
        ("b", {}, 1_890_00),  # (9,000 − 900 × 3) × 30 %
        ("b", {"monthly_income_fen": 2_700_00}, 0),
        ("c", {}, 1_200_00),  # (3,000 − 600) × 50 %
        ("a", {"ruled_fen": 100_00}, 100_00),  # a ruling prevails over the formula, also below it
        ("a", {"ruled_fen": 100_00, "paid_fen": 150_00}, 150_00),  # actually paid, if higher, prevails
        ("a", {"paid_fen": 449_99}, 450_00),
    ],
)
def test_support_by_the_three_formulas(letter: str, more: dict[str, object], monthly: int) -> None:
    standard = FORMULAS[letter]
    due = support_due(obligor(**more), Terms(dibao_fen=600_00, formula=standard), YEAR)
    assert (due.monthly_fen, due.months, due.fen) == (monthly, 12, monthly * 12)


def test_support_without_a_standard_is_only_what_was_ruled_or_paid() -> None:
    assert support_due(obligor(), Terms(), YEAR).why == "没有低保标准，算不出"
    assert support_due(obligor(ruled_fen=5), Terms(), YEAR).monthly_fen == 5


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        (date(2020, 1, 1), None, 12),
        (date(2026, 6, 30), None, 1),
        (date(2026, 7, 1), None, 0),
        (date(2020, 1, 1), date(2025, 7, 1), 1),
        (date(2020, 1, 1), date(2025, 6, 30), 0),
        (date(2025, 12, 31), date(2026, 1, 1), 2),
    ],
)
def test_an_obligor_owes_for_the_months_in_which_his_figures_hold(since: date, until: date | None, months: int) -> None:
    assert support_due(obligor(since=since, until=until), Terms(dibao_fen=600_00), YEAR).months == months


@given(
    st.integers(0, 10**8), st.integers(1, 12), st.integers(1, 5), st.sampled_from(sorted(FORMULAS)),
    st.integers(1, 200_000),
)  # fmt: skip
def test_support_never_exceeds_what_lies_above_and_is_never_below_nothing(
    income: int, members: int, supports: int, letter: str, dibao: int
) -> None:
    terms = Terms(dibao_fen=dibao, formula=FORMULAS[letter])
    one = obligor(monthly_income_fen=income, members=members, supports=supports)
    monthly = support_due(one, terms, YEAR).monthly_fen
    assert 0 <= monthly <= income
    everywhere = support_due(obligor(monthly_income_fen=income, members=members), terms, YEAR).monthly_fen
    assert monthly * supports <= everywhere < (monthly + 1) * supports  # split evenly, rounded down once


def entry(net_fen: int, **more: object) -> Entry:
    facts = {
        "id": 1, "occurred_on": date(2026, 3, 5), "category": "工资性", "item": "务工工资", "person_id": 7,
        "net_fen": net_fen, "counts": True, "why": "",
    }  # fmt: skip
    return Entry(**{**facts, **more})  # type: ignore[arg-type]  # a test's own mixture


def job(**more: object) -> AdjustmentFacts:
    facts = {"id": 1, "kind": "新就业", "person_id": 7, "since": date(2026, 3, 10), "until": None, "amount_fen": None}
    return AdjustmentFacts(**{**facts, **more})  # type: ignore[arg-type]  # a test's own mixture


def change(adjustment: AdjustmentFacts, entries: list[Entry], terms: Terms) -> int:
    return rules.allowance(adjustment, entries, terms, YEAR).fen


DIBAO = Terms(dibao_fen=600_00, purpose="dibao", exempt_months=2, exempt_cap=Fraction(3))


def test_a_job_just_taken_is_exempt_for_its_months_up_to_the_cap_and_only_for_dibao() -> None:
    wages = [
        entry(1_000_00, occurred_on=date(2026, 3, 9)),  # before the job
        entry(1_000_00, occurred_on=date(2026, 3, 10)),
        entry(2_500_00, occurred_on=date(2026, 4, 30)),  # above 3 × 600
        entry(1_000_00, occurred_on=date(2026, 5, 1)),  # the third month
        entry(1_000_00, occurred_on=date(2026, 4, 1), person_id=8),
        entry(1_000_00, occurred_on=date(2026, 4, 1), category="转移性", item="养老金"),
    ]
    assert change(job(), wages, DIBAO) == -(1_000_00 + 1_800_00)
    assert change(job(), wages, Terms(dibao_fen=600_00)) == 0
    assert change(job(), wages, Terms(purpose="dibao")) == 0
    assert change(job(until=date(2026, 3, 31)), wages, DIBAO) == -1_000_00


def test_living_away_is_taken_off_wages_where_the_place_says_so_and_never_more_than_the_wage() -> None:
    away = job(kind="外出务工生活支出", amount_fen=800_00, since=date(2026, 2, 15))
    wages = [entry(2_000_00), entry(500_00, occurred_on=date(2026, 4, 1)), entry(900_00, occurred_on=date(2026, 1, 1))]
    assert change(away, wages, Terms()) == 0
    assert change(away, wages, Terms(deducts_living=True)) == -(800_00 + 500_00)


@pytest.mark.parametrize(
    ("since", "fen"), [(date(2025, 7, 1), 300_00), (date(2025, 6, 30), 0), (date(2026, 6, 30), 300_00)]
)
def test_unsold_stock_counts_at_value_only_where_the_place_says_so(since: date, fen: int) -> None:
    stock = job(kind="未出售存货", person_id=None, amount_fen=300_00, since=since)
    assert change(stock, [], Terms()) == 0
    assert change(stock, [], Terms(stock_at_value=True)) == fen


def test_support_entered_as_received_is_not_counted_twice() -> None:
    received = [entry(3_000_00, category="转移性", item="赡养费")]
    summed = sum_up(received, [obligor()], [], Terms(dibao_fen=600_00), YEAR)
    assert (summed.support_fen, summed.total_fen) == (5_400_00 - 3_000_00, 5_400_00)
    more = [entry(6_000_00, category="转移性", item="赡养费")]
    assert sum_up(more, [obligor()], [], Terms(dibao_fen=600_00), YEAR).total_fen == 6_000_00


def test_nothing_known_is_unknown_and_a_counted_nothing_is_zero() -> None:
    assert sum_up([], [], [], Terms(), YEAR).total_fen is None
    assert sum_up([entry(12_000_00, counts=False)], [], [], Terms(), YEAR).total_fen == 0


@pytest.mark.parametrize(("total", "under"), [(17_999_99, True), (18_000_00, False), (18_000_01, False), (None, None)])
def test_the_line_is_compared_without_rounding(total: int | None, under: bool | None) -> None:
    assert rules.is_under(total, 3, 6_000_00) is under
    assert rules.is_under(total, 0, 6_000_00) is None
    assert rules.is_under(total, 3, None) is None


ENTRIES = st.builds(
    entry,
    FEN,
    occurred_on=st.dates(*YEAR),
    counts=st.booleans(),
    item=st.sampled_from(["务工工资", "赡养费"]),
    needs_second_hand=st.booleans(),
)
OBLIGORS = st.builds(
    obligor, monthly_income_fen=st.integers(0, 5_000_000), paid_fen=st.none() | st.integers(0, 10**6), needs_second_hand=st.booleans()
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=8), st.lists(OBLIGORS, max_size=3))
def test_one_hand_alone_never_raises_what_counts_for_an_exit(
    entries: list[Entry], obligors: list[ObligorFacts]
) -> None:
    terms = Terms(dibao_fen=600_00)
    exit_fen = sum_up(entries, obligors, [], terms, YEAR).exit_total_fen or 0
    proven = [e for e in entries if not e.needs_second_hand]
    without = sum_up(proven, [o for o in obligors if not o.needs_second_hand], [], terms, YEAR).exit_total_fen or 0
    assert exit_fen <= without
    if len(proven) == len(entries) and not any(o.needs_second_hand for o in obligors):
        assert exit_fen == (sum_up(entries, obligors, [], terms, YEAR).total_fen or 0)
