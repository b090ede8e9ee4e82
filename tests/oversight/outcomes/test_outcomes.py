"""What a case found is entered for ever: corrections stand beside, money back never exceeds what was paid, counts only grow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.oversight.cases.models import Case
from portal.oversight.outcomes.actions import add_problem, add_sanction
from portal.oversight.outcomes.counts.queries import chains
from portal.oversight.outcomes.counts.rules import NOTHING, Chain, public_count
from portal.oversight.outcomes.models import Admin, Form, Measure, Standing
from portal.oversight.outcomes.queries import has_outcome, problems_of, sanctions_of
from portal.oversight.outcomes.recoveries.actions import NewRecovery, add_recovery
from portal.oversight.outcomes.recoveries.queries import money_back_in, recoveries_of
from portal.oversight.outcomes.rules import NewProblem, NewSanction
from portal.registers.funds.payments.models import Payment
from tests.factories.cases import AT, DAY, TEAM, act, approve, make_case, make_office
from tests.factories.divisions import COUNTY, GAOGOU, VILLAGE
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.recipients import make_household

PAID = 1_200_00


def fill(session: Session) -> None:
    """A village with six households that were paid."""
    make_office(session)
    programme = make_programme(session, fund_class="社会救助", payout_way="一卡通")
    line = make_line(session, programme, 100_000_00, division_code=VILLAGE)
    homes = [make_household(session, f"HH-{n}", VILLAGE) for n in range(1, 7)]
    pay(session, line, [(home.id, PAID) for home in homes])


pytestmark = pytest.mark.begins_with(fill=fill)


@pytest.fixture
def case(session: Session) -> Case:
    """A case that may be looked into."""
    return approve(session, make_case(session))


def problem(**more: Any) -> NewProblem:
    said: dict[str, Any] = {"kind": "虚报冒领", "division_code": GAOGOU, "found_on": DAY, "text": "多报三户。"}
    return NewProblem(**{**said, **more})


def sanction(**more: Any) -> NewSanction:
    said: dict[str, Any] = {
        "person": "周永福", "division_code": GAOGOU, "standing": Standing.VILLAGE, "is_member": False,
        "organ": "涟水县监委", "document_no": "涟监〔2026〕3号", "imposed_on": DAY, "admin": Admin.DEMERIT,
    }  # fmt: skip
    return NewSanction(**{**said, **more})


def back(session: Session, n: int = 1, fen: int = PAID) -> NewRecovery:
    batch = session.scalars(select(Payment.batch_no).where(Payment.seq == n)).one()
    return NewRecovery(f"{batch}-{n}", fen, DAY, "县财政专户", "JK-1")


def test_nothing_is_entered_before_somebody_was_allowed_to_look(session: Session) -> None:
    case = make_case(session)
    with pytest.raises(Refused, match="还不能登记结果"):
        add_problem(session, case.no, problem(), act(TEAM), AT)
    with pytest.raises(Refused):
        add_sanction(session, case.no, sanction(), act(TEAM), AT)
    with pytest.raises(Refused):
        add_recovery(session, case.no, back(session), act(TEAM), AT)
    assert not has_outcome(session, case.id)


def test_form_periods_and_end_follow_from_what_was_decided(session: Session, case: Case) -> None:
    add_sanction(session, case.no, sanction(), act(TEAM), AT)
    [row] = sanctions_of(session, case.id)
    assert (row.form, row.what, row.ends_on) == (Form.SECOND, ["记过"], date(2027, 11, 20))
    with pytest.raises(Refused, match="不能给予撤职"):
        add_sanction(session, case.no, sanction(admin=Admin.REMOVAL), act(TEAM), AT)


def test_a_correction_is_one_more_entry(session: Session, case: Case) -> None:
    add_problem(session, case.no, problem(), act(TEAM), AT)
    add_problem(session, case.no, problem(text="多报两户。"), act(TEAM), AT, corrects=1)
    rows = problems_of(session, case.id)
    assert [(row.n, row.text, row.is_corrected, row.corrects) for row in rows] == [
        (1, "多报三户。", True, None), (2, "多报两户。", False, 1),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="已经更正过"):
        add_problem(session, case.no, problem(), act(TEAM), AT, corrects=1)
    with pytest.raises(NotFound):
        add_problem(session, case.no, problem(), act(TEAM), AT, corrects=3)
    assert chains(session)[0].problems == 1


def test_money_back_never_exceeds_what_was_paid(session: Session, case: Case) -> None:
    add_recovery(session, case.no, back(session, fen=1_000_00), act(TEAM), AT)
    with pytest.raises(Refused, match="追缴的比发放的多"):
        add_recovery(session, case.no, back(session, fen=200_01), act(TEAM), AT)
    add_recovery(session, case.no, back(session, fen=200_00), act(TEAM), AT)
    with pytest.raises(BadInput):
        add_recovery(session, case.no, back(session, fen=0), act(TEAM), AT)
    with pytest.raises(NotFound):
        add_recovery(session, case.no, NewRecovery("PC-9-9", 1, DAY, "县财政专户", "JK-1"), act(TEAM), AT)
    add_recovery(session, case.no, back(session, fen=150_00), act(TEAM), AT, corrects=2)
    assert [(row.amount_fen, row.is_corrected) for row in recoveries_of(session, case.id)] == [
        (1_000_00, False), (200_00, True), (150_00, False),
    ]  # fmt: skip
    assert money_back_in(session, COUNTY, 5).fen == 1_150_00


def test_money_of_a_few_households_shows_with_the_township(session: Session, case: Case) -> None:
    assert money_back_in(session, VILLAGE, 5).fen == 0
    for n in range(1, 5):
        add_recovery(session, case.no, back(session, n), act(TEAM), AT)
    few = money_back_in(session, VILLAGE, 5)
    assert (few.fen, few.payments, few.is_merged) == (0, 0, True)
    assert money_back_in(session, GAOGOU, 5).fen == 4 * PAID
    add_recovery(session, case.no, back(session, 5), act(TEAM), AT)
    enough = money_back_in(session, VILLAGE, 5)
    assert (enough.fen, enough.payments, enough.is_merged) == (5 * PAID, 5, False)


def test_names_and_findings_lie_sealed(session: Session, case: Case) -> None:
    add_problem(session, case.no, problem(text="给亲戚多报"), act(TEAM), AT)
    add_sanction(session, case.no, sanction(), act(TEAM), AT)
    for table in ("problems", "sanctions"):
        rows = session.execute(text(f"SELECT * FROM {table}")).all()
        said = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for row in rows for value in row)
        assert "周永福" not in said
        assert "多报" not in said


def test_the_count_holds_persons_once_and_measures_apart(session: Session, case: Case) -> None:
    add_problem(session, case.no, problem(), act(TEAM), AT)
    add_sanction(session, case.no, sanction(), act(TEAM), AT)
    add_sanction(session, case.no, sanction(admin=None, measure=Measure.CRITICISM), act(TEAM), AT)
    add_sanction(session, case.no, sanction(person="吴大同", admin=None, measure=Measure.REMINDER), act(TEAM), AT)
    add_recovery(session, case.no, back(session), act(TEAM), AT)
    assert chains(session) == [Chain(2026, 1, 1, 2, 1, PAID)]


def year(n: int, cases: int) -> Chain:
    return Chain(n, cases, cases, cases, cases, cases * 100)


def test_small_numbers_are_not_said() -> None:
    assert public_count([], 5).total == NOTHING
    assert public_count([year(2026, 4)], 5).is_small
    assert public_count([year(2026, 5)], 5).years == [year(2026, 5)]


@given(st.lists(st.integers(1, 12), max_size=8))
def test_no_year_is_found_by_subtraction_and_nothing_is_lost(cases: list[int]) -> None:
    made = public_count([year(2026 - n, count) for n, count in enumerate(cases)], 5)
    if made.total is None:
        assert 0 < sum(cases) < 5
        return
    assert made.total.problems == sum(cases)
    assert sum(chain.problems for chain in made.years) == sum(cases)
    assert all(chain.cases >= 5 for chain in made.years)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=20))
def test_the_total_never_becomes_smaller(entries: list[tuple[int, int]]) -> None:
    before, counts = 0, [0, 0, 0, 0]
    for which, more in entries:
        counts[which] += more
        made = public_count([year(2026 - n, count) for n, count in enumerate(counts) if count], 5)
        now = made.total.problems if made.total else before
        assert now >= before
        before = now
