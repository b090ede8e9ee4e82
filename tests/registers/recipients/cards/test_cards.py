"""Cards: printed by a window that records nothing, kept without code and digits, revoked with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.errors import BadInput, Conflict, Refused
from portal.registers.corrections import Act
from portal.registers.recipients.cards import actions, queries
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.models import Household
from portal.trail.models import TrailOpening
from tests.factories.cards import AT, FOUR, NUMBER, WINDOW, card_clerk, fill_home, make_card, sign_in
from tests.factories.divisions import GAOGOU, VILLAGE
from tests.factories.recipients import make_household, make_person


def home_of(session: Session) -> Household:
    return session.scalars(select(Household)).one()


@pytest.mark.begins_with(fill=fill_home)
def test_a_card_is_numbered_and_listed(session: Session) -> None:
    assert [row.card_no for row in queries.list_cards(session, [GAOGOU], missing=True)] == [None]
    card = make_card(session, home_of(session).id)
    assert card.no.startswith("MB-2026-") and len(card.token) == 24
    [row] = queries.list_cards(session, [GAOGOU])
    assert (row.household_no, row.card_no, row.printed_by) == ("HH-1", card.no, "user:printer")
    assert queries.list_cards(session, [GAOGOU], missing=True) == []
    assert card.token not in repr(card)


@pytest.mark.begins_with(fill=fill_home)
@pytest.mark.parametrize(
    ("role", "scope", "allowed"),
    [
        (Role.VILLAGE_CLERK, VILLAGE, False),
        (Role.TOWNSHIP_CLERK, GAOGOU, False),
        (Role.FUND_MANAGER, "320826000000", False),
        (Role.DEPARTMENT_OFFICER, "320826000000", False),
        (Role.HELPER, VILLAGE, False),
        (Role.INSPECTOR, GAOGOU, False),
        (Role.VILLAGE_CLERK, "320826101000", True),
        (Role.LEADER, GAOGOU, True),
    ],
)
def test_who_records_approves_or_looks_up_numbers_in_the_village_prints_nothing(
    session: Session, role: Role, scope: str, allowed: bool
) -> None:
    clerk, home = card_clerk((role, scope)), home_of(session).id
    if allowed:
        assert actions.print_cards(session, clerk, [home], WINDOW, AT)
        return
    with pytest.raises(Refused, match="不能给这个村打印"):
        actions.print_cards(session, clerk, [home], WINDOW, AT)
    make_card(session, home)
    with pytest.raises(Refused, match="不能给这个村打印"):
        actions.reprint_card(session, clerk, home, Act("user:printer", "丢了"), AT)


@pytest.mark.begins_with(fill=fill_home)
def test_a_second_card_needs_the_first_revoked_with_a_reason(session: Session) -> None:
    home = home_of(session).id
    old = make_card(session, home)
    with pytest.raises(Conflict, match="已经有卡"):
        make_card(session, home)
    with pytest.raises(BadInput):
        actions.reprint_card(session, card_clerk(), home, Act("user:printer", ""), AT)
    new = actions.reprint_card(session, card_clerk(), home, Act("user:printer", "本户说卡丢了"), AT)
    assert sign_in(session, old) is None and sign_in(session, new) is not None
    assert [(c.no, c.revoked_at is None) for c in queries.cards_of(session, home)] == [(new.no, True), (old.no, False)]
    actions.revoke_card(session, home, Act("user:printer", "本户搬走"), AT)
    assert queries.find_living(session, home) is None and sign_in(session, new) is None


@pytest.mark.begins_with(fill=fill_home)
def test_whoever_is_signed_in_with_a_revoked_card_is_out(session: Session) -> None:
    home = home_of(session).id
    card = make_card(session, home)
    signed = sign_in(session, card)
    assert signed is not None
    actions.revoke_card(session, home, WINDOW, AT)
    assert sign_in(session, card) is None


@pytest.mark.begins_with(fill=fill_home)
def test_the_head_and_adults_of_the_household_may_sign_in(session: Session) -> None:
    home = home_of(session)
    numbers = {"born": "19700101", "child": "20200101", "away": "19750505"}
    adult, child, away = (f"320826{born}01" for born in numbers.values())
    for name, body, together in (("李秀英", adult, True), ("张小", child, True), ("张强", away, False)):
        make_person(session, home, name, id_number=_with_check(body), lives_together=together)
    card = make_card(session, home.id)
    assert sign_in(session, card, FOUR) is not None
    assert sign_in(session, card, _with_check(adult)[-4:]) is not None
    assert sign_in(session, card, _with_check(child)[-4:]) is None
    assert sign_in(session, card, _with_check(away)[-4:]) is None


def _with_check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    body = body + "7"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@pytest.mark.begins_with(fill=fill_home)
def test_a_household_without_any_id_number_gets_no_card(session: Session) -> None:
    other = make_household(session, "HH-2", head="钱有福")
    with pytest.raises(Refused, match="没有能登录的人"):
        make_card(session, other.id)


@pytest.mark.begins_with(fill=fill_home)
def test_neither_code_nor_digits_stand_anywhere_in_the_database(session: Session, engine: Engine) -> None:
    card = make_card(session, home_of(session).id)
    assert sign_in(session, card) is not None and sign_in(session, card, "0000") is None
    actions.reprint_card(session, card_clerk(), card.household_id, Act("user:printer", "卡湿了"), AT)
    session.flush()
    found = []
    for table in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f"SELECT * FROM {table}")):
            values = [v.hex() if isinstance(v, bytes | memoryview) else str(v) for v in row]
            found += [table for v in values if card.token in v or card.token.encode().hex() in v or NUMBER in v]
            if table.startswith("household_"):
                found += [table for v in values if v == FOUR or f'"{FOUR}"' in v]
    assert found == []
    kept = session.scalars(select(HouseholdCard.digits).where(HouseholdCard.no == card.no)).one()
    assert all(len(digest) == 64 for digest in kept)
    told = "".join(
        str(row.before) + str(row.after) for row in session.scalars(select(TrailOpening)) if hasattr(row, "after")
    )
    assert card.token not in told and f'"{FOUR}"' not in told
