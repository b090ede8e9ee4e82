"""Persons: sealed numbers, the same person after a corrected ID, and showing one field as an act."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import RevealDay
from portal.kernel.cell_errors import CellError
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, Refused
from portal.registers.corrections import Act
from portal.registers.divisions.rules import NATION
from portal.registers.recipients import actions, queries
from portal.registers.reveals import OVER_QUOTA, SHOWN
from portal.trail.models import TrailEvent, TrailOpening, TrailSubject
from tests.factories.divisions import COUNTY, make_county, make_parameter
from tests.factories.recipients import make_household, make_id, make_person

FIX = Act("user:clerk", "照身份证更正")
NUMBER = make_id(21)
ACCOUNT = "6228480402564890018"
PHONE = "13812345678"


def test_numbers_are_sealed_and_what_rules_need_stands_beside(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    person = make_person(session, household, id_number=NUMBER, account="6228 4804 0256 4890 018", phone=PHONE)
    assert person.id_sealed is not None
    assert NUMBER.encode() not in person.id_sealed
    assert (str(person.id_born_on), person.id_prefix, person.id_check) == ("1965-03-12", "320826", "ok")
    ring = actions.keyring_of(session)
    assert ring.open_(person.account_sealed or b"", "persons.account_sealed") == ACCOUNT


def test_a_corrected_id_number_keeps_the_person(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        person_id = make_person(session, make_household(session), id_number=NUMBER).id
    right = make_id(22)
    with writing(engine) as session:
        actions.correct_person(session, person_id, {"id_number": right}, FIX, None)
    with reading(engine) as session:
        ring = actions.keyring_of(session)
        assert [p.id for p in queries.persons_of_id(session, ring, right)] == [person_id]
        assert queries.persons_of_id(session, ring, NUMBER) == []
        newest = queries.person_history(session, person_id)[0]
        assert [(c.field, c.before, c.after) for c in newest.changes] == [("id_index", "●●●●", "●●●●")]
        assert queries.households_of_id(session, ring, right, [COUNTY]) == ["HH-1"]


def test_no_number_stands_in_the_trail_or_in_a_refusal(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        household = make_household(session)
        make_person(session, household, id_number=NUMBER, phone=PHONE)
        with pytest.raises(Refused) as refusal:
            make_person(session, household, "李四", id_number=NUMBER)
    assert NUMBER not in str(refusal.value)
    with reading(engine) as session:
        ring = actions.keyring_of(session)
        leaves = b"".join(session.scalars(select(TrailEvent.leaf)))
        rows = session.execute(select(TrailOpening.event_id, TrailOpening.field, TrailOpening.sealed))
        opened = "".join(ring.open_(sealed, f"trail/{event}/{field}") for event, field, sealed in rows if sealed)
    assert NUMBER.encode() not in leaves
    assert NUMBER not in opened
    assert PHONE not in opened
    assert "李秀英" in opened


def test_the_same_number_again_changes_nothing(session: Session) -> None:
    make_county(session)
    person = make_person(session, make_household(session), id_number=NUMBER)
    with pytest.raises(Refused, match="没有任何改动"):
        actions.correct_person(session, person.id, {"id_number": NUMBER}, FIX, None)


def test_an_emptied_number_takes_its_columns_along(session: Session) -> None:
    make_county(session)
    person = make_person(session, make_household(session), id_number=NUMBER, phone=PHONE)
    actions.correct_person(session, person.id, {"id_number": "", "phone": ""}, FIX, None)
    assert (person.id_sealed, person.id_index, person.id_born_on, person.phone_sealed) == (None, None, None, None)


def test_a_wrong_check_digit_is_kept_for_q01_and_another_shape_refused(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    wrong = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")
    assert make_person(session, household, id_number=wrong).id_check == "bad_check"
    with pytest.raises(CellError):
        make_person(session, household, "李四", id_number="3.20826E+17")


def test_two_without_a_number_must_differ_in_name(session: Session) -> None:
    make_county(session)
    household = make_household(session)
    make_person(session, household, "李秀英")
    with pytest.raises(Refused, match="同名"):
        make_person(session, household, "李秀英")


def test_a_withdrawn_person_is_gone_from_the_household_and_kept_in_the_history(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        household = make_household(session)
        person_id = make_person(session, household).id
    with writing(engine) as session:
        actions.withdraw_person(session, person_id, Act("user:clerk", "误登"), None)
    with reading(engine) as session:
        row = queries.get_household(session, "HH-1")
        assert [p.values["name"] for p in queries.list_persons(session, row.id)] == ["张建国"]
        newest = queries.person_history(session, person_id)[0]
        assert newest.is_withdrawal
        assert newest.source is not None
        assert newest.source.why == "误登"


def test_an_unknown_health_is_refused(session: Session) -> None:
    make_county(session)
    with pytest.raises(Refused, match="健康状况没有"):
        make_person(session, make_household(session), health="有病")


def test_showing_a_field_needs_a_reason_and_leaves_a_sealed_event(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        person_id = make_person(session, make_household(session), id_number=NUMBER).id
    with writing(engine) as session:
        with pytest.raises(BadInput, match="没有写原因"):
            actions.reveal_field(session, person_id, "id_number", Act("user:clerk", ""))
        shown = actions.reveal_field(session, person_id, "id_number", Act("user:clerk", "核对银行退票"))
        with pytest.raises(Refused, match="没有登记"):
            actions.reveal_field(session, person_id, "phone", Act("user:clerk", "打电话"))
    assert (shown.value, shown.left) == (NUMBER, 49)
    with reading(engine) as session:
        event = session.scalars(select(TrailSubject).where(TrailSubject.type == SHOWN)).first()
        assert event is not None
        assert event.actor == "user:clerk"
        leaf = session.scalars(select(TrailEvent).where(TrailEvent.event_id == event.event_id)).one()
        assert leaf.sealed
        assert b"access" not in leaf.leaf


def fill_quota(session: Session, actor: str, shown: int) -> None:
    session.add(RevealDay(actor=actor, day=today_cn(), shown=shown, over=0))
    session.flush()


def test_the_fifty_first_field_of_a_day_is_refused_and_recorded(engine: Engine) -> None:
    act = Act("user:clerk", "逐户核对")
    with writing(engine) as session:
        make_county(session)
        person_id = make_person(session, make_household(session), id_number=NUMBER).id
        fill_quota(session, act.actor, 49)
        assert actions.reveal_field(session, person_id, "id_number", act).left == 0
    with writing(engine) as session:
        refused = actions.reveal_field(session, person_id, "id_number", act)
        other = actions.reveal_field(session, person_id, "id_number", Act("user:other", "复核"))
    assert (refused.is_over_quota, refused.value, refused.over) == (True, None, 1)
    assert (other.value, other.left) == (NUMBER, 49)
    with reading(engine) as session:
        assert session.scalar(select(TrailSubject.type).where(TrailSubject.type == OVER_QUOTA).limit(1)) == OVER_QUOTA


def test_who_steps_up_is_shown_one_more_each_time(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        person_id = make_person(session, make_household(session), id_number=NUMBER).id
        fill_quota(session, "user:clerk", 50)
        again = Act("user:clerk", "核对退票", stepped_up=True)
        assert actions.reveal_field(session, person_id, "id_number", again).value == NUMBER
        assert actions.reveal_field(session, person_id, "id_number", Act("user:clerk", "核对退票")).value is None
        assert actions.reveal_field(session, person_id, "id_number", again).over == 3
    with reading(engine) as session:
        row = session.scalars(select(RevealDay)).one()
        assert (row.shown, row.over) == (52, 3)


def test_yesterdays_fields_do_not_count_today(session: Session) -> None:
    make_county(session)
    person_id = make_person(session, make_household(session), id_number=NUMBER).id
    session.add(RevealDay(actor="user:clerk", day=today_cn() - timedelta(days=1), shown=50, over=0))
    session.flush()
    assert actions.reveal_field(session, person_id, "id_number", Act("user:clerk", "核对")).left == 49


def test_the_quota_is_a_dated_parameter(session: Session) -> None:
    make_county(session)
    make_parameter(session, "reveal_quota", "2", division=NATION)
    person_id = make_person(session, make_household(session), id_number=NUMBER).id
    act = Act("user:clerk", "核对")
    answers = [actions.reveal_field(session, person_id, "id_number", act).value for _ in range(3)]
    assert answers == [NUMBER, NUMBER, None]


def test_of_many_at_once_not_one_more_than_the_quota_is_shown(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        person_id = make_person(session, make_household(session), id_number=NUMBER).id
        fill_quota(session, "user:clerk", 47)
    ready = threading.Barrier(8)

    def look(_n: int) -> bool:
        ready.wait()
        with writing(engine) as session:
            return actions.reveal_field(session, person_id, "id_number", Act("user:clerk", "核对")).value is not None

    with ThreadPoolExecutor(8) as threads:
        shown = list(threads.map(look, range(8)))
    assert shown.count(True) == 3
    with reading(engine) as session:
        row = session.scalars(select(RevealDay)).one()
        assert (row.shown, row.over) == (50, 5)
        assert (
            session.scalar(select(func.count()).where(TrailSubject.type == SHOWN, TrailSubject.kind == "person")) == 3
        )


@pytest.mark.parametrize(
    ("typed", "same"),
    [("6228480402564890018", ACCOUNT), ("6228 4804 0256 4890 018", ACCOUNT), ("6228-4804-0256-4890-018", ACCOUNT),
     ("６２２８４８０４０２５６４８９００１８", ACCOUNT), ("6228\u00a04804\u30000256 4890018", ACCOUNT)],
)  # fmt: skip
def test_an_account_is_found_however_it_was_written(session: Session, typed: str, same: str) -> None:
    make_county(session)
    household = make_household(session)
    one, two = make_person(session, household, "甲", account=typed), make_person(session, household, "乙", account=same)
    assert one.account_index == two.account_index
    assert actions.keyring_of(session).open_(one.account_sealed or b"", "persons.account_sealed") == same
