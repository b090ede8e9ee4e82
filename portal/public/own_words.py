"""The gate for pages that repeat what their reader has just typed: everything else on them is looked at as always."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, g, request
from markupsafe import escape

from portal.web import outgoing
from portal.web.filters import lines

SHORTEST = 6
REPEATING = frozenset({422, 429})
"""Only a form that comes back repeats anything, and a page that opens its reader's own talk (`remember`)."""


def remember(words: Iterable[Any]) -> None:
    """Words of the reader's own that the present answer may hold: opened with his code, or typed just now."""
    g.setdefault("own_words", []).extend(word for word in words if isinstance(word, str))


def checked(response: Response) -> Response:
    """The same answer when it is clean beside the reader's own words; else the gate's error."""
    own = {value.strip() for value in g.get("own_words", ())}
    if response.status_code in REPEATING:
        own |= {value.strip() for value in request.form.values()}
    if not any(len(value) >= SHORTEST for value in own):
        return outgoing.checked(response)
    content = response.get_data()
    for value in sorted(own, key=len, reverse=True):
        if len(value) >= SHORTEST:
            for form in (str(lines(value)), str(escape(value)), orjson.dumps(value).decode()[1:-1]):
                content = content.replace(form.encode(), b"")
    rest = Response(content, content_type=response.content_type)
    found = outgoing.checked(rest)
    return response if found is rest else found
