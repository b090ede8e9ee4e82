"""Households: admitted by decision, listed by village, corrected with a reason, never overwritten."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.kernel.keyset import Start
from portal.registers.corrections import Act
from portal.registers.recipients import actions, queries, rules
from portal.registers.recipients.models import Cause, HouseholdStatus
from portal.registers.recipients.queries import HouseholdFilter
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county
from tests.factories.recipients import make_household, make_id, make_person

FIX = Act("user:clerk", "入户核实后更正")


def nos(session: Session, scope: str = COUNTY, **wanted: str) -> list[str]:
    return [r["no"] for r in queries.list_households(session, [scope], HouseholdFilter(**wanted))]


def test_a_household_is_listed_from_the_day_of_the_decision(session: Session) -> None:
    make_county(session)
    make_household(session, members=[{"name": "李秀英", "relation": "配偶"}])
    row = queries.get_household(session, "HH-1")
    assert (row.values["status"], row.values["entered_on"]) == ("在册", date(2024, 3, 1))
    assert [p.values["name"] for p in queries.list_persons(session, row.id)] == ["张建国", "李秀英"]
    assert queries.count_members(session, row.id) == (2, 2)


def test_the_list_is_narrowed_by_place_kind_and_name(session: Session) -> None:
    make_county(session)
    make_household(session, "HH-1", head="张建国")
    make_household(session, "HH-2", head="张建军", category="低保边缘户", main_cause="因残")
    make_household(session, "HH-3", OTHER_VILLAGE, head="王小明")
    assert nos(session) == ["HH-1", "HH-2", "HH-3"]
    assert nos(session, GAOGOU) == ["HH-1", "HH-2"]
    assert nos(session, division=HONGYAO) == ["HH-3"]
    assert nos(session, category="低保边缘户") == ["HH-2"]
    assert nos(session, cause="因病", words="张建") == ["HH-1"]
    assert nos(session, words="HH-3") == ["HH-3"]
    assert nos(session, words="%") == []


def test_the_list_pages_by_key(session: Session) -> None:
    make_county(session)
    for number in range(1, 6):
        make_household(session, f"HH-{number}", OTHER_VILLAGE if number == 5 else VILLAGE)
    first = queries.list_households(session, [COUNTY], HouseholdFilter(), limit=3)
    last = first[-1]
    rest = queries.list_households(session, [COUNTY], HouseholdFilter(), Start((last["division_code"], last["no"])))
    assert [r["no"] for r in (*first, *rest)] == [f"HH-{n}" for n in range(1, 6)]


def test_an_id_number_finds_the_household_inside_the_scope_only(session: Session) -> None:
    make_county(session)
    number = make_id(7)
    make_household(session, id_number=number)
    keyring = actions.keyring_of(session)
    assert queries.households_of_id(session, keyring, number.lower(), [GAOGOU]) == ["HH-1"]
    assert queries.households_of_id(session, keyring, number, [HONGYAO]) == []


def test_a_correction_keeps_the_old_values_and_says_who_and_why(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
    with writing(engine) as session:
        household_id = make_household(session).id
    with writing(engine) as session:
        row = queries.get_household(session, "HH-1")
        actions.correct_household(session, household_id, {"address": "扎新村三组"}, FIX, row.version)
    with reading(engine) as session:
        newest, oldest = queries.household_history(session, household_id)
        assert oldest.is_first
        assert oldest.source is not None
        assert oldest.source.act == "household.admitted"
        assert [(c.field, c.before, c.after) for c in newest.changes] == [("address", None, "扎新村三组")]
        assert newest.source is not None
        assert (newest.source.actor, newest.source.why) == ("user:clerk", "入户核实后更正")


def test_the_second_editor_is_told_what_changed(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        household_id = make_household(session).id
        seen = queries.get_household(session, "HH-1")
    with writing(engine) as session:
        actions.correct_household(session, household_id, {"address": "一组"}, FIX, seen.version)
    with writing(engine) as session, pytest.raises(Conflict) as conflict:
        actions.correct_household(session, household_id, {"address": "二组"}, FIX, seen.version)
    assert conflict.value.code == "stale"
    with reading(engine) as session:
        assert queries.get_household(session, "HH-1").values["address"] == "一组"


def test_a_correction_without_a_change_or_a_reason_writes_nothing(session: Session) -> None:
    make_county(session)
    household_id = make_household(session).id
    with pytest.raises(Refused, match="没有任何改动"):
        actions.correct_household(session, household_id, {"address": None}, FIX, None)
    with pytest.raises(BadInput, match="没有写原因"):
        actions.correct_household(session, household_id, {"address": "三组 12 号"}, Act("user:clerk", ""), None)


def test_status_changes_by_decision_only(session: Session) -> None:
    make_county(session)
    household_id = make_household(session).id
    with pytest.raises(TypeError):
        actions.correct_household(session, household_id, {"status": "已退出"}, FIX, None)
    with pytest.raises(TypeError):  # the category too takes a decision
        actions.correct_household(session, household_id, {"category": "低保边缘户"}, FIX, None)
    decided = date(2025, 12, 1)
    with pytest.raises(Refused, match="要有决定"):
        actions.decide_status(
            session, household_id, "已脱贫", FIX, None, decided_on=decided, document=" ", prepared_by="user:v"
        )
    case = {"decided_on": decided, "document": "涟扶〔2025〕9号"}
    with pytest.raises(Refused, match="要两个人"):
        actions.decide_status(session, household_id, "已脱贫", FIX, None, **case, prepared_by=FIX.actor)
    actions.decide_status(session, household_id, "已脱贫", FIX, None, **case, prepared_by="user:village")
    values = queries.get_household(session, "HH-1").values
    assert (values["status"], values["exited_on"]) == ("已脱贫", decided)
    actions.decide_status(
        session, household_id, "在册", FIX, None, decided_on=date(2026, 5, 1), document="返贫认定", prepared_by="user:v"
    )
    assert queries.get_household(session, "HH-1").values["exited_on"] is None


@pytest.mark.parametrize("status", list(HouseholdStatus))
def test_every_status_leads_somewhere_and_never_to_itself(status: HouseholdStatus) -> None:
    assert status not in rules.allowed_statuses(status)
    assert rules.allowed_statuses(status)


def test_from_cancelled_only_back_to_the_list() -> None:
    with pytest.raises(Refused, match="不能从"):
        rules.status_refusal("已注销", "已脱贫", date(2026, 1, 1), "文号")


@pytest.mark.parametrize(
    ("main", "others", "why"),
    [
        ("因病", "因残、因学、因灾", "最多两项"),
        ("因病", "因病", "重复"),
        (None, "因病", "没有主要原因"),
        ("因懒", None, "没有“因懒”"),
    ],
)
def test_causes_are_one_main_and_at_most_two_others(main: str | None, others: str | None, why: str) -> None:
    with pytest.raises(Refused, match=why):
        rules.causes_problem(main, others)


def test_other_causes_are_kept_in_one_form(session: Session) -> None:
    make_county(session)
    make_household(session, main_cause="因病", other_causes="因残，因学")
    assert queries.get_household(session, "HH-1").values["other_causes"] == "因残、因学"
    assert len(Cause) == 12


def test_a_sudden_case_may_lie_above_the_line() -> None:
    assert rules.is_income_capped("低保户")
    assert not rules.is_income_capped("突发严重困难户")


@pytest.mark.parametrize(
    "values",
    [
        {"village": "320826999201"},
        {"category": "贫困户"},
        {"entered_on": date(2026, 1, 1), "lat_e7": 1},
        {"no": " "},
    ],
)
def test_a_household_that_cannot_be_is_refused(session: Session, values: dict[str, object]) -> None:
    make_county(session)
    with pytest.raises(Refused):
        make_household(session, **values)  # type: ignore[arg-type]  # deliberately wrong


def test_a_number_is_given_once(session: Session) -> None:
    make_county(session)
    make_household(session)
    with pytest.raises(Refused, match="已经登记过"):
        make_household(session)


def test_an_unknown_household_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.get_household(session, "HH-0")


def test_counts_per_village(session: Session) -> None:
    make_county(session)
    for number in range(3):
        make_household(session, f"HH-{number}")
    counts = queries.count_households(session, [COUNTY])
    assert [(c.division_code, c.category, c.status, c.households) for c in counts] == [(VILLAGE, "低保户", "在册", 3)]


def test_a_weak_village_is_recognised_once_a_year(session: Session) -> None:
    make_county(session)
    values = {"village_code": VILLAGE, "recognised_year": 2024, "level": "省定", "line_fen": 18_000_000}
    row = actions.recognise_weak_village(session, values, FIX)
    with pytest.raises(Refused, match="已经登记过"):
        actions.recognise_weak_village(session, values, FIX)
    actions.correct_weak_village(session, row.id, {"status": "已达标"}, FIX, None)
    assert queries.list_weak_villages(session, [GAOGOU], year=2024)[0]["status"] == "已达标"


def test_a_second_head_is_refused(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    with pytest.raises(Refused, match="一个户主"):
        make_person(session, household, relation="户主")


def test_a_township_is_no_place_for_a_household_or_a_weak_village(session: Session) -> None:
    make_county(session)
    with pytest.raises(Refused, match="写到村"):
        make_household(session, village=GAOGOU)
    household = make_household(session)
    with pytest.raises(Refused, match="写到村"):
        actions.correct_household(session, household.id, {"division_code": COUNTY}, FIX, None)
    with pytest.raises(Refused, match="写到村"):
        actions.recognise_weak_village(session, {"village_code": GAOGOU, "recognised_year": 2024}, FIX)
