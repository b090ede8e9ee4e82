"""Who is asking on a phone: `Authorization: Bearer …` instead of a cookie, read only on routes that say so.

Nothing a browser sends by itself signs such a request, so it needs no form token; and a cookie opens none of them.
"""

from __future__ import annotations

from typing import cast

from flask import g, request

from portal.accounts import queries
from portal.accounts.queries import SignedIn
from portal.kernel.database import now_utc
from portal.web.sessions import database, hash_token

_LONGEST_TOKEN = 64


def bearer_session() -> SignedIn | None:
    """The living phone session of this request, or None; asked of the database once."""
    if "bearer" not in g:
        g.bearer = _read()
    return cast("SignedIn | None", g.bearer)


def require_bearer() -> SignedIn:
    """The living phone session, in a view that `@requires(…, bearer=True)` already guards."""
    signed_in = bearer_session()
    if signed_in is None:
        raise LookupError("this view is not guarded by @requires(…, bearer=True)")
    return signed_in


def _read() -> SignedIn | None:
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    return queries.find_signed_in(database(), hash_token(token), now_utc(), bearer=True)
