"""Pairings taken together: the limit of households per helper, and handing over when somebody leaves."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, Refused
from portal.registers.corrections import Act
from portal.registers.helpers import actions, queries
from portal.registers.helpers.models import Helper
from portal.registers.helpers.pairings.actions import hand_over, look_ahead
from portal.registers.helpers.pairings.queries import limits_at, list_open
from portal.registers.helpers.pairings.rules import Span, most_at_once
from portal.trail import queries as trail
from tests.factories.divisions import COUNTY, GAOGOU, OTHER_VILLAGE, VILLAGE, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

LEAVES = Act("user:office", "王帮扶退休")
TODAY = today_cn()
YESTERDAY = TODAY - timedelta(days=1)


def households(session: Session, helper_no: str, on: date = TODAY) -> list[str]:
    """The numbers of the households that a helper has on a day."""
    found = queries.list_pairings(session, ["320000000000"], on=on, helper=helper_no)
    return sorted(row["household_no"] for row in found if row["household_no"])


@pytest.fixture
def leaving(engine: Engine) -> dict[str, int]:
    """B-1 has two households and a village; B-2 has one of the households already, B-3 nothing."""
    with writing(engine) as session:
        make_county(session)
        old, new, third = (
            make_helper(session, f"B-{n}", name) for n, name in ((1, "王帮扶"), (2, "李接手"), (3, "赵接手"))
        )
        first, second = make_household(session, "HH-1"), make_household(session, "HH-2", OTHER_VILLAGE, head="王小明")
        make_pairing(session, old, household_id=first.id, visit_days=15)
        make_pairing(session, old, household_id=second.id)
        make_pairing(session, old, village_code=VILLAGE)
        make_pairing(session, old, household_id=first.id, started_on=date(2020, 1, 1), ended_on=date(2020, 12, 31))
        make_pairing(session, new, household_id=second.id)
        return {"old": old.id, "new": new.id, "third": third.id}


def all_to(session: Session, giver: int, receiver: int) -> dict[int, int]:
    return {p.id: receiver for p in list_open(session, giver, TODAY)}


def test_a_hand_over_moves_every_pairing_at_once_and_leaves_nobody_without(
    engine: Engine, leaving: dict[str, int]
) -> None:
    with writing(engine) as session:
        moved = hand_over(session, leaving["old"], all_to(session, leaving["old"], leaving["new"]), TODAY, LEAVES)
        assert len(moved) == 3
    with reading(engine) as session:
        assert households(session, "B-1") == []
        assert households(session, "B-1", YESTERDAY) == ["HH-1", "HH-2"]
        assert households(session, "B-2") == ["HH-1", "HH-2"]
        kept = {p.target: p for p in list_open(session, leaving["new"], TODAY)}
        assert kept[f"village:{VILLAGE}"].started_on == TODAY
        assert {p.household_no: p.visit_days for p in kept.values() if p.household_no} == {"HH-1": 15, "HH-2": None}
        assert len([p for p in kept.values() if p.household_no == "HH-2"]) == 1  # had already: not twice
        past = [p for p in queries.pairings_of_helper(session, leaving["old"]) if p["ended_on"] == date(2020, 12, 31)]
        assert len(past) == 1  # what was over is left alone


def test_a_hand_over_is_one_event_with_before_and_after(engine: Engine, leaving: dict[str, int]) -> None:
    with writing(engine) as session:
        shares = {
            p.id: leaving["new" if p.household_no else "third"] for p in list_open(session, leaving["old"], TODAY)
        }
        hand_over(session, leaving["old"], shares, TODAY, LEAVES)
    with reading(engine) as session:
        for kind, no in (("helper", "B-1"), ("helper", "B-3"), ("household", "HH-1"), ("division", VILLAGE)):
            found = [e for e in trail.list_history(session, kind, no) if e.kind == "pairing.handed_over"]
            assert len(found) == 1, (kind, no)
        assert found[0].why == "王帮扶退休"
        assert found[0].before is not None
        assert len(found[0].before["pairings"]) == 3
        assert {p["helper"] for p in found[0].after["pairings"]} == {"B-2", "B-3"}


def test_a_hand_over_is_undone_by_handing_back_on_the_same_day(engine: Engine, leaving: dict[str, int]) -> None:
    with writing(engine) as session:
        shares = {p.id: leaving["third"] for p in list_open(session, leaving["old"], TODAY)}
        hand_over(session, leaving["old"], shares, TODAY, LEAVES)
        assert households(session, "B-3") == ["HH-1", "HH-2"]
    for _round in range(2):
        for giver, receiver in (("third", "old"), ("old", "third")):
            with writing(engine) as session:
                shares = all_to(session, leaving[giver], leaving[receiver])
                hand_over(session, leaving[giver], shares, TODAY, Act("user:office", "交错了，退回"))
                assert list_open(session, leaving[giver], TODAY) == []
    with reading(engine) as session:
        assert households(session, "B-1") == []
        assert households(session, "B-3") == ["HH-1", "HH-2"]
        assert households(session, "B-1", YESTERDAY) == ["HH-1", "HH-2"]


def test_a_hand_over_that_would_leave_one_without_is_refused(session: Session, engine: Engine) -> None:
    make_county(session)
    helper, other = make_helper(session), make_helper(session, "B-2", "李接手")
    make_pairing(session, helper, household_id=make_household(session).id)
    make_pairing(session, helper, village_code=VILLAGE)
    every = all_to(session, helper.id, other.id)
    one_less = dict(list(every.items())[:1])
    with pytest.raises(Refused, match="还有 1 条"):
        hand_over(session, helper.id, one_less, TODAY, LEAVES)
    with pytest.raises(Refused, match="不能交给本人"):
        hand_over(session, helper.id, dict.fromkeys(every, helper.id), TODAY, LEAVES)
    with pytest.raises(Refused, match="离今天太远"):
        hand_over(session, helper.id, every, TODAY - timedelta(days=400), LEAVES)
    with pytest.raises(Refused, match="已经不在"):
        hand_over(session, helper.id, {**every, 999_999: other.id}, TODAY, LEAVES)
    with pytest.raises(BadInput, match="没有写原因"):
        hand_over(session, helper.id, every, TODAY, Act("user:office", ""))
    with pytest.raises(Refused, match="没有要交接"):
        hand_over(session, other.id, {}, TODAY, LEAVES)
    assert len(list_open(session, helper.id, TODAY)) == 2


def test_what_lies_elsewhere_may_stay_with_the_helper(session: Session) -> None:
    make_county(session)
    helper, other = make_helper(session), make_helper(session, "B-2", "李接手")
    make_pairing(session, helper, household_id=make_household(session).id)
    far = make_pairing(session, helper, household_id=make_household(session, "HH-2", OTHER_VILLAGE).id)
    near = {p.id: other.id for p in list_open(session, helper.id, TODAY) if p.id != far.id}
    hand_over(session, helper.id, near, TODAY, LEAVES, elsewhere=[far.id])
    assert households(session, "B-1") == ["HH-2"]
    assert households(session, "B-2") == ["HH-1"]


def crowd(session: Session, helper: Helper, count: int) -> None:
    for n in range(count):
        make_pairing(session, helper, household_id=make_household(session, f"HH-{helper.no}-{n}").id)


def test_the_limit_of_the_place_is_told_and_needs_a_reason(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        make_parameter(session, "helper_max_households", "9", COUNTY)
        make_parameter(session, "helper_max_households", "2", GAOGOU)
        helper = make_helper(session)
        crowd(session, helper, 2)
        third, elsewhere = make_household(session, "HH-3"), make_household(session, "HH-4", OTHER_VILLAGE)
        with pytest.raises(Refused) as told:
            make_pairing(session, helper, household_id=third.id)
        assert told.value.code == "over_limit"
        assert told.value.why == "王帮扶 将有 3 户，当地上限 2 户"
        make_pairing(session, helper, household_id=elsewhere.id)  # the other township only knows the county's limit
        make_pairing(session, helper, village_code=VILLAGE)  # a village is no household
    with writing(engine) as session:
        values: dict[str, Any] = {"household_id": third.id, "started_on": date(2026, 1, 1)}
        number = actions.pair(session, helper.id, values, LEAVES, beyond_why="同一户族，本人申请").id
    with reading(engine) as session:
        version = queries.pairing_history(session, number)[0]
        assert version.source is not None
        assert version.source.why == "王帮扶退休；超过户数上限的理由：同一户族，本人申请"


def test_without_a_parameter_there_is_no_limit_and_who_is_over_may_be_corrected(session: Session) -> None:
    make_county(session)
    helper = make_helper(session)
    crowd(session, helper, 3)
    assert limits_at(session, [VILLAGE], TODAY) == {VILLAGE: None}
    make_parameter(session, "helper_max_households", "1", GAOGOU)
    first = queries.pairings_of_helper(session, helper.id)[0]
    actions.correct_pairing(session, first["id"], {"visit_days": 20}, LEAVES, None)
    actions.end_pairing(session, first["id"], TODAY, LEAVES, None)
    with pytest.raises(Refused, match="超过了当地规定"):
        actions.correct_pairing(session, first["id"], {"ended_on": None}, LEAVES, None)
    actions.correct_pairing(session, first["id"], {"ended_on": None}, LEAVES, None, beyond_why="没有别人可派")


def test_a_hand_over_beyond_the_limit_needs_its_own_reason(session: Session) -> None:
    make_county(session)
    make_parameter(session, "helper_max_households", "3", GAOGOU)
    old, new = make_helper(session), make_helper(session, "B-2", "李接手")
    crowd(session, old, 2)
    crowd(session, new, 2)
    shares = all_to(session, old.id, new.id)
    (load,) = look_ahead(session, old.id, shares, TODAY)
    assert (load.before, load.after, load.limit, load.is_over) == (2, 4, 3, True)
    with pytest.raises(Refused, match="超过了当地规定"):
        hand_over(session, old.id, shares, TODAY, LEAVES)
    hand_over(session, old.id, shares, TODAY, LEAVES, beyond_why="只剩一名干部")
    assert len(households(session, "B-2")) == 4


def test_households_at_once_are_counted_not_households_ever() -> None:
    year = [Span(date(2026, month, 1), date(2026, month, 28)) for month in range(1, 13)]
    assert most_at_once(year, Span(date(2026, 1, 1))) == 1
    assert most_at_once([*year, Span(date(2026, 3, 28), date(2026, 4, 1))], Span(date(2026, 1, 1))) == 2
    assert most_at_once(year, Span(date(2027, 1, 1))) == 0
