"""A card of the demonstration: printed at the township window for the household of story 1, which has answered already.

It said 对 to what it received, and that it does not know the reimbursement that was entered as its income: one open
dispute. People and numbers are invented, so the card's code and digits may lie beside the demonstration's marker.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.accounts.rules import Principal, RoleScope
from portal.demo.build import Demonstration
from portal.demo.places import STORY_TOWN
from portal.kernel.clock import CHINA
from portal.kernel.database import writing
from portal.registers.corrections import Act
from portal.registers.funds.answering.actions import answer_item
from portal.registers.funds.payments.queries import payments_of_household
from portal.registers.recipients.answers.queries import SubjectKind, What, Word
from portal.registers.recipients.cards.actions import digits_key, print_cards
from portal.registers.recipients.cards.rules import Print, last_four, token_hash
from portal.registers.recipients.cards.sign_ins.actions import check_digits, end_sign_in, open_sign_in, reserve_try
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold, find_signed_in
from portal.registers.recipients.incomes.queries import list_incomes
from portal.registers.recipients.queries import get_household, list_persons
from portal.registers.sealed import keyring_of, seal_name

CARDS: Final = "cards"
FILE: Final = "demo-card.json"
WINDOW: Final = "demo-card_clerk"
REIMBURSEMENT: Final = "医疗报销"
RIGHT: Final = 4


def load_cards(engine: Engine, home: Path, demonstration: Demonstration) -> None:
    """Print the card, let the household answer, and keep what opens it beside the marker of the demonstration."""
    number = str(next(story.records["household"] for story in demonstration.stories if story.number == 1))
    at = datetime.combine(demonstration.plan.as_of - timedelta(days=2), time(15), CHINA)
    with writing(engine) as session:
        card, digits = _print(session, number, at - timedelta(days=5))
    with writing(engine) as session:
        signed = _sign_in(session, card, digits, at)
        _answer(session, signed, at)
        end_sign_in(session, signed, at + timedelta(minutes=6))
    kept = {"path": f"/q/{card.token}", "last_four": digits, "household": number}
    (home / FILE).write_text(json.dumps(kept), "utf-8")


def told_card(home: Path) -> dict[str, Any] | None:
    """What opens the household's page; None where no card was printed."""
    file = home / FILE
    if not file.exists():
        return None
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return kept


def _print(session: Session, number: str, at: datetime) -> tuple[Print, str]:
    household = get_household(session, number)
    window = Principal(0, WINDOW, "制卡窗口", (RoleScope(Role.CARD_CLERK, (STORY_TOWN,)),))
    act = Act(window.actor, "按村打印明白卡")
    head = list_persons(session, household.id)[0].values
    digits = last_four(keyring_of(session).open_(head["id_sealed"], seal_name("persons", "id_sealed")))
    return print_cards(session, window, [household.id], act, at)[0], digits


def _sign_in(session: Session, card: Print, digits: str, at: datetime) -> SignedInHousehold:
    attempt = reserve_try(session, card.token, at)
    cookie = token_hash(secrets.token_urlsafe(16))
    if check_digits(attempt, digits_key(session), card.token, digits):
        open_sign_in(session, attempt, cookie, secrets.token_bytes(32), at)
    signed = find_signed_in(session, cookie, at)
    if signed is None:
        raise LookupError("the demonstration's own card does not open")
    return signed


def _answer(session: Session, home: SignedInHousehold, at: datetime) -> None:
    year = date(at.year, 1, 1)
    paid = [row for row in payments_of_household(session, home.household_no) if row.paid_on >= year]
    for place, row in enumerate(paid[:RIGHT]):
        said = Word.RIGHT if place else Word.UNKNOWN
        answer_item(session, home, SubjectKind.PAYMENT, row.no, said, None, at + timedelta(minutes=place))
    entries = list_incomes(session, home.household_id)
    strange = next((line for line in entries if line.values["item"] == REIMBURSEMENT), None)
    if strange is not None:
        later = at + timedelta(minutes=RIGHT)
        answer_item(session, home, SubjectKind.INCOME, str(strange.values["id"]), Word.WRONG, What.NOT_KNOWN, later)
