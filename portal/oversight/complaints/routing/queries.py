"""Who may know of a complaint: the one clause for every list, search, count, export, log and notification.

Whoever may not know must not be able to tell: for him there is no such row, whatever he asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import User
from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, scopes_for
from portal.oversight.complaints.models import Accused, Complaint
from portal.oversight.complaints.routing.chains.queries import chain_of, is_sealed
from portal.oversight.complaints.routing.models import Kinship, Tenure
from portal.oversight.complaints.routing.naming.rules import handler_token, tokens_of_accused, unit_token
from portal.oversight.complaints.routing.rules import (
    CaseFacts,
    Names,
    Route,
    accused_units_of,
    conflict_of,
    holder_units,
    route,
)
from portal.oversight.complaints.routing.staff.queries import (
    Marks,
    Organisations,
    people_around,
    staff,
    whole_tree,
)
from portal.registers.divisions.models import Division, Unit
from portal.registers.divisions.queries import codes_within, names_of, names_of_units
from portal.registers.divisions.rules import NATION, pad_code
from portal.registers.rebuilt import find_registered, versions_of
from portal.registers.recipients.answers.queries import hands_of
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.models import TrailSubject

SUBJECT = "complaint"
"""How the trail and leads name a complaint; its number is the locator."""
_OWN_WORK = ("lead.%", "complaint.%", "case.%", "order.%", "inspection.%")
_DONE_TO_IT = (TrailSubject.sealed.is_(False), *(TrailSubject.type.not_like(pattern) for pattern in _OWN_WORK))
_TAILS = ("人民政府", "村民委员会", "村委会", "居民委员会", "居委会", "党委", "政府", "党支部", "纪委")


def organs_of(principal: Principal) -> tuple[str, ...]:
    """The divisions whose complaints this person works or decides: his organ itself, never what lies below it."""
    held = [scopes_for(principal, p) for p in (Permission.HANDLE_COMPLAINTS, Permission.DECIDE_COMPLAINTS)]
    return tuple(dict.fromkeys(code for codes in held for code in codes))


def visible_to(session: Session, principal: Principal) -> ColumnElement[bool]:
    """A clause over `Complaint`: those of the person's own organ that accuse nobody near him and no record of his."""
    organs = organs_of(principal)
    if not organs:
        return false()
    return and_(Complaint.authority.in_(organs), unbarred(session, principal))


def unbarred(session: Session, principal: Principal) -> ColumnElement[bool]:
    """A clause over `Complaint`: nobody near the person is accused, and he did not make the disputed record."""
    marks = [bytes.fromhex(mark) for mark in sorted(conflict_marks(session, principal))]
    accused = select(Accused.id).where(Accused.complaint_id == Complaint.id, Accused.mark.in_(marks))
    return and_(~accused.exists(), ~_handled_by(principal.actor).exists())


def conflict_marks(session: Session, principal: Principal) -> Names:
    """The keyed hashes whose presence among the accused keeps a person away."""
    around = people_around(session, principal)
    everybody = [*around.me, *around.others]
    conflicts = [conflict_of(person, around.places.tree, everybody) for person in around.me]
    units = frozenset().union(*(conflict.units for conflict in conflicts))
    people = frozenset().union(*(conflict.people for conflict in conflicts))
    own = [unit_token(code) for code in units] + [handler_token(principal.username)]
    return _hashes(people) | Marks(session).of(own)


def _hashes(names: Names) -> Names:
    """What of a person's names is a keyed hash; his number is not."""
    return frozenset(name for name in names if len(name) == 32 and not set(name) - set("0123456789abcdef"))


def _handled_by(actor: str) -> Select[int]:
    """What somebody did to the record a complaint is about. Looks are sealed and do not count, nor what supervision itself
    wrote. Files that brought it are kept as marks: of their rows the trail names no subject.
    """
    return select(TrailSubject.id).where(
        TrailSubject.kind == Complaint.subject_kind,
        TrailSubject.no == Complaint.subject_no,
        TrailSubject.actor == actor,
        *_DONE_TO_IT,
    )


def may_know(session: Session, principal: Principal | None, complaint: Complaint) -> bool:
    """Whether a person may know that a complaint exists."""
    if principal is None:
        return False
    query = select(Complaint.id).where(Complaint.id == complaint.id, visible_to(session, principal))
    return session.scalar(query) is not None


def visible_locators(session: Session, principal: Principal) -> Select[str]:
    """A select of the locators that a person may know, for `column.in_(…)`."""
    return select(Complaint.locator).where(visible_to(session, principal))


def hides_complaints(
    session: Session, principal: Principal, kind: InstrumentedAttribute[str], no: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """A clause for rows that name their subject (leads, the trail): complaints only where the person may know them."""
    return or_(kind != SUBJECT, no.in_(visible_locators(session, principal)))


def marks_of(session: Session, accused: Sequence[tuple[str, str]], division: str) -> frozenset[bytes]:
    """What is kept of some accused, as typed: keyed hashes."""
    places, marks = whole_tree(session), Marks(session)
    return _kept(marks, *_named(session, places, accused, division))


def _named(
    session: Session, places: Organisations, accused: Sequence[tuple[str, str]], division: str
) -> tuple[set[str], set[str]]:
    """The tokens of the persons, and the organisations, that somebody typed."""
    tokens: set[str] = set()
    units: set[str] = set()
    for name, written in accused:
        unit = find_organisation(session, places, written, division)
        units |= {unit} if unit else set()
        tokens |= tokens_of_accused(name, unit)
    return tokens, units


def _kept(marks: Marks, tokens: set[str], units: set[str]) -> frozenset[bytes]:
    return frozenset(bytes.fromhex(mark) for mark in marks.of([*tokens, *(unit_token(code) for code in units)]))


@dataclass(frozen=True)
class Routed:
    """What becomes of a submission: its route, and what is kept of the accused."""

    route: Route
    marks: frozenset[bytes]


def route_submission(
    session: Session, division: str, accused: Sequence[tuple[str, str]], subject: tuple[str, str] | None
) -> Routed:
    """Route what somebody wrote: `accused` are (name, unit) as typed, either may be empty; `subject` the disputed record.

    Where nobody and nothing is named, the place below its county is kept as accused, so that reading and routing agree. Of
    a payment whoever had a hand in its whole way is kept away, and the units that held its money are accused beside the place.
    """
    places, marks = whole_tree(session), Marks(session)
    tokens, units = _named(session, places, accused, division)
    people = staff(session, places)
    chain = chain_of(session, subject)
    handlers = frozenset().union(*(_handlers_of(session, one) for one in chain.subjects))
    facts = CaseFacts(division, marks.of(tokens), frozenset(units), handlers)
    held = [node for code in chain.holders if (node := places.node(code)) is not None]
    units |= accused_units_of(facts, places.tree, people) | holder_units(held, places.tree)
    facts = replace(facts, accused_units=frozenset(units))
    kept = _hands(marks, handlers) if is_sealed(subject) else importer_marks(session, subject)
    return Routed(route(facts, places.tree, people), _kept(marks, tokens, units) | kept)


def find_organisation(session: Session, places: Organisations, written: str, division: str) -> str | None:
    """The organisation that somebody wrote down: by code, or by name inside the county it is about, or above it (the city,
    its bureaus and its organ); by a name that these do not have anywhere, if it is the only one. None when unsure.
    """
    written = written.strip()
    if not written:
        return None
    if written in places.tree.parents or written in places.nodes:
        return places.node(written)
    bare = next((written.removesuffix(tail) for tail in _TAILS if written.endswith(tail) and written != tail), written)
    county = pad_code(division[:6]) if division != NATION else division
    within, above, named = codes_within([county]), places.tree.above(county), (written, bare)
    inside = Unit.division_code.in_(within) | Unit.division_code.in_(above)
    there = Division.code.in_(within) | Division.code.in_(above)
    near = _called(session, places, inside & Unit.name.in_(named), there & Division.name.in_(named))
    found = near or _called(session, places, Unit.name == written, Division.name == written)
    return found.pop() if len(found) == 1 else None


def _called(
    session: Session, places: Organisations, units: ColumnElement[bool], divisions: ColumnElement[bool]
) -> set[str | None]:
    """The organisations of these units and divisions; a few of them say as much as all: it is not the only one."""
    codes = session.scalars(select(Unit.code).where(units).limit(3))
    return {places.node(code) for code in codes} | set(session.scalars(select(Division.code).where(divisions).limit(3)))


def facts_of(session: Session, complaint: Complaint, places: Organisations) -> CaseFacts:
    """What a kept complaint is routed by: its accused as keyed hashes, the organisations among them recognised."""
    kept = {mark.hex() for mark in session.scalars(select(Accused.mark).where(Accused.complaint_id == complaint.id))}
    marks = Marks(session)
    units = {code for code in places.tree.parents if next(iter(marks.of([unit_token(code)]))) in kept}
    handled = _handlers_of(session, subject_of(complaint))
    marked = {name for name in session.scalars(select(User.username)) if marks.one(handler_token(name)).hex() in kept}
    return CaseFacts(complaint.division_code, frozenset(kept), frozenset(units), handled | marked)


def subject_of(complaint: Complaint) -> tuple[str, str] | None:
    """The disputed record; None where a complaint is about none."""
    kind, no = complaint.subject_kind, complaint.subject_no
    return (kind, no) if kind and no else None


def _handlers_of(session: Session, subject: tuple[str, str] | None) -> Names:
    """The accounts that made the disputed record what it is, by hand or by a file."""
    if subject is None:
        return frozenset()
    actors = session.scalars(
        select(TrailSubject.actor)
        .where(
            TrailSubject.kind == subject[0],
            TrailSubject.no == subject[1],
            TrailSubject.actor.startswith("user:"),
            *_DONE_TO_IT,
        )
        .distinct()
    )
    return frozenset(str(actor).removeprefix("user:") for actor in actors) | _importers_of(session, subject)


def _importers_of(session: Session, subject: tuple[str, str] | None) -> Names:
    """The accounts that brought a version of the disputed record in by a file, or let the file in as its second hand."""
    record = find_registered(session, *subject) if subject is not None else None
    sources = [version.source for version in versions_of(session, record)] if record is not None else []
    files = [source for source in sources if source is not None and source.batch_id is not None]
    actors = [hand for source in files for hand in hands_of(session, None, source.batch_id) if hand is not None]
    return frozenset(actor.removeprefix("user:") for actor in actors if actor.startswith("user:"))


def importer_marks(session: Session, subject: tuple[str, str] | None) -> frozenset[bytes]:
    """What is kept of those who brought the disputed record in by a file: reading a list cannot look into files."""
    return _hands(Marks(session), _importers_of(session, subject))


def _hands(marks: Marks, usernames: Names) -> frozenset[bytes]:
    return frozenset(marks.one(handler_token(username)) for username in usernames)


def route_for(session: Session, complaint: Complaint) -> Route:
    """The route of a kept complaint as the organisations, postings and relatives stand now."""
    places = whole_tree(session)
    return route(facts_of(session, complaint, places), places.tree, staff(session, places))


@dataclass(frozen=True)
class Neighbours:
    """The organs right above and below the present one that may have a complaint; None where there is none."""

    up: str | None
    down: str | None
    ladder: tuple[str, ...]

    def ladder_from(self, organ: str) -> tuple[str, ...]:
        """An organ and those above it."""
        return self.ladder[self.ladder.index(organ) :] if organ in self.ladder else (organ,)


def neighbours(session: Session, complaint: Complaint) -> Neighbours:
    """Where a complaint can be sent from where it is."""
    places = whole_tree(session)
    people, facts = staff(session, places), facts_of(session, complaint, places)
    lowest = route(facts, places.tree, people)
    above = route(facts, places.tree, people, over=complaint.authority)
    here = complaint.authority
    lower = lowest.ladder[: lowest.ladder.index(here)] if here in lowest.ladder else ()
    return Neighbours(None if above.alarm else above.authority, lower[-1] if lower else None, lowest.ladder)


@dataclass(frozen=True)
class Post:
    """One post of somebody."""

    username: str
    name: str
    unit: str
    duty: str
    is_head: bool
    superior: str | None
    since_on: date


@dataclass(frozen=True)
class Relations:
    """What a person has declared, and the posts that are registered around him."""

    relatives: Sequence[tuple[str, str, str]]
    posts: Sequence[Post]


def relations_of(session: Session, principal: Principal) -> Relations:
    """My own relatives (name, relation, unit), and the posts in my places. Nobody sees another's relatives."""
    keyring = keyring_of(session)
    kin = session.execute(
        select(Kinship.name_sealed, Kinship.relation, Kinship.unit_code)
        .where(Kinship.username == principal.username)
        .order_by(Kinship.id)
    ).all()
    inside = codes_within(organs_of(principal))
    units = select(Unit.code).where(Unit.division_code.in_(inside))
    posts = session.execute(
        select(
            Tenure.username, User.display_name, Tenure.unit_code, Tenure.duty, Tenure.is_head, Tenure.superior,
            Tenure.since_on,
        )
        .join(User, User.username == Tenure.username)
        .where(or_(Tenure.unit_code.in_(inside), Tenure.unit_code.in_(units)))
        .order_by(Tenure.unit_code, Tenure.is_head.desc(), Tenure.username)
        .limit(500)
    ).all()  # fmt: skip
    codes = {row.unit_code for row in [*kin, *posts] if row.unit_code}
    names = {**names_of(session, codes), **names_of_units(session, codes)}
    return Relations(
        [
            (keyring.open_(name, seal_name("kinships", "name_sealed")), relation, names.get(unit or "", unit or ""))
            for name, relation, unit in kin
        ],
        [
            Post(u, name, names.get(unit, unit), duty, head, superior, since)
            for u, name, unit, duty, head, superior, since in posts
        ],
    )
