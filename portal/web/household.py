"""Sessions of households, apart from those of the staff: another cookie, ten idle minutes, two hours at most.

The code of a card travels from the paper to the sign-in page in a cookie of its own that lives a few minutes, so that it
stays in no address.
"""

from __future__ import annotations

import math
import secrets
from contextlib import suppress
from typing import Final, cast

from flask import g, request
from werkzeug.wrappers import Response as AnyResponse

from portal.kernel.database import now_utc
from portal.kernel.errors import Busy, NotAllowed
from portal.registers.recipients.cards.actions import PURPOSE
from portal.registers.recipients.cards.rules import TOKEN_LENGTH
from portal.registers.recipients.cards.sign_ins.actions import (
    check_digits,
    end_sign_in,
    open_sign_in,
    record_lock,
    reserve_try,
    touch_sign_in,
)
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold, find_signed_in
from portal.registers.recipients.cards.sign_ins.rules import LONGEST, TOUCH_EVERY
from portal.web.errors import request_no
from portal.web.sessions import database, hash_token, installation, is_loopback, new_token, short_write

SECURE_COOKIE: Final = "__Host-yg_me"
LOOPBACK_COOKIE: Final = "yg_me"
SECURE_CARD: Final = "__Host-yg_card"
LOOPBACK_CARD: Final = "yg_card"
SECURE_WAY: Final = "__Host-yg_way"
LOOPBACK_WAY: Final = "yg_way"
CARD_SECONDS: Final = 600
WAYS: Final = ("/me/help", "/me/exit", "/me/helper", "/me/seen")
"""Pages that one is led back to after signing in. None that names an item: the next card may be another household's."""
_MOST: Final = 64


class WrongDigits(NotAllowed):
    """The digits do not open the card, or nothing is opened by this card; which of them is not told."""

    status = 401
    code = "invalid_credentials"


class MustWait(NotAllowed):
    """Too many wrong digits: the wait is told in minutes."""

    status = 429
    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        self.minutes = max(1, math.ceil(seconds / 60))
        super().__init__(
            "试得太多了，先等一等", why="连续输错，为了别人不能乱试", fix=f"{self.minutes} 分钟后再试，或者打电话"
        )
        self.retry_after = seconds


def find_current_household() -> SignedInHousehold | None:
    """The household of this request, or None. Asked once a request; only routes of households ask."""
    if "household" not in g:
        g.household = _load()
    return cast(SignedInHousehold | None, g.household)


def current_household() -> SignedInHousehold:
    """The household that is signed in, in a view that `@household` already guards."""
    found = find_current_household()
    if found is None:
        raise LookupError("this view is not guarded by @household")
    return found


def form_secret() -> bytes | None:
    """What the form tokens of a household's pages hang on; None on every other page."""
    home = g.get("household")
    return home.csrf_secret if isinstance(home, SignedInHousehold) else None


def _load() -> SignedInHousehold | None:
    cookie = request.cookies.get(_name(SECURE_COOKIE, LOOPBACK_COOKIE))
    if not cookie or len(cookie) > _MOST or not (request.is_secure or is_loopback()):
        return None
    now = now_utc()
    home = find_signed_in(database(), hash_token(cookie), now)
    if home is not None and now - home.last_seen_at >= TOUCH_EVERY:
        with suppress(Busy), short_write() as session:
            touch_sign_in(session, home.sign_in_id, now)
    return home


def carry_card(response: AnyResponse, token: str) -> None:
    """Keep the code of a card for the sign-in page, in a cookie that lives ten minutes."""
    name = _name(SECURE_CARD, LOOPBACK_CARD)
    response.set_cookie(
        name, token[:_MOST], CARD_SECONDS, path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )


def carried_card() -> str:
    """The code that this browser carries; empty when it has shown none."""
    token = request.cookies.get(_name(SECURE_CARD, LOOPBACK_CARD), "")
    return token if len(token) <= _MOST else token[:TOKEN_LENGTH]


def carry_way(response: AnyResponse, path: str) -> None:
    """Keep which page was wanted while its household goes to fetch the card; any page but `WAYS` is not kept."""
    if path in WAYS:
        name = _name(SECURE_WAY, LOOPBACK_WAY)
        response.set_cookie(name, path, CARD_SECONDS, path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def carried_way() -> str:
    """Where a household goes after signing in: the page that it wanted, else its first one."""
    path = request.cookies.get(_name(SECURE_WAY, LOOPBACK_WAY), "")
    return path if path in WAYS else "/me"


def sign_in(token: str, digits: str) -> str:
    """Sign the household of a card in by its four digits; returns the new cookie's value.

    Three short steps: the try is counted, checked without the database, and the session opened. Codes that nobody
    printed cost the same. Raises WrongDigits, MustWait.
    """
    with short_write() as session:
        attempt = reserve_try(session, token, now_utc())
    if attempt.wait is not None:
        raise MustWait(max(1, math.ceil(attempt.wait.total_seconds())))
    right = check_digits(attempt, installation().keyring.derived(PURPOSE, 32), token, digits)
    cookie = new_token()
    with short_write() as session:
        if right:
            open_sign_in(
                session, attempt, hash_token(cookie), secrets.token_bytes(32), now_utc(), request_id=request_no()
            )
            return cookie
        if attempt.locks:
            record_lock(session, attempt, now_utc(), request_id=request_no())
    raise WrongDigits(
        "没有通过", why="四位数字不对，或者这张卡已经换过、作废", fix="核对身份证最后四位再试；还不行，请打电话"
    )


def sign_out(*, not_ours: bool = False) -> None:
    """End the household's session, in a transaction of its own."""
    home = find_current_household()
    if home is not None:
        with short_write() as session:
            end_sign_in(session, home, now_utc(), not_ours=not_ours, request_id=request_no())
    g.household = None


def give_cookie(response: AnyResponse, cookie: str) -> None:
    """Hand the session to the browser and take the card's code back: it has done its work."""
    name = _name(SECURE_COOKIE, LOOPBACK_COOKIE)
    longest = int(LONGEST.total_seconds())
    response.set_cookie(name, cookie, longest, path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    _drop(response, _name(SECURE_CARD, LOOPBACK_CARD))
    _drop(response, _name(SECURE_WAY, LOOPBACK_WAY))


def take_cookies(response: AnyResponse) -> None:
    """Remove session and code from the browser."""
    _drop(response, _name(SECURE_COOKIE, LOOPBACK_COOKIE))
    _drop(response, _name(SECURE_CARD, LOOPBACK_CARD))
    _drop(response, _name(SECURE_WAY, LOOPBACK_WAY))


def _drop(response: AnyResponse, name: str) -> None:
    response.delete_cookie(name, path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def _name(secure: str, loopback: str) -> str:
    return secure if request.is_secure else loopback
