"""Looking is recorded too: who read something sensitive, when, and why. The leaf looks like any other sealed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g

from portal.trail import actions as trail
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, short_write


def witness(
    kind: str, subjects: Sequence[tuple[str, str]], *, why: str | None = None, seen: Mapping[str, Any] | None = None
) -> None:
    """Record that the present person has looked at something (`lead.read`, `list.exported`).

    Written in a short session of its own, since the page's session is read-only; inside a `@writes` view in that one,
    which would otherwise wait for itself. `seen` names fields and counts, never the values.
    """
    session = database() if g.get("writing") else None
    if session is not None:
        _record(session, kind, subjects, why, seen)
        return
    with short_write() as own:
        _record(own, kind, subjects, why, seen)


def _record(session: Any, kind: str, subjects: Sequence[tuple[str, str]], why: str | None, seen: Any) -> None:
    trail.record(
        session,
        kind=kind,
        actor=require_principal().actor,
        subjects=subjects,
        after=dict(seen) if seen else None,
        why=why,
        request_id=request_no(),
        sealed=True,
    )
