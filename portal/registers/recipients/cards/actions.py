"""What happens to cards: they are printed and revoked. Their codes leave here once, for the paper, and are kept nowhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, covers, scopes_for
from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.registers.corrections import Act, RecordRow, need_reason
from portal.registers.divisions.queries import expand_codes
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.cards.rules import (
    PRINTS_NOT_WITH,
    Print,
    digits_hash,
    last_four,
    may_sign_in,
    new_token,
    printing_refusal,
    token_hash,
)
from portal.registers.recipients.queries import find_households, persons_of
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

MOST: Final = 200
PURPOSE: Final = "yangguang household card"


def digits_key(session: Session) -> bytes:
    """The installation's key for the digits that open a card."""
    return keyring_of(session).derived(PURPOSE, 32)


def check_printer(session: Session, principal: Principal, division_code: str) -> None:
    """Refuse whoever may also record or approve in the village; the permission to print is asked by the door."""
    printing_refusal(_held(session, principal, division_code))


def _held(session: Session, principal: Principal, division_code: str) -> Iterator[Permission]:
    for permission in PRINTS_NOT_WITH:
        codes = set(scopes_for(principal, permission))
        reaches = any(covers(code, division_code) for code in codes)
        if reaches or (codes and division_code in expand_codes(session, codes)):
            yield permission


def print_cards(
    session: Session, principal: Principal, household_ids: Collection[int], act: Act, at: datetime
) -> list[Print]:
    """Make the cards of some households, each its first or the one after a revoked one; returns what the paper needs.

    Raises Refused for whoever also records or approves there, for a household that has a card in force or of whose
    members none has an ID number, and for more than MOST at once.
    """
    if not household_ids or len(household_ids) > MOST:
        raise Refused(f"一次最多打印 {MOST} 张", fix="按村分批打印") if household_ids else Refused("没有要打印的户")
    households = find_households(session, household_ids)
    if len(households) != len(set(household_ids)):
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    for division in {row.values["division_code"] for row in households.values()}:
        check_printer(session, principal, division)
    _none_living(session, household_ids)
    digits = _digits(session, household_ids, at)
    first = reserve_ids(session.connection(), "household_cards", len(households))
    order = sorted(households.values(), key=lambda row: (row.values["division_code"], row.values["no"]))
    made = [_print(session, n, row, digits[row.id], act, at) for n, row in enumerate(order, first)]
    session.flush()
    for one in made:
        _record(session, one.no, one.household_no, one.division_code, "household_card.printed", act, at)
    return made


def _none_living(session: Session, household_ids: Collection[int]) -> None:
    query = select(HouseholdCard.no).where(
        HouseholdCard.household_id.in_(household_ids), HouseholdCard.revoked_at.is_(None)
    )
    if (no := session.scalar(query.limit(1))) is not None:
        raise Conflict("有一户已经有卡", why=f"{no} 还有效", fix="补打要写明原因，旧卡同时作废", code="has_card")


def _digits(session: Session, household_ids: Collection[int], at: datetime) -> dict[int, list[str]]:
    """The last four of everybody who may sign in, by household; in memory only."""
    keyring, name, on = keyring_of(session), seal_name("persons", "id_sealed"), day_cn(at)
    people = persons_of(session, household_ids)
    found = {
        household: [
            last_four(keyring.open_(person.values["id_sealed"], name))
            for person in people.get(household, ())
            if may_sign_in(person.values, on)
        ]
        for household in household_ids
    }
    if any(not digits for digits in found.values()):
        raise Refused("有一户没有能登录的人", why="户主和成年家庭成员都没有登记身份证号", fix="先补登身份证号")
    return found


def _print(session: Session, number: int, row: RecordRow, digits: list[str], act: Act, at: datetime) -> Print:
    token, key = new_token(), digits_key(session)
    made = Print(f"MB-{day_cn(at).year}-{number:06d}", row.id, row.values["no"], row.values["division_code"], token)
    session.add(
        HouseholdCard(
            id=number, no=made.no, household_id=row.id, division_code=made.division_code,
            token_hash=token_hash(token), digits=sorted({digits_hash(key, token, one) for one in digits}),
            printed_by=act.actor, printed_at=at,
        )
    )  # fmt: skip
    return made


def reprint_card(session: Session, principal: Principal, household_id: int, act: Act, at: datetime) -> Print:
    """Revoke a household's card, with the reason, and make a new one in the same act."""
    need_reason(act)
    row = _living(session, household_id)
    check_printer(session, principal, row.division_code)
    _revoke(session, row, act, at)
    return print_cards(session, principal, [household_id], act, at)[0]


def revoke_card(session: Session, household_id: int, act: Act, at: datetime) -> None:
    """Take a household's card out of force: it opens nothing from now on, and whoever is signed in with it is out."""
    need_reason(act)
    _revoke(session, _living(session, household_id), act, at)


def _living(session: Session, household_id: int) -> HouseholdCard:
    living = HouseholdCard.household_id == household_id, HouseholdCard.revoked_at.is_(None)
    row = session.scalar(select(HouseholdCard).where(*living).with_for_update())
    if row is None:
        raise NotFound("这一户没有有效的卡", fix="刷新页面")
    return row


def _revoke(session: Session, row: HouseholdCard, act: Act, at: datetime) -> None:
    row.revoked_at, row.revoked_by, row.why = at, act.actor, act.why.strip()
    session.flush()
    household = find_households(session, [row.household_id])[row.household_id].values["no"]
    _record(session, row.no, household, row.division_code, "household_card.revoked", act, at)


def _record(
    session: Session, no: str, household_no: str, division: str, kind: str, act: Act, at: datetime
) -> None:  # fmt: skip
    record(
        session, kind=kind, actor=act.actor, subjects=[("household_card", no), ("household", household_no)],
        after={"card": no}, why=act.why or None, unit=township_of(division), request_id=act.request_id, at=at,
    )  # fmt: skip
