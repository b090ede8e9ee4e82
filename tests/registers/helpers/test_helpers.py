"""Helpers and pairings: one target, in force on the last day, the cycle of visits."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.errors import Refused
from portal.registers.corrections import Act
from portal.registers.helpers import actions, queries, rules
from tests.factories.divisions import GAOGOU, HONGYAO, VILLAGE, make_county, make_parameter, make_unit
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household, make_id

FIX = Act("user:office", "帮扶调整")
ON = date(2026, 11, 20)


def test_a_pairing_has_exactly_one_target(session: Session) -> None:
    make_county(session)
    helper = make_helper(session)
    household = make_household(session)
    for targets in ({}, {"household_id": household.id, "village_code": VILLAGE}):
        with pytest.raises(Refused, match="只填一个"):
            make_pairing(session, helper, **targets)
    for targets in ({"household_id": household.id}, {"village_code": VILLAGE}, {"project_code": "XM-1"}):
        make_pairing(session, helper, **targets)
    kept = [
        p["household_no"] or p["village_code"] or p["project_code"]
        for p in queries.pairings_of_helper(session, helper.id)
    ]
    assert sorted(kept) == [VILLAGE, "HH-1", "XM-1"]


@pytest.mark.parametrize(
    ("on", "holds"),
    [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_a_pairing_is_in_force_on_its_last_day(session: Session, on: date, holds: bool) -> None:
    make_county(session)
    helper = make_helper(session)
    make_pairing(session, helper, village_code=VILLAGE, ended_on=date(2026, 6, 30))
    assert rules.is_in_force(date(2026, 1, 1), date(2026, 6, 30), on) is holds
    assert bool(queries.list_pairings(session, [GAOGOU], on=on)) is holds


def test_the_visit_cycle_is_agreed_or_the_class_s_or_the_default(session: Session) -> None:
    make_county(session)
    helper = make_helper(session)
    household = make_household(session)
    agreed = queries.get_pairing(session, make_pairing(session, helper, household_id=household.id, visit_days=7).id)
    blank = queries.get_pairing(session, make_pairing(session, helper, village_code=VILLAGE).id)
    assert queries.visit_cycle(session, agreed, VILLAGE, ON, "stable") == 7
    assert queries.visit_cycle(session, blank, VILLAGE, ON, "stable") == 90
    assert queries.visit_cycle(session, blank, VILLAGE, ON) == 30
    make_parameter(session, "visit_days", "20", GAOGOU)
    assert queries.visit_cycle(session, blank, VILLAGE, ON) == 20


def test_a_helper_belongs_to_the_unit_s_place_and_to_the_households_helped(session: Session) -> None:
    make_county(session)
    unit = make_unit(session, "U-HY", "红窑镇人民政府", kind="乡镇", division_code=HONGYAO)
    helper = make_helper(session, unit_id=unit.id)
    make_pairing(session, helper, household_id=make_household(session).id)
    stranger = make_helper(session, "B-2", "赵无关")
    assert [h["no"] for h in queries.list_helpers(session, [HONGYAO])] == ["B-1"]
    assert [(h["no"], h["pairings"]) for h in queries.list_helpers(session, [GAOGOU], words="王")] == [("B-1", 1)]
    assert queries.find_helper(session, stranger.no, [GAOGOU]) is None


def test_a_helper_s_numbers_are_sealed_and_shown_by_an_act(session: Session) -> None:
    make_county(session)
    number = make_id(5)
    helper = make_helper(session, id_number=number, phone="13912345678")
    assert number.encode() not in (helper.id_sealed or b"")
    assert actions.reveal_field(session, helper.id, "phone", Act("user:office", "通知走访")).value == "13912345678"


def test_a_pairing_ends_by_correction_and_keeps_its_history(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        pairing_id = make_pairing(session, make_helper(session), village_code=VILLAGE).id
    with writing(engine) as session:
        actions.end_pairing(session, pairing_id, date(2026, 9, 30), FIX, None)
    with reading(engine) as session:
        newest = queries.pairing_history(session, pairing_id)[0]
        assert [(c.field, c.before, c.after) for c in newest.changes] == [("ended_on", None, date(2026, 9, 30))]


@pytest.mark.parametrize("wrong", [{"ended_on": date(2025, 1, 1)}, {"visit_days": 0}, {"village_code": "320826999999"}])
def test_a_pairing_that_cannot_be_is_refused(session: Session, wrong: dict[str, object]) -> None:
    make_county(session)
    helper = make_helper(session)
    with pytest.raises(Refused):
        make_pairing(session, helper, **{"village_code": VILLAGE, **wrong})


def test_the_same_pairing_twice_is_refused(session: Session) -> None:
    make_county(session)
    helper = make_helper(session)
    make_pairing(session, helper, village_code=VILLAGE)
    with pytest.raises(Refused, match="已经登记过"):
        make_pairing(session, helper, village_code=VILLAGE)


def test_pairings_of_a_place_are_listed_by_target_and_helper(session: Session) -> None:
    make_county(session)
    unit = make_unit(session, "U-GG", "高沟镇人民政府", kind="乡镇", division_code=GAOGOU)
    helper = make_helper(session, unit_id=unit.id)
    make_pairing(session, helper, household_id=make_household(session).id)
    make_pairing(session, helper, village_code=VILLAGE)
    make_pairing(session, helper, project_code="XM-9")
    assert len(queries.list_pairings(session, [GAOGOU])) == 3
    assert len(queries.list_pairings(session, [GAOGOU], target="project", helper="B-1")) == 1
    assert [p["household_no"] for p in queries.list_pairings(session, [GAOGOU], household="HH-1")] == ["HH-1"]
    assert queries.list_pairings(session, [HONGYAO]) == []


def test_a_village_pairing_names_a_village(session: Session) -> None:
    make_county(session)
    with pytest.raises(Refused, match="写到村"):
        make_pairing(session, make_helper(session), village_code=GAOGOU)
