"""Cards and signed-in households, for tests. Everything is synthetic."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.accounts.rules import Principal, RoleScope
from portal.kernel.database import now_utc
from portal.registers.corrections import Act
from portal.registers.recipients.cards.actions import digits_key, print_cards
from portal.registers.recipients.cards.rules import Print, last_four
from portal.registers.recipients.cards.sign_ins.actions import check_digits, open_sign_in, reserve_try
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold, find_signed_in
from portal.registers.recipients.models import Household
from portal.web.sessions import hash_token
from tests.factories.divisions import GAOGOU, make_county
from tests.factories.recipients import make_household, make_id

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
NUMBER = make_id(7)
FOUR = last_four(NUMBER)
PRINTER = "user:printer"
WINDOW = Act(PRINTER, "按村打印明白卡")


def card_clerk(*more: tuple[Role, str], scope: str = GAOGOU, username: str = "printer") -> Principal:
    """The township window; `more`: further roles with their scopes."""
    roles = (RoleScope(Role.CARD_CLERK, (scope,)), *(RoleScope(role, (code,)) for role, code in more))
    return Principal(1, username, "制卡员", roles)


def fill_home(session: Session) -> Household:
    """A county with one household that can have a card."""
    make_county(session)
    return make_household(session, id_number=NUMBER)


def make_card(session: Session, household_id: int, *, printer: str = PRINTER, at: datetime = AT) -> Print:
    """Print a household's card."""
    return print_cards(session, card_clerk(), [household_id], Act(printer, "按村打印明白卡"), at)[0]


def sign_in(session: Session, card: Print, digits: str = FOUR, at: datetime | None = None) -> SignedInHousehold | None:
    """Sign in with a card, the way the web composes it; None when the digits are wrong or it has to wait."""
    moment = at or now_utc()
    attempt = reserve_try(session, card.token, moment)
    if attempt.wait is not None or not check_digits(attempt, digits_key(session), card.token, digits):
        return None
    cookie = secrets.token_urlsafe(16)
    open_sign_in(session, attempt, hash_token(cookie), secrets.token_bytes(32), moment)
    return find_signed_in(session, hash_token(cookie), moment)


def signed_in_home(session: Session, household_id: int, **more: Any) -> SignedInHousehold:
    """A household that is signed in with a fresh card."""
    home = sign_in(session, make_card(session, household_id, **more), at=more.get("at", AT))
    assert home is not None
    return home
