"""A form that arrives twice is taken once: a second click, a reload of the answer, the way back and "send again"."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from flask import request

from portal.accounts.challenges.actions import spend_challenge
from portal.kernel.database import now_utc
from portal.web import csrf
from portal.web.sessions import database

REMEMBERED: Final = timedelta(hours=1)


def taken_before() -> bool:
    """Whether this very form was taken already: the token of the same page with the same words, at the same address.

    Ask inside a `@writes` view just before doing it: what is refused is rolled back with this and may be sent again.
    Other words on the same page are another form, so nothing that somebody typed is passed over.
    """
    if not request.form.get(csrf.FIELD):
        return False
    sent = (request.full_path, sorted(request.form.items(multi=True)), sorted(request.files))
    now = now_utc()
    return not spend_challenge(database(), hashlib.sha256(repr(sent).encode()).digest(), now + REMEMBERED, now)
