"""Requests for help: sealed on arrival, linked when they come again, visited by two, answered with reasons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.challenges.actions import spend_challenge
from portal.kernel.errors import BadFields, Refused
from portal.registers.corrections import Act
from portal.registers.recipients.companions.rules import Companion
from portal.registers.recipients.requests import actions, disclosure, queries, rules
from portal.registers.recipients.requests.models import Channel, HelpRequest, RequestState
from portal.registers.recipients.requests.rules import Step, Wish
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.models import TrailEvent
from tests.factories.divisions import GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.recipients import make_household, make_id

MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
CLERK = Act("user:clerk", "入户核实")
WISH = Wish("赵桂兰", "13812345678", make_id(7), "看病花钱多", "为自己家", "老伴住院两个月，欠了三万")

WITH = Companion("李村干", unit="村民委员会", sheet="0" * 64)


def ask(session: Session, wish: Wish = WISH, at: datetime = MONDAY, **more: object) -> actions.Accepted:
    return actions.ask_for_help(session, wish, VILLAGE, at=at, **more)  # type: ignore[arg-type]  # as the tests say


@pytest.mark.begins_with(fill=make_county)
def test_what_is_asked_stands_nowhere_in_the_open(session: Session) -> None:
    accepted = ask(session)
    row = session.scalars(select(HelpRequest)).one()
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    for said in (WISH.name, WISH.phone, WISH.id_number, WISH.kind, WISH.for_whom, WISH.words):
        assert not any(said in str(value) for value in values.values())
    content = keyring_of(session).open_(row.content_sealed, seal_name("help_requests", "content_sealed"))
    assert WISH.words in content and WISH.id_number in content
    assert (accepted.visit_due_on, accepted.done_due_on) == (date(2026, 11, 18), date(2026, 12, 14))
    assert queries.find_request(session, accepted.no.lower()) is not None


@pytest.mark.begins_with(fill=make_county)
def test_the_trail_tells_that_something_was_asked_and_not_what(session: Session) -> None:
    accepted = ask(session)
    event = session.scalars(select(TrailEvent).order_by(TrailEvent.n.desc())).first()
    assert event is not None
    told = str({column.key: getattr(event, column.key) for column in event.__table__.columns})
    assert not any(said in told for said in (WISH.name, WISH.phone, WISH.id_number, WISH.kind, WISH.words))
    assert accepted.no


@pytest.mark.begins_with(fill=make_county)
def test_a_second_request_is_kept_and_linked(session: Session) -> None:
    first = ask(session)
    second = ask(
        session, Wish("赵桂兰", "051782345678", make_id(7), "房子不安全", "为自己家"), MONDAY + timedelta(days=1)
    )
    other = ask(session, Wish("钱有福", "13912345678", make_id(8), "没活干、没收入", "为自己家"))
    assert (first.is_linked, second.is_linked, other.is_linked) == (False, True, False)
    listed = queries.list_requests(session, [GAOGOU], MONDAY + timedelta(days=2))
    assert {(row.no, row.linked) for row in listed} == {(first.no, 1), (other.no, 0)}
    assert queries.linked_nos(session, queries.get_request(session, first.no).id) == [second.no]
    with pytest.raises(Refused, match="先来"):
        actions.record_visit(session, second.no, MONDAY.date(), ("甲", WITH), "看过", CLERK, MONDAY)


@pytest.mark.begins_with(fill=make_county)
def test_the_linked_one_tells_its_asker_what_came_of_the_first(session: Session) -> None:
    first, second = ask(session), ask(session)
    at = MONDAY + timedelta(days=1)
    actions.record_visit(session, first.no, date(2026, 11, 17), ("王经办", WITH), "确实困难", CLERK, at)
    actions.answer_request(session, first.no, Step.HELP, "先给临时救助 800 元，下周到账", CLERK, at)
    asked = queries.find_asked(session, second.no)
    assert asked is not None
    told = disclosure.progress(asked.request, asked.head, keyring_of(session))
    assert (told.state, told.is_linked, told.answer) == (RequestState.HELPED, True, "先给临时救助 800 元，下周到账")


@pytest.mark.begins_with(fill=make_county)
def test_a_person_on_the_list_is_found_by_number(session: Session) -> None:
    household = make_household(session, id_number=make_id(7))
    ask(session)
    assert [row.household_id for row in queries.requests_of_household(session, household.id)] == [household.id]


@pytest.mark.begins_with(fill=make_county)
def test_the_office_sees_a_masked_name_in_its_own_places_only(session: Session) -> None:
    ask(session)
    (row,) = queries.list_requests(session, [GAOGOU], MONDAY)
    assert disclosure.listed(row, keyring_of(session)).masked_name == "赵*兰"
    assert queries.list_requests(session, [HONGYAO], MONDAY) == []


@pytest.mark.begins_with(fill=make_county)
def test_the_slower_queue_comes_up_later_and_keeps_its_clock(session: Session) -> None:
    accepted = ask(session, channel=Channel.SLOW, delay=timedelta(hours=2))
    assert queries.list_requests(session, [GAOGOU], MONDAY + timedelta(hours=1)) == []
    (row,) = queries.list_requests(session, [GAOGOU], MONDAY + timedelta(hours=3))
    assert row.visit_due_on == accepted.visit_due_on == date(2026, 11, 18)


@pytest.mark.begins_with(fill=make_county)
def test_opening_one_is_an_act_with_a_reason(session: Session) -> None:
    accepted = ask(session)
    seen = actions.open_request(session, accepted.no, Act("user:clerk", "安排入户"))
    assert seen.value is not None and WISH.words in seen.value
    with pytest.raises(Exception, match="没有写原因"):
        actions.open_request(session, accepted.no, Act("user:clerk", ""))


@pytest.mark.begins_with(fill=make_county)
def test_nobody_answers_before_two_have_been_there(session: Session) -> None:
    accepted = ask(session)
    with pytest.raises(Refused, match="还没有入户"):
        actions.answer_request(session, accepted.no, Step.DECLINE, "收入高于标准，可向县民政局提出异议", CLERK, MONDAY)
    no_account = {"unit": "村民委员会", "sheet": "0" * 64}
    for first, wrong, words in (
        ("王经办", Companion("王经办 ", **no_account), "不同的人"),
        ("王经办", Companion(), "两个人"),
        ("", WITH, "两个人"),
        ("王经办", Companion("李村干"), "没有写单位"),
        ("王经办", Companion("李村干", unit="村民委员会"), "走访单"),
        ("王经办", Companion("李村干", account="nobody"), "没有这个账号"),
    ):
        with pytest.raises(Refused, match=words):
            actions.record_visit(session, accepted.no, date(2026, 11, 16), (first, wrong), "看过", CLERK, MONDAY)
    with pytest.raises(Refused, match="入户日期"):
        actions.record_visit(session, accepted.no, date(2026, 11, 30), ("甲", WITH), "看过", CLERK, MONDAY)
    done = actions.record_visit(session, accepted.no, date(2026, 11, 16), ("王经办", WITH), "看过", CLERK, MONDAY)
    assert (done.state, done.due_on) == (RequestState.VISITED, done.done_due_on)
    assert actions.refer_request(session, accepted.no, "CX-1", CLERK, MONDAY).state == RequestState.PROCEDURE
    with pytest.raises(Refused, match="不能再这样办"):
        actions.answer_request(session, accepted.no, Step.HELP, "另行帮扶", CLERK, MONDAY)


@pytest.mark.begins_with(fill=make_county)
def test_the_database_itself_wants_two_visitors(session: Session) -> None:
    ask(session)
    row = session.scalars(select(HelpRequest)).one()
    with pytest.raises(IntegrityError), session.begin_nested():
        row.first_visitor = row.second_visitor = "王经办"
        session.flush()


@pytest.mark.begins_with(fill=make_county)
def test_what_is_late_is_counted(session: Session) -> None:
    ask(session)
    assert queries.count_waiting(session, [GAOGOU], MONDAY, date(2026, 11, 18)) == queries.Waiting(1, 0)
    assert queries.count_waiting(session, [GAOGOU], MONDAY, date(2026, 11, 19)) == queries.Waiting(1, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"phone": "没有"}, "phone"),
        ({"id_number": "32082619650312"}, "id_number"),
        ({"kind": "发财"}, "kind"),
        ({"for_whom": ""}, "for_whom"),
        ({"words": "难" * 501}, "words"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_and_never_repeated(change: dict[str, str], field: str) -> None:
    with pytest.raises(BadFields) as refused:
        rules.read_wish(Wish(**(vars(WISH) | change)))
    assert [problem.field for problem in refused.value.errors] == [field]
    assert not any(
        change[field].strip() in problem.message for problem in refused.value.errors if change[field].strip()
    )


def test_the_number_of_the_id_may_be_left_out() -> None:
    said = rules.read_wish(Wish(**(vars(WISH) | {"id_number": ""})))
    assert (said.id_number, said.id18) == ("", "")


def test_every_state_of_the_table_is_reachable_and_ends() -> None:
    reached = {RequestState.WAITING} | {s for steps in rules.TRANSITIONS.values() for s in steps.values()}
    assert reached == set(RequestState)
    assert {state for state, steps in rules.TRANSITIONS.items() if not steps} == set(RequestState) - rules.OPEN


def test_numbers_and_codes_are_read_as_they_were_meant() -> None:
    assert rules.read_no("o1l-23 4u") == "011234V"
    assert rules.read_code("1234 5678-9012 3456") == "1234567890123456"
    assert len(rules.read_code(rules.new_code())) == rules.CODE_DIGITS


def test_a_challenge_is_spent_once(session: Session) -> None:
    later = MONDAY + timedelta(minutes=20)
    assert spend_challenge(session, b"a" * 32, later, MONDAY)
    assert not spend_challenge(session, b"a" * 32, later, MONDAY)
    assert spend_challenge(session, b"b" * 32, later + timedelta(hours=1), later + timedelta(minutes=1))
    assert spend_challenge(session, b"a" * 32, later, MONDAY), "what ran out was forgotten"
