"""How many lived together in a household on a day, by one reckoning for one household and for everybody at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import start_of_day_cn, today_cn
from portal.registers.recipients.models import Person
from portal.registers.recipients.procedures.changes.queries import members_shift, members_shifts

# Made once. Current and former rows are asked for apart: each kind has its index, both together would read everybody.
_KNOWN = func.sum(case((Person.recorded_at <= bindparam("moment", type_=Person.recorded_at.type), 1), else_=0))
_PRESENT = select(Person.household_id, func.count(Person.id), _KNOWN).where(
    Person.lives_together, Person.superseded_at.is_(None)
)
_FORMER = select(Person.household_id, func.count(Person.id)).where(
    Person.lives_together,
    Person.superseded_at > bindparam("moment", type_=Person.recorded_at.type),
    Person.recorded_at <= bindparam("moment", type_=Person.recorded_at.type),
)
_OF_ONE = Person.household_id == bindparam("household")
_PRESENT_OF, _FORMER_OF, _PRESENT_ALL, _FORMER_ALL = (
    query.group_by(Person.household_id).execution_options(include_superseded=True)
    for query in (_PRESENT.where(_OF_ONE), _FORMER.where(_OF_ONE), _PRESENT, _FORMER)
)


def members_of(session: Session, household_id: int, on: date) -> tuple[int, date | None]:
    """Persons living together as the register stood at the end of a day; as it stands where it knew nobody then.

    With the day as of which they were read; None: the register as it stands. What had happened by then but was
    confirmed later (a birth, a death, a split) is reckoned in.
    """
    asked = {"household": household_id, "moment": _end_of(on)}
    present, known = _both(session.execute(_PRESENT_OF, asked)).get(household_id, (0, 0))
    if on >= today_cn():
        return present, None
    known += sum(n for _household, n in session.execute(_FORMER_OF, asked))
    shift = members_shift(session, household_id, on, from_present=not known)
    return (known + shift, on) if known else (present + shift, None)


def members_of_everybody(session: Session, on: date) -> dict[int, int]:
    """As `members_of`, of all households in three statements; one without members is absent."""
    asked = {"moment": _end_of(on)}
    both = _both(session.execute(_PRESENT_ALL, asked))
    if on >= today_cn():
        return {household: present for household, (present, _known) in both.items()}
    known = {household: n for household, (_present, n) in both.items() if n}
    for household, n in session.execute(_FORMER_ALL, asked):
        known[household] = known.get(household, 0) + n
    found = {household: known.get(household) or present for household, (present, _known) in both.items()} | known
    for household, (since_known, since_present) in members_shifts(session, on).items():
        found[household] = found.get(household, 0) + (since_known if known.get(household) else since_present)
    return found


def _end_of(on: date) -> datetime:
    return start_of_day_cn(on + timedelta(days=1))


def _both(rows: Iterable[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    return {household: (present, known or 0) for household, present, known in rows}
