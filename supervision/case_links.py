"""Which cases are about a thing, for the page of that thing: those that the present person may know of, and no others."""

from __future__ import annotations

from portal.accounts.permissions import Permission
from portal.oversight.cases.links.queries import LinkKind
from portal.oversight.cases.queries import CaseRef, cases_of_thing
from portal.web import access
from portal.web.sessions import database, require_principal


def known_cases(kind: LinkKind, no: str) -> list[CaseRef]:
    """The cases about a thing, the first one first; none for who works on no case at all."""
    return cases_of_thing(database(), kind, no, require_principal()) if access.can(Permission.EDIT_CASES) else []
