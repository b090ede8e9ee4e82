"""A household's word: kept as said, counted only by three hands, disputed by any phone, answered by a fourth person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.registers.corrections import Act
from portal.registers.funds.answering import actions as answering
from portal.registers.recipients.answers import actions, queries, rules
from portal.registers.recipients.answers.disclosure import told
from portal.registers.recipients.answers.models import DisputeState, Finding, HouseholdAnswer, Word
from portal.registers.recipients.cards.actions import reprint_card
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.incomes.actions import correct_income
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.incomes.confirming.actions import confirm_entry
from portal.registers.recipients.incomes.confirming.models import Entered
from portal.registers.recipients.incomes.confirming.queries import Hands
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household
from portal.registers.sealed import keyring_of
from portal.settings import Settings
from portal.trail.connect import connect
from portal.trail.models import TrailEvent
from tests.factories.cards import AT, card_clerk, fill_home, sign_in, signed_in_home
from tests.factories.divisions import GAOGOU, make_parameter
from tests.factories.recipients import make_household, make_income

CLERK = Act("user:clerk", "核对了凭证")


def fill(session: Session) -> None:
    home = fill_home(session)
    make_income(session, home, 300_00)
    make_income(session, home, 500_00, item="种植收入", category="经营性", occurred_on=date(2026, 7, 1))
    make_income(session, home, 900_00, occurred_on=date(2025, 7, 1))


def start(session: Session, **more: Any) -> tuple[SignedInHousehold, list[str]]:
    home = session.scalars(select(Household.id)).one()
    incomes = session.scalars(select(Income).order_by(Income.id))
    return signed_in_home(session, home, **more), [str(row.id) for row in incomes]


def say(session: Session, home: SignedInHousehold, no: str, answer: str, what: str | None = None) -> actions.Taken:
    return answering.answer_item(session, home, "income", no, answer, what, AT)


@pytest.mark.begins_with(fill=fill)
def test_an_answer_is_kept_with_its_hands_and_the_trail_does_not_tell_it(session: Session) -> None:
    home, (first, *_others) = start(session)
    taken = say(session, home, first, "对")
    row = session.scalars(select(HouseholdAnswer)).one()
    assert (row.no, row.answer, row.printed_by, row.recorded_by, row.approved_by, row.counts) == (
        taken.no, "对", "user:printer", "user:maker", None, True,
    )  # fmt: skip
    event = session.scalars(select(TrailEvent).order_by(TrailEvent.n.desc())).first()
    assert event is not None and "对" not in str(vars(event))


@pytest.mark.begins_with(fill=fill)
def test_who_recorded_or_approved_an_item_and_printed_the_card_makes_the_answer_worthless(session: Session) -> None:
    home, (first, second, _third) = start(session, printer="user:maker")
    income = session.get_one(Income, int(second))
    assert not say(session, home, first, "对").counts
    card = reprint_card(session, card_clerk(), home.household_id, Act("user:checker", "换卡"), AT)
    other = sign_in(session, card, at=AT)
    assert other is not None
    confirm_entry(session, Entered.INCOME, income.id, home.household_id, Act("user:checker", "对过凭证"), None, AT)
    assert say(session, other, first, "对").counts
    assert not say(session, other, second, "对").counts
    assert [row.counts for row in queries.answers_on(session, home.household_id)] == [False, True, False]
    assert queries.confirmed_incomes(session, [home.household_id]) == {int(first)}


hands = st.sampled_from(["user:a", "user:b", "user:c"])


@given(printed=hands, recorded=st.none() | hands, approved=st.none() | hands)
def test_an_answer_counts_only_by_three_different_hands(
    printed: str, recorded: str | None, approved: str | None
) -> None:
    known = [printed, recorded, *([approved] if approved else [])]
    assert rules.counts(printed, recorded, approved) is (recorded is not None and len(set(known)) == len(known))


@pytest.mark.begins_with(fill=fill)
@pytest.mark.parametrize(
    ("printed", "recorded", "approved"),
    [
        ("user:a", "user:a", None),
        ("user:a", "user:b", "user:a"),
        ("user:a", "user:b", "user:b"),
        ("user:a", None, None),
    ],
)
def test_the_database_itself_lets_no_such_answer_count(
    session: Session, printed: str, recorded: str | None, approved: str | None
) -> None:
    home, (first, *_others) = start(session)
    say(session, home, first, "对")
    kept = session.scalars(select(HouseholdAnswer)).one()
    values = {c.key: getattr(kept, c.key) for c in HouseholdAnswer.__table__.columns}
    hands = {"printed_by": printed, "recorded_by": recorded, "approved_by": approved, "counts": True}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(HouseholdAnswer(**{**values, "id": 99, "no": "HD-9", **hands}))
        session.flush()


@pytest.mark.begins_with(fill=fill)
def test_no_statement_changes_an_answer(session: Session) -> None:
    home, (first, *_others) = start(session)
    say(session, home, first, "不对", "没收到")
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(update(HouseholdAnswer).values(answer="对", what=None))
    assert [row.answer for row in queries.answers_on(session, home.household_id)] == ["不对"]
    changing = [name for name in dir(actions) if name.startswith(("correct", "change", "edit", "withdraw", "delete"))]
    assert changing == []


@pytest.mark.begins_with(fill=fill)
def test_two_phones_dispute_the_same_item_and_both_words_are_kept_in_one_dispute(session: Session) -> None:
    home, (first, *_others) = start(session)
    card = reprint_card(session, card_clerk(), home.household_id, Act("user:printer", "老人的卡丢了"), AT)
    phones = [sign_in(session, card, at=AT) for _ in range(2)]
    one, two = [
        say(session, phone, first, "不对", what)
        for phone, what in zip(phones, ("没收到", "数不对"), strict=True)
        if phone
    ]
    assert (one.dispute_no, one.due_on) == (two.dispute_no, two.due_on) and one.no != two.no
    assert [row.what for row in queries.answers_on(session, home.household_id)] == ["没收到", "数不对"]
    assert [row.no for row in queries.open_disputes(session, home.household_id)] == [one.dispute_no]
    assert queries.disputed_facts(session, "income", [first, "404"]) == {first}


@pytest.mark.begins_with(fill=fill)
def test_a_dispute_is_due_in_five_working_days_and_waits_in_the_list(session: Session) -> None:
    home, (first, *_others) = start(session)
    taken = say(session, home, first, "不对", "不认识")
    assert taken.due_on == date(2026, 11, 27)  # Friday to Friday
    [row] = queries.list_disputes(session, [GAOGOU])
    assert (row.no, row.household_no, row.what, row.waits_for_office) == (taken.dispute_no, "HH-1", "不认识", True)
    assert row.is_late(date(2026, 11, 28)) and not row.is_late(date(2026, 11, 27))
    assert queries.count_waiting(session, [GAOGOU], date(2026, 11, 28)) == (1, 1)
    assert list(queries.households_disputing(session, [GAOGOU])) == [home.household_id]


@pytest.mark.begins_with(fill=fill)
@pytest.mark.parametrize(("answer", "what"), [("不对", None), ("对", "没收到"), ("也许", None), ("不对", "太少")])
def test_only_the_offered_words_are_taken(session: Session, answer: str, what: str | None) -> None:
    home, (first, *_others) = start(session)
    with pytest.raises(BadInput):
        say(session, home, first, answer, what)


@pytest.mark.begins_with(fill=fill)
def test_a_household_answers_to_its_own_items_only(session: Session) -> None:
    home, _nos = start(session)
    other = make_income(session, make_household(session, "HH-2"), 100_00)
    for kind, no in (("income", str(other.id)), ("income", "999999"), ("income", "x"), ("payment", "PC-1-1")):
        with pytest.raises(NotFound):
            answering.answer_item(session, home, kind, no, "对", None, AT)


@pytest.mark.begins_with(fill=fill)
def test_a_dispute_is_answered_by_somebody_without_a_part_in_it_until_the_household_agrees(session: Session) -> None:
    home, (first, second, _third) = start(session)
    confirm_entry(session, Entered.INCOME, int(first), home.household_id, Act("user:checker", "对过凭证"), None, AT)
    no = say(session, home, first, "不对", "数不对").dispute_no or ""
    for actor in ("user:maker", "user:checker"):
        with pytest.raises(Refused, match="换一个人"):
            answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", Act(actor, ""), AT)
    with pytest.raises(Refused, match="还没有更正"):
        answering.settle_dispute(session, no, "已更正", "已经改过来了", CLERK, AT)
    answering.settle_dispute(session, no, "查不清", "银行还没有回复", CLERK, AT)
    assert queries.open_disputes(session, home.household_id, date(2099, 1, 1))  # not clear: days do not end it
    answering.settle_dispute(session, no, "查不清", "银行又没有回复", CLERK, AT)
    actions.say_about_answer(session, home, no, False, AT + timedelta(days=3))
    with pytest.raises(Refused, match="换一个人"):
        answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", CLERK, AT)
    with pytest.raises(Refused, match="要给出结论"):
        answering.settle_dispute(session, no, "查不清", "县里也没查清", Act("user:third", ""), AT)
    answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", Act("user:third", ""), AT)
    assert queries.get_dispute(session, no).state == DisputeState.DECIDED
    assert queries.open_disputes(session, home.household_id) == []
    actions.say_about_answer(session, home, no, True, AT)
    row = queries.get_dispute(session, no)
    assert (row.state, row.finding, row.closed_at) == (DisputeState.ACCEPTED, Finding.EXPLAINED, AT)
    assert told(row.text_sealed, keyring_of(session)) == "银行回单上是这个数" and b"\xe9\x93\xb6" not in (
        row.text_sealed or b""
    )
    with pytest.raises(Refused):
        actions.say_about_answer(session, home, no, False, AT)
    assert second not in queries.disputed_facts(session, "income", [first, second])


@pytest.mark.begins_with(fill=fill)
def test_who_corrected_the_item_does_not_answer_the_dispute(session: Session) -> None:
    home, (first, *_others) = start(session)
    no = say(session, home, first, "不对", "数不对").dispute_no or ""
    session.commit()  # another act of another person: another version
    correct_income(
        session, int(first), {"amount_fen": 200_00}, Act("user:clerk", "按工资条更正"), None, today=AT.date()
    )
    with pytest.raises(Refused, match="换一个人"):
        answering.settle_dispute(session, no, "已更正", "已经改成 200 元", CLERK, AT)
    answering.settle_dispute(session, no, "已更正", "已经改成 200 元", Act("user:third", ""), AT)
    assert queries.get_dispute(session, no).finding == Finding.CORRECTED


def until_answered(session: Session) -> tuple[SignedInHousehold, str, str]:
    """A household, the item that it disputes, and the dispute, answered by 已说明 on a Friday."""
    home, (first, *_others) = start(session)
    no = say(session, home, first, "不对", "数不对").dispute_no or ""
    answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", CLERK, AT)
    return home, first, no


@pytest.mark.begins_with(fill=fill)
def test_an_answered_dispute_stays_open_until_the_time_for_an_objection_has_run_out(session: Session) -> None:
    home, first, no = until_answered(session)
    until = queries.get_dispute(session, no).objects_until
    assert until == date(2026, 12, 7)  # fifteen days end on a Saturday: the Monday after it
    for day, is_open in ((date(2026, 11, 20), True), (until, True), (until + timedelta(days=1), False)):
        assert bool(queries.open_disputes(session, home.household_id, day)) is is_open
        assert (first in queries.disputed_facts(session, "income", [first], day)) is is_open
        assert (home.household_id in queries.households_disputing(session, [GAOGOU], day)) is is_open
        assert [row.is_open for row in queries.disputes_of(session, home.household_id, day)] == [is_open]
        row = queries.get_dispute(session, no)
        assert rules.is_open(row.state, row.finding, row.objects_until, day) is is_open


@pytest.mark.begins_with(fill=fill)
def test_a_window_of_a_place_that_does_not_extend_ends_on_the_holiday(session: Session) -> None:
    make_parameter(session, "window_extends", "否")
    _home, _first, no = until_answered(session)
    assert queries.get_dispute(session, no).objects_until == date(2026, 12, 5)


@pytest.mark.begins_with(fill=fill)
def test_right_said_later_closes_the_dispute_answered_or_not(session: Session) -> None:
    home, (first, second, _third) = start(session)
    for item in (first, second):
        no = say(session, home, item, "不对", "数不对").dispute_no or ""
        if item == second:
            answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", CLERK, AT)
        say(session, home, item, "不知道")
        assert queries.open_disputes(session, home.household_id, AT.date())
        say(session, home, item, "对")
        assert queries.open_disputes(session, home.household_id, AT.date()) == []
        assert (queries.get_dispute(session, no).state, queries.get_dispute(session, no).closed_at) == ("本户认可", AT)
    assert [row.answer for row in queries.answers_on(session, home.household_id)].count("不对") == 2


@pytest.mark.begins_with(fill=fill)
def test_wrong_said_again_after_an_answer_goes_to_the_county_and_not_round_a_third_time(session: Session) -> None:
    home, first, no = until_answered(session)
    again = say(session, home, first, "不对", "没收到")
    assert again.dispute_no == no and queries.get_dispute(session, no).is_for_county
    assert say(session, home, first, "不对", "没收到").dispute_no == no  # added while the county looks
    with pytest.raises(Refused, match="换一个人"):
        answering.settle_dispute(session, no, "已说明", "还是这个数", CLERK, AT)
    answering.settle_dispute(session, no, "已说明", "查了银行流水", Act("user:county", ""), AT)
    assert queries.open_disputes(session, home.household_id, AT.date()) == []
    assert say(session, home, first, "不对", "没收到").dispute_no is None
    assert len(queries.disputes_of(session, home.household_id)) == 1
    with pytest.raises(Refused):
        actions.say_about_answer(session, home, no, False, AT)
    session.commit()
    correct_income(session, int(first), {"amount_fen": 200_00}, CLERK, None, today=AT.date())
    assert say(session, home, first, "不对", "数不对").dispute_no not in (None, no)  # another item now


@pytest.mark.begins_with(fill=fill)
def test_what_a_household_had_accepted_and_says_wrong_to_again_begins_at_the_county(session: Session) -> None:
    home, first, no = until_answered(session)
    actions.say_about_answer(session, home, no, True, AT)
    later = say(session, home, first, "不对", "数不对").dispute_no or ""
    assert later != no and queries.get_dispute(session, later).is_for_county
    with pytest.raises(Refused, match="还没有答复"):
        actions.say_about_answer(session, home, later, False, AT)
    with pytest.raises(Refused, match="换一个人"):  # he answered the first one
        answering.settle_dispute(session, later, "已说明", "还是这个数", CLERK, AT)


@pytest.mark.begins_with(fill=fill)
def test_a_clear_answer_is_given_once(session: Session) -> None:
    _home, _first, no = until_answered(session)
    with pytest.raises(Refused, match="不能再这样办"):
        answering.settle_dispute(session, no, "已说明", "再说一遍", Act("user:third", ""), AT)


@pytest.mark.begins_with(fill=fill)
def test_a_household_s_right_to_what_nobody_approved_counts_for_its_own_year_and_not_for_an_exit(
    session: Session,
) -> None:
    home, (first, second, _third) = start(session)
    assert say(session, home, first, "对").counts and say(session, home, second, "对").counts
    whole = queries.confirmed_year(session, home.household_id, 2026)
    assert whole is not None and whole.total_fen == 800_00
    it = computation_of(session, home.household_id, AT.date())
    assert {item.standing.hands for item in it.items} >= {Hands.HOUSEHOLD}
    assert (it.total_fen, it.exit_total_fen) == (800_00, 0)
    confirm_entry(session, Entered.INCOME, int(first), home.household_id, Act("user:checker", "对过凭证"), None, AT)
    assert computation_of(session, home.household_id, AT.date()).exit_total_fen == 300_00


@pytest.mark.begins_with(fill=fill)
def test_another_household_says_nothing_about_a_dispute(session: Session) -> None:
    home, (first, *_others) = start(session)
    no = say(session, home, first, "不对", "数不对").dispute_no or ""
    answering.settle_dispute(session, no, "已说明", "银行回单上是这个数", CLERK, AT)
    stranger = SignedInHousehold(0, 404, "HH-9", home.division_code, 0, "MB-9", "user:p", b"", AT)
    with pytest.raises(NotFound):
        actions.say_about_answer(session, stranger, no, True, AT)


@pytest.mark.begins_with(fill=fill)
def test_a_year_is_confirmed_by_its_items_as_they_stand(session: Session) -> None:
    home, (first, second, _third) = start(session)
    assert queries.confirmed_year(session, home.household_id, 2026) is None
    say(session, home, first, "对")
    part = queries.confirmed_year(session, home.household_id, 2026)
    assert part is not None and (part.total_fen, part.items, part.is_whole) == (300_00, 2, False)
    say(session, home, second, "对")
    whole = queries.confirmed_year(session, home.household_id, 2026)
    assert whole is not None and (whole.total_fen, whole.is_whole) == (800_00, True)
    assert queries.confirmed_year(session, home.household_id, 2025) is None
    say(session, home, second, "不知道")
    part = queries.confirmed_year(session, home.household_id, 2026)
    assert part is not None and part.total_fen == 300_00
    correct_income(session, int(first), {"amount_fen": 400_00}, CLERK, None, today=AT.date())
    assert queries.confirmed_year(session, home.household_id, 2026) is None


@pytest.mark.begins_with(fill=fill)
def test_what_is_disputed_is_not_confirmed(session: Session) -> None:
    home, (first, *_others) = start(session)
    say(session, home, first, "不对", "没收到")
    say(session, home, first, "不知道")
    assert queries.confirmed_incomes(session, [home.household_id]) == set()
    assert queries.latest_answers(session, home.household_id)["income", first].answer == Word.UNKNOWN


@pytest.mark.begins_with(fill=fill)
def test_an_item_that_changed_meanwhile_is_not_answered_blindly(session: Session) -> None:
    home, (first, *_others) = start(session)
    with pytest.raises(BadInput, match="刚刚改过"):
        answering.answer_item(session, home, "income", first, "对", None, AT, seen_version="another")
    assert queries.answers_on(session, home.household_id) == []


@pytest.mark.begins_with(fill=fill)
def test_the_last_word_is_the_last_whichever_worker_took_it_down(settings: Settings) -> None:
    one, other = connect(settings), connect(settings)
    with writing(one) as session:
        home, (first, second, _third) = start(session)
        say(session, home, second, "对")
    for engine, word in ((other, "不知道"), (one, "对")):
        with writing(engine) as session:
            say(session, home, first, word)
    with reading(one) as session:
        assert queries.latest_answers(session, home.household_id)["income", first].answer == "对"
        assert int(first) in queries.confirmed_incomes(session, [home.household_id])
    one.dispose()
    other.dispose()
