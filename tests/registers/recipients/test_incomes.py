"""Incomes: what counts, what never does, net of cost, and corrections that keep the entry."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.kernel.keyset import Start
from portal.registers.corrections import Act
from portal.registers.recipients.incomes import actions, queries, rules
from tests.factories.divisions import COUNTY, VILLAGE, make_county, make_parameter
from tests.factories.recipients import TODAY, make_household, make_id, make_income, make_person

FIX = Act("user:clerk", "照存折更正")


def test_the_table_has_every_item_of_the_dictionary() -> None:
    counting = [i.name for i in rules.ITEMS.values() if i.counts]
    never = [i.name for i in rules.ITEMS.values() if not i.counts]
    assert (len(counting), len(never)) == (25, 8)
    assert set(never) >= {"医疗报销", "医疗救助", "临时救助", "慰问金", "一次性拆迁安置补偿"}
    assert all(i.basis for i in rules.ITEMS.values())


def test_medical_reimbursement_never_counts_and_cannot_be_made_to(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    with pytest.raises(Refused, match="不能计入收入"):
        make_income(session, household, category="转移性", item="医疗报销", counts=True)
    make_income(session, household, 12_000_00, category="转移性", item="医疗报销")
    make_income(session, household, 8_000_00)
    lines = queries.list_incomes(session, household.id)
    assert queries.counted_fen(lines) == 8_000_00
    assert [line.counted.counts for line in lines if line.values["item"] == "医疗报销"] == [False]


def test_business_income_is_net_of_its_cost(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    make_income(session, household, 5_000_00, category="经营性", item="养殖", cost_fen=3_200_50)
    assert queries.counted_fen(queries.list_incomes(session, household.id)) == 1_799_50


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "转移性"},
        {"cost_fen": 100},
        {"category": "其他性"},
        {"occurred_on": date(2026, 12, 1)},
    ],
)
def test_an_entry_that_cannot_be_is_refused(session: Session, wrong: dict[str, object]) -> None:
    make_county(session)
    with pytest.raises(Refused):
        make_income(session, make_household(session), **wrong)  # type: ignore[arg-type]  # deliberately wrong


def test_what_the_entry_says_comes_before_the_place_and_the_place_before_the_table() -> None:
    local = {"抚恤金": (False, "县民政文件")}
    assert rules.countability("抚恤金").counts
    assert rules.countability("抚恤金", None, local) == rules.Countability(False, "县民政文件")
    assert rules.countability("抚恤金", True, local).counts
    assert rules.countability("采药").counts


def test_a_place_rules_on_an_item_by_dated_parameter(session: Session) -> None:
    make_county(session)
    make_parameter(session, "income_item.抚恤金", "否", purpose="dibao")
    found = queries.local_rules(session, ["抚恤金", "养老金"], VILLAGE, TODAY, "dibao")
    assert found == {"抚恤金": (False, "县文件")}
    assert queries.local_rules(session, ["抚恤金"], VILLAGE, TODAY) == {}


def test_brackets_of_either_width_name_the_same_item(session: Session) -> None:
    make_county(session)
    row = make_income(session, make_household(session), category="财产性", item="征地补偿（按年）")
    assert row.item == "征地补偿(按年)"


def test_a_corrected_entry_keeps_its_content_key(session: Session) -> None:
    make_county(session)
    row = make_income(session, make_household(session))
    key = row.content_key
    actions.correct_income(session, row.id, {"amount_fen": 99_00}, FIX, None, today=TODAY)
    assert (row.amount_fen, row.content_key) == (99_00, key)


def test_an_entry_names_a_member_of_this_household(session: Session) -> None:
    make_county(session)
    here, there = make_household(session, "HH-1"), make_household(session, "HH-2", id_number=make_id(3))
    stranger = make_person(session, there)
    with pytest.raises(Refused, match="不在这一户"):
        make_income(session, here, person_id=stranger.id)


def test_the_register_lists_newest_first_and_pages_by_key(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    for month in (1, 3, 2):
        make_income(session, household, month * 100, occurred_on=date(2026, month, 5))
    first = queries.list_register(session, [COUNTY], limit=2)
    rest = queries.list_register(
        session, [COUNTY], after=Start((first[-1]["occurred_on"].isoformat(), first[-1]["id"]))
    )
    assert [r["amount_fen"] for r in (*first, *rest)] == [300, 200, 100]
    actions.withdraw_income(session, rest[0]["id"], FIX, None)
    assert len(queries.list_register(session, [COUNTY], household="HH-1", category="工资性")) == 2
