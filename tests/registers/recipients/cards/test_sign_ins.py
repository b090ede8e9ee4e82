"""Signing in with a card: counted before it is checked, slower after five, alike for codes that nobody printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from portal.registers.recipients.cards.actions import digits_key
from portal.registers.recipients.cards.rules import Print, new_token
from portal.registers.recipients.cards.sign_ins import actions, queries, rules
from portal.registers.recipients.cards.sign_ins.models import CardTries, HouseholdSignIn
from portal.registers.recipients.models import Household
from portal.web.sessions import hash_token
from tests.factories.cards import AT, FOUR, fill_home, make_card, sign_in

UNKNOWN = Print("MB-0", 0, "", "", "x" * 24)


def card_of(session: Session) -> Print:
    return make_card(session, session.scalars(select(Household.id)).one())


def test_the_pause_grows_from_the_fifth_failure_to_four_hours() -> None:
    minutes = [rules.pause_after(n).total_seconds() / 60 for n in (1, 4, 5, 6, 7, 10, 11, 400)]
    assert minutes == [0, 0, 5, 10, 20, 160, 240, 240]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123x", "123X"),
        (" 1234 ", "1234"),
        ("１２３Ｘ", "123X"),
        ("12x4", None),
        ("123", None),
        ("１２３", None),
        ("", None),
    ],
)
def test_digits_are_read_as_they_were_meant(typed: str, read: str | None) -> None:
    assert rules.read_digits(typed) == read


@pytest.mark.begins_with(fill=fill_home)
def test_five_wrong_tries_cost_a_pause_and_a_right_one_ends_the_count(session: Session) -> None:
    card = card_of(session)
    for _ in range(4):
        assert sign_in(session, card, "0000", AT) is None
    assert sign_in(session, card, FOUR, AT) is not None
    for _ in range(5):
        assert sign_in(session, card, "0000", AT) is None
    assert sign_in(session, card, FOUR, AT + timedelta(minutes=4)) is None
    assert actions.reserve_try(session, card.token, AT + timedelta(minutes=4)).wait == timedelta(minutes=1)
    assert sign_in(session, card, FOUR, AT + timedelta(minutes=6)) is not None


@pytest.mark.begins_with(fill=fill_home)
def test_codes_that_nobody_printed_are_counted_alike_and_fill_no_table(session: Session) -> None:
    for _ in range(5):
        assert sign_in(session, UNKNOWN, FOUR, AT) is None
    assert actions.reserve_try(session, UNKNOWN.token, AT + timedelta(minutes=1)).wait == timedelta(minutes=4)
    for _ in range(50):
        actions.reserve_try(session, new_token(), AT)
    assert {len(key) for key in session.scalars(select(CardTries.card_key))} == {len("none:ffff")}


@pytest.mark.begins_with(fill=fill_home)
def test_a_replaced_card_does_not_pay_for_what_strangers_tried_long_ago(session: Session) -> None:
    for _ in range(9):
        actions.reserve_try(session, UNKNOWN.token, AT)
    again = actions.reserve_try(session, UNKNOWN.token, AT + timedelta(hours=25))
    assert (again.wait, again.failures) == (None, 1)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    said: list[str] = []
    connection = session.connection()

    def hear(_c: Connection, _u: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    yield said
    event.remove(connection, "before_cursor_execute", hear)


@pytest.mark.begins_with(fill=fill_home)
def test_a_known_a_revoked_and_an_unknown_code_cost_the_same(session: Session) -> None:
    card = card_of(session)
    said = {}
    for name, one in (("known", card), ("unknown", UNKNOWN)):
        with statements(session) as heard:
            attempt = actions.reserve_try(session, one.token, AT)
            assert not actions.check_digits(attempt, digits_key(session), one.token, "0000")
        said[name] = heard
    assert said["known"] == said["unknown"] and len(said["known"]) == 4
    assert rules.is_among("f" * 64, []) is False and rules.is_among("f" * 64, ["f" * 64]) is True


@pytest.mark.begins_with(fill=fill_home)
def test_a_sign_in_ends_after_ten_idle_minutes_two_hours_or_by_hand(session: Session) -> None:
    card = card_of(session)
    home = sign_in(session, card, at=AT)
    assert home is not None and home.household_no == "HH-1" and home.printed_by == "user:printer"
    row = session.get_one(HouseholdSignIn, home.sign_in_id)
    cookie = row.cookie_hash
    assert queries.find_signed_in(session, cookie, AT + timedelta(minutes=9)) is not None
    assert queries.find_signed_in(session, cookie, AT + timedelta(minutes=11)) is None
    actions.touch_sign_in(session, home.sign_in_id, AT + timedelta(minutes=119))
    assert queries.find_signed_in(session, cookie, AT + timedelta(minutes=119, seconds=30)) is not None
    assert queries.find_signed_in(session, cookie, AT + timedelta(minutes=121)) is None
    actions.end_sign_in(session, home, AT, not_ours=True)
    assert queries.find_signed_in(session, cookie, AT + timedelta(minutes=1)) is None
    assert queries.find_signed_in(session, hash_token("other"), AT) is None
    assert actions.forget_sign_ins(session, AT + timedelta(days=1)) == 1
