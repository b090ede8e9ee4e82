"""Reads of organisations and people as routing sees them: names as keyed hashes, one entry for each present post."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import User, UserRole, UserScope
from portal.accounts.permissions import Permission, roles_with
from portal.accounts.rules import Principal, scopes_for
from portal.kernel.clock import today_cn
from portal.oversight.complaints.routing.models import Kinship, Tenure
from portal.oversight.complaints.routing.naming.rules import (
    KEY_BYTES,
    PURPOSE,
    mark,
    tokens_of_bare_name,
    tokens_of_person,
)
from portal.oversight.complaints.routing.rules import NOBODY, Names, OrgTree, Person
from portal.registers.divisions.models import Division, Unit, UnitKind
from portal.registers.divisions.queries import ancestors
from portal.registers.divisions.rules import parent_of
from portal.registers.sealed import keyring_of

_SEATS = (UnitKind.TOWNSHIP, UnitKind.VILLAGE)
_ORGANS = (UnitKind.DISCIPLINE,)
_WORK, _DECIDE = roles_with(Permission.HANDLE_COMPLAINTS), roles_with(Permission.DECIDE_COMPLAINTS)
_UNIT = (Unit.code, Unit.kind, Unit.division_code)


class Marks:
    """Keyed hashes of this installation, as hexadecimal text."""

    def __init__(self, session: Session) -> None:
        self._key = keyring_of(session).derived(PURPOSE, KEY_BYTES)

    def of(self, tokens: Iterable[str]) -> Names:
        """The hashes of some tokens."""
        return frozenset(mark(self._key, token).hex() for token in tokens)

    def one(self, token: str) -> bytes:
        """The hash of one token, as a column keeps it."""
        return mark(self._key, token)


@dataclass(frozen=True)
class Organisations:
    """The tree, and where each unit's code stands in it: a township's own unit stands for the township."""

    tree: OrgTree
    nodes: Mapping[str, str]

    def node(self, code: str | None) -> str | None:
        """The place of a unit or a division in the tree."""
        return None if code is None else self.nodes.get(code, code)

    def codes_at(self, nodes: Collection[str]) -> set[str]:
        """Every code that stands for one of these places."""
        return set(nodes) | {code for code, node in self.nodes.items() if node in nodes}


def whole_tree(session: Session) -> Organisations:
    """Every division and unit there is: for routing one complaint, not for reading lists."""
    divisions = session.execute(select(Division.code, Division.parent_code).order_by(Division.valid_from)).all()
    return _organisations(divisions, session.execute(select(*_UNIT)).all())


def tree_around(session: Session, codes: Collection[str]) -> Organisations:
    """What stands above some units and right below them; five statements, whatever the number of codes."""
    own = session.execute(select(*_UNIT).where(Unit.code.in_(codes))).all()
    places = {str(row.division_code) for row in own if row.division_code} | set(codes)
    chains = ancestors(session, places)
    divisions = [(place.code, place.parent_code) for chain in chains.values() for place in chain]
    seated = {row.division_code for row in own if row.kind in _SEATS}
    below = list(seated) + list(codes)
    lower = session.execute(select(Division.code, Division.parent_code).where(Division.parent_code.in_(below))).all()
    near = {code for code, _ in divisions}
    seats = or_(Unit.division_code.in_(near) & Unit.kind.in_([*_ORGANS, *_SEATS]), Unit.division_code.in_(below))
    return _organisations([*divisions, *lower], [*own, *session.execute(select(*_UNIT).where(seats)).all()])


def _organisations(
    divisions: Iterable[Sequence[str | None]], units: Iterable[Row[str, str, str | None]]
) -> Organisations:
    parents: dict[str, str | None] = {}
    for code, parent in divisions:
        parents[str(code)] = parent or parent_of(str(code))
    nodes: dict[str, str] = {}
    organs: dict[str, set[str]] = {}
    for code, kind, division in units:
        if kind in _SEATS and division:
            nodes[code] = division
        else:
            parents.setdefault(code, division)
        if kind in _ORGANS and division:
            organs.setdefault(division, set()).add(code)
    for code in [*parents.values()]:
        _complete(parents, code)
    return Organisations(OrgTree(parents, {code: frozenset(found) for code, found in organs.items()}), nodes)


def _complete(parents: dict[str, str | None], code: str | None) -> None:
    """Divisions above the registered ones are known by their digits: a county always has a province."""
    while code is not None and code not in parents:
        parents[code] = parent_of(code)
        code = parents[code]


_ACCOUNT = (User.username, User.display_name, User.unit_code)
_POST = (Tenure.unit_code.label("post"), Tenure.superior, Tenure.is_head, Tenure.until_on)


def _posts(session: Session, where: ColumnElement[bool]) -> dict[str, list[Row[*tuple[object, ...]]]]:
    query = select(*_ACCOUNT, *_POST).outerjoin(Tenure, Tenure.username == User.username).where(where)
    found: dict[str, list[Row[*tuple[object, ...]]]] = {}
    for row in session.execute(query.order_by(User.id, Tenure.since_on)):
        found.setdefault(row.username, []).append(row)
    return found


def _relatives(session: Session, where: ColumnElement[bool]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for username, full, bare in session.execute(select(Kinship.username, Kinship.mark, Kinship.name_mark).where(where)):
        found.setdefault(username, set()).update((full.hex(), bare.hex()))
    return found


@dataclass(frozen=True)
class _Held:
    """What somebody holds of complaints."""

    handles: Names = NOBODY
    decides: Names = NOBODY


def _people(
    session: Session, posts: Mapping[str, list[Row[*tuple[object, ...]]]], held: Mapping[str, _Held],
    relatives: Mapping[str, set[str]], places: Organisations,
) -> Iterator[Person]:  # fmt: skip
    marks, today = Marks(session), today_cn()
    for username, rows in posts.items():
        units = {places.node(str(row.post)) or "" for row in rows if row.post}
        own = places.node(rows[0].unit_code)
        known = marks.of(tokens_of_person(username, rows[0].display_name, units | ({own} if own else set())))
        called = marks.of(tokens_of_bare_name(rows[0].display_name))
        office = held.get(username, _Held())
        kin = frozenset(relatives.get(username, ()))
        present = [row for row in rows if row.post and _holds(row.until_on, today)]
        for row in present:
            yield Person(
                username,
                places.node(row.post),
                office.handles,
                office.decides,
                row.superior,
                kin,
                row.is_head,
                known,
                called,
            )
        if not present:
            yield Person(username, own, office.handles, office.decides, None, kin, False, known, called)


def _holds(until_on: date | None, today: date) -> bool:
    return until_on is None or until_on >= today


def staff(session: Session, places: Organisations) -> list[Person]:
    """Everybody who works complaints, and everybody with a post or a unit: the people that a route is decided over."""
    held = _holders(session)
    known = or_(User.unit_code.is_not(None), Tenure.id.is_not(None), User.username.in_(list(held)))
    return list(_people(session, _posts(session, known), held, _relatives(session, Kinship.id.is_not(None)), places))


def _holders(session: Session) -> dict[str, _Held]:
    rows = session.execute(
        select(User.username, UserRole.role, UserScope.division_code)
        .join(UserRole, UserRole.user_id == User.id)
        .join(UserScope, UserScope.user_role_id == UserRole.id)
        .where(
            UserRole.role.in_([role.value for role in {*_WORK, *_DECIDE}]),
            UserRole.ended_at.is_(None),
            User.disabled_at.is_(None),
            User.taken_at.is_not(None),
        )
    )
    handles: dict[str, set[str]] = {}
    decides: dict[str, set[str]] = {}
    for username, role, code in rows:
        for roles, found in ((_WORK, handles), (_DECIDE, decides)):
            if role in roles:
                found.setdefault(username, set()).add(code)
    return {
        name: _Held(frozenset(handles.get(name, ())), frozenset(decides.get(name, ()))) for name in {*handles, *decides}
    }


def staff_of(session: Session, organ: str) -> list[Person]:
    """Those who work or decide the complaints of an organ, by account."""
    held = {name: office for name, office in _holders(session).items() if organ in office.handles | office.decides}
    return [Person(name, None, office.handles, office.decides) for name, office in sorted(held.items())]


@dataclass(frozen=True)
class Around:
    """A reader with everybody whose being accused could keep him away."""

    me: tuple[Person, ...]
    others: tuple[Person, ...]
    places: Organisations


def people_around(session: Session, principal: Principal) -> Around:
    """The reader's posts and relatives, and the people of the units at, above and right below them."""
    mine = _posts(session, User.username == principal.username)
    codes = {str(row.post) for rows in mine.values() for row in rows if row.post}
    places = tree_around(session, codes | ({principal.unit_code} if principal.unit_code else set()))
    held = _Held(
        frozenset(scopes_for(principal, Permission.HANDLE_COMPLAINTS)),
        frozenset(scopes_for(principal, Permission.DECIDE_COMPLAINTS)),
    )
    kin = _relatives(session, Kinship.username == principal.username)
    me = tuple(_people(session, mine, {principal.username: held}, kin, places))
    return Around(me, tuple(_others(session, me, places)), places)


def _others(session: Session, me: Sequence[Person], places: Organisations) -> list[Person]:
    near: set[str] = set()
    for person in me:
        if person.unit is not None:
            near |= {person.unit, *places.tree.above(person.unit)}
            near |= places.tree.below(person.unit) if person.is_head else NOBODY
    codes = places.codes_at(near)
    names = [
        bytes.fromhex(name) for name in {name for person in me for name in person.called | person.names - {person.no}}
    ]
    declared = _relatives(session, or_(Kinship.mark.in_(names), Kinship.name_mark.in_(names)))
    line = [person.superior for person in me if person.superior]
    where = or_(
        User.unit_code.in_(codes),
        Tenure.unit_code.in_(codes),
        Tenure.superior.in_([person.no for person in me]),
        User.username.in_([*line, *declared]),
    )
    whoever = select(User.username).outerjoin(Tenure, Tenure.username == User.username).where(where)
    return list(_people(session, _posts(session, User.username.in_(whoever)), {}, declared, places))
