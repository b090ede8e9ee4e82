"""How a case is opened: one act that seals its title, names the team, and links where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.oversight.cases.actions import note_event, start_case
from portal.oversight.cases.links.actions import put_link
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.members.actions import put_in
from portal.oversight.cases.models import Case, CaseOrigin
from portal.registers.corrections import Act

ORIGIN_LINKS = {
    CaseOrigin.LEAD: LinkKind.LEAD,
    CaseOrigin.COMPLAINT: LinkKind.COMPLAINT,
    CaseOrigin.SAMPLE: LinkKind.SAMPLE,
}


@dataclass(frozen=True)
class NewCase:
    """What somebody opens: whom it accuses is told first, so that nobody of his comes into the team."""

    title: str
    division_code: str
    origin: CaseOrigin = CaseOrigin.HAND
    origin_no: str = ""
    team: Sequence[str] = ()
    accused: Sequence[tuple[LinkKind, str]] = ()
    about: Sequence[tuple[LinkKind, str]] = ()


def open_case(session: Session, wish: NewCase, opener: str, act: Act, at: datetime) -> Case:
    """Open a case; `opener` (an account's name) is of its team. From a complaint the locator is all that comes along.

    Raises BadInput, NotFound, Refused when somebody of the team is kept out by whom it accuses.
    """
    case = start_case(session, wish.title, wish.origin, wish.origin_no, wish.division_code, act, at)
    for kind, no in wish.accused:
        put_link(session, case, kind, no, act, at, is_accused=True)
    first = ORIGIN_LINKS.get(wish.origin)
    about = [(first, wish.origin_no)] if first is not None and wish.origin_no else []
    for kind, no in dict.fromkeys([*about, *wish.about]):
        put_link(session, case, kind, no, act, at)
    for username in dict.fromkeys([opener, *wish.team]):
        put_in(session, case, username, act, at)
    after = {"state": case.state, "origin": case.origin, "team": len({opener, *wish.team})}
    note_event(session, case, "case.opened", act, at, after=after)
    return case
