"""Whose name and number must not stand on a notice, and which of its lines may not be published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.kernel.sealing import Keyring
from portal.publishing.notice_gate import KnownPeople
from portal.publishing.notices.disclosure import PublicNotice, Source
from portal.publishing.notices.rows.queries import households_of
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.queries import name_path, names_of
from portal.registers.divisions.rules import level_of
from portal.registers.recipients.answers.queries import SubjectKind, disputed_facts
from portal.registers.recipients.models import Household, Person
from portal.registers.sealed import keyring_of, seal_name

ADULT: Final = 18
VILLAGE: Final = 5
SHORTEST: Final = 2
ID_SEAL: Final = seal_name("persons", "id_sealed")


def known_people(session: Session, notice: PublicNotice, source: Source, today: date) -> KnownPeople:
    """Everything that the register knows against a notice. A village's notice is held against all minors of the village."""
    homes = households_of(session, source, notice.division_code)
    ids = {household for found in homes.values() for household in found}
    people = people_of(session, ids, notice.division_code)
    listed = [row for row in people if row.household_id in ids]
    names = {str(row.cells["name"]) for row in source.rows if row.cells.get("name")}
    minors = {row.name for row in people if is_minor(row, today)}
    own = {row.name for row in listed if is_minor(row, today)}
    return KnownPeople(
        minors=frozenset(name for name in minors if len(name) >= SHORTEST),
        names=frozenset(name for name in names | {row.name for row in listed} if len(name) >= SHORTEST),
        last_four=frozenset(last_four_of(listed, keyring_of(session))),
        minor_rows=frozenset(n for n, row in enumerate(source.rows, 1) if n in homes and row.cells.get("name") in own),
        disputed_rows=frozenset(_disputed(session, source)),
        places=_places(session, notice),
        smallest=value_for(session, "small_cell", notice.division_code, today).whole,
    )


def people_of(session: Session, ids: Collection[int], division: str) -> Sequence[Any]:
    """Members of some households, and of all households of the place where it is a village."""
    columns = (Person.household_id, Person.name, Person.born_on, Person.id_born_on, Person.id_sealed)
    wanted: Any = Person.household_id.in_(ids)
    if level_of(division) >= VILLAGE:
        here = select(Household.id).where(Household.division_code == division)
        wanted = or_(wanted, Person.household_id.in_(here))
    return session.execute(select(*columns).where(wanted)).all()


def is_minor(row: Any, today: date) -> bool:
    """Whether a member is known to be under 18."""
    born = row.born_on or row.id_born_on
    if born is None or born > today:
        return False
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return bool(age < ADULT)


def last_four_of(people: Sequence[Any], keyring: Keyring) -> Iterator[str]:
    """The last four digits of the members' ID numbers: each opens its household's page."""
    sealed = [row.id_sealed for row in people]
    for number in keyring.open_many(sealed, ID_SEAL):
        if number:
            yield number[14:18].upper()


def _places(session: Session, notice: PublicNotice) -> frozenset[str]:
    """Names of places and offices that stand on the notice: a child may be called like a village."""
    units = [
        str(row[code]) for row in notice.rows for code, _label, of in notice.columns if of == "单位" and code in row
    ]
    path = [step.name for step in name_path(session, notice.division_code)]
    names = names_of(session, [notice.division_code]).values()
    return frozenset(filter(None, [*path, *names, *units, notice.issuer, notice.place]))


def _facts(source: Source) -> Mapping[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    for number, row in enumerate(source.rows, 1):
        for kind, no in row.facts:
            found.setdefault(kind, {}).setdefault(no, []).append(number)
    return found


def _disputed(session: Session, source: Source) -> set[int]:
    """Lines that tell a fact which its household disputes; until it is settled nobody publishes it."""
    found: set[int] = set()
    for kind, lines in _facts(source).items():
        if kind not in set(SubjectKind):
            continue
        for number in disputed_facts(session, kind, lines.keys()):
            found.update(lines[number])
    return found
