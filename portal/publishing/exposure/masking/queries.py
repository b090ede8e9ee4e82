"""What stops an exposure: numbers, names of households and of those who were dealt with, minors, illness."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import display_names
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.queries import case_links
from portal.oversight.outcomes.queries import sanctions_of
from portal.oversight.outcomes.recoveries.models import Recovery
from portal.publishing.canaries.queries import list_watched
from portal.publishing.exposure.rules import NAMES
from portal.publishing.notice_gate import Gate, GatedField, KnownPeople, NoticeFinding
from portal.publishing.notices.people.queries import SHORTEST, is_minor, last_four_of, people_of
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.divisions.queries import name_path
from portal.registers.helpers.queries import find_helper
from portal.registers.recipients.models import Household
from portal.registers.sealed import keyring_of

TITLE: Final = "标题"
BODY: Final = "正文"


def findings_of(
    session: Session, case_id: int, division: str, title: str, body: str, organ: str, today: date
) -> list[NoticeFinding]:
    """Everything that stops these words from going out; empty when they may."""
    watched = [value for one in list_watched(session, keyring_of(session)) for value in one.values]
    known = known_people(session, case_id, division, organ, today)
    fields = [GatedField(TITLE, None, "文字", title)]
    fields += [GatedField(BODY, number, "文字", line) for number, line in enumerate(body.splitlines(), 1)]
    return Gate(known, watched).read(fields, ())


def known_people(session: Session, case_id: int, division: str, organ: str, today: date) -> KnownPeople:
    """Members of the case's households, all minors of its village, and (unless the place publishes names) the persons."""
    homes = _households(session, case_id)
    people = people_of(session, homes, division)
    listed = [row for row in people if row.household_id in homes]
    names = {row.name for row in listed} | _persons(session, case_id, division, today)
    minors = {row.name for row in people if is_minor(row, today)}
    places = [step.name for step in name_path(session, division)]
    return KnownPeople(
        minors=frozenset(name for name in minors if len(name) >= SHORTEST),
        names=frozenset(name for name in names if len(name) >= SHORTEST),
        last_four=frozenset(last_four_of(listed, keyring_of(session))),
        places=frozenset(filter(None, [*places, organ])),
    )


def _households(session: Session, case_id: int) -> set[int]:
    linked = [link.no for link in case_links(session, case_id) if link.kind is LinkKind.HOUSEHOLD]
    own = set(session.scalars(select(Household.id).where(Household.no.in_(linked)))) if linked else set()
    paid = select(Recovery.household_id).where(Recovery.case_id == case_id, Recovery.household_id.is_not(None))
    return own | {number for number in session.scalars(paid) if number is not None}


def _persons(session: Session, case_id: int, division: str, today: date) -> set[str]:
    """Names of those who were dealt with or accused: they stand masked, unless the place's rule says otherwise."""
    if values_for(session, [NAMES], division, today)[NAMES].yes:
        return set()
    links = case_links(session, case_id)
    accounts = {link.no for link in links if link.kind is LinkKind.ACCOUNT}
    helpers = [find_helper(session, link.no) for link in links if link.kind is LinkKind.HELPER]
    found = {row.person for row in sanctions_of(session, case_id)} | set(display_names(session, accounts).values())
    return found | {str(helper.values["name"]) for helper in helpers if helper is not None}
