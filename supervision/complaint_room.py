"""The opened case room of this browser: a cookie holds the key, the database the blob; neither alone opens anything."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import g, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.accounts.queries import display_names
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed
from portal.oversight.complaints.keys.actions import unlock
from portal.oversight.complaints.keys.queries import custodians, find_personal, list_shares, public_keys
from portal.oversight.complaints.keys.rules import Unlocked, unpack_unlocked
from portal.oversight.complaints.rooms.actions import close_room, enter_room, open_room, touch_room
from portal.web import access
from portal.web.rates import Rate, take
from portal.web.sessions import database, require_principal, require_session, short_write
from portal.web.witness import witness

SECURE_COOKIE: Final = "__Host-yg_room"
LOOPBACK_COOKIE: Final = "yg_room"
TRIES: Final = Rate("case room", burst=5, per_second=5 / 900)
WORK: Final = Permission.HANDLE_COMPLAINTS


def cookie_name() -> str:
    """As the session's: `__Host-` over https."""
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE


def opened() -> Unlocked | None:
    """What this browser has unlocked; None when the room is closed or was idle for a quarter of an hour."""
    try:
        key = urlsafe_b64decode(request.cookies.get(cookie_name(), ""))
    except ValueError:
        return None
    held = enter_room(database(), require_session().session_id, key, now_utc()) if key else None
    if held is None:
        return None
    _touch()
    return unpack_unlocked(held)


def _touch() -> None:
    if g.get("writing"):
        touch_room(database(), require_session().session_id, now_utc())
        return
    with short_write() as session:
        touch_room(session, require_session().session_id, now_utc())


def need_opened() -> Unlocked:
    """As `opened`; raises NotAllowed when the room is closed."""
    found = opened()
    if found is None:
        raise NotAllowed("案件室没有打开", why="举报的内容要用案件口令打开", fix="先打开案件室", code="room_closed")
    return found


def open_with(passphrase: str, response: Response) -> None:
    """Open the room: slow, so outside any writing session; a wrong passphrase is an event and counts."""
    me = require_principal()
    take(TRIES, me.username)
    try:
        unlocked = unlock(database(), me.username, passphrase)
    except NotAllowed:
        witness("case_key.refused", [("case_key", me.username)])
        raise
    with short_write() as session:
        key = open_room(session, require_session().session_id, unlocked.packed(), now_utc())
    witness("case_key.opened", [("case_key", me.username)])
    response.set_cookie(
        cookie_name(), urlsafe_b64encode(key).decode(), path="/", secure=request.is_secure, httponly=True, samesite="Strict"
    )  # fmt: skip


def close(response: Response) -> None:
    """Close the room and take the key away."""
    with short_write() as session:
        close_room(session, require_session().session_id)
    response.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Strict")


@dataclass(frozen=True)
class Colleague:
    """Somebody of my organ, and whether he can open what arrives."""

    username: str
    name: str
    organ: str
    word: Any
    colour: str
    share_id: int | None = None
    may_grant: bool = False
    may_agree: bool = False


@dataclass(frozen=True)
class RoomPage:
    """What the page of the room shows."""

    opened: bool
    has_key: bool
    organs: Sequence[str]
    without_pair: Sequence[str]
    colleagues: Sequence[Colleague]
    keepers: Sequence[str]  # the custodians in office


def room_page(staffed: Sequence[tuple[str, str]]) -> RoomPage:
    """`staffed`: (account, organ) of everybody who works complaints in my organs."""
    session, me, organs = database(), require_principal(), access.scopes(WORK)
    unlocked = opened()
    shares = {(row.authority, row.username): row for row in list_shares(session, organs)}
    names = display_names(session, [username for username, _ in staffed])
    held = {secret.authority for secret in unlocked.secrets} if unlocked else set()
    colleagues = []
    for username, organ in staffed:
        share = shares.get((organ, username))
        counts = share is not None and (share.is_first or share.agreed_by is not None)
        waits = share is not None and not counts
        given = share.given_by if share is not None else ""
        colleagues.append(
            Colleague(
                username, names.get(username, username), organ,
                _l("有钥匙") if counts else _l("等第二个人同意") if waits else _l("没有钥匙"),
                "ok" if counts else "warn", share.id if share is not None else None,
                may_grant=share is None and organ in held and username != me.username,
                may_agree=waits and me.actor not in (given, f"user:{username}"),
            )
        )  # fmt: skip
    pairs = public_keys(session, organs)
    return RoomPage(
        unlocked is not None, find_personal(session, me.username) is not None, organs,
        [organ for organ in organs if organ not in pairs], colleagues,
        [one.name for one in custodians(session)],
    )  # fmt: skip
