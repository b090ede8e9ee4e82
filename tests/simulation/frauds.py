"""Frauds, each as somebody who fakes a month of visits would do it, and which rule is to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.queries import get_check_in
from tests.simulation.world import START, Home, Person, World, cropped, moment, moved, photographed, reencoded


def _day(person: Person) -> datetime:
    return moment(START + timedelta(days=person.chance.randrange(25)), 9 + person.chance.uniform(0, 6))


def _at(person: Person, home: Home, accuracy: float = 8.0) -> dict[str, Any]:
    return person.fix(home, accuracy)


def mocked_from_home(session: Session, person: Person) -> None:
    """A mock provider puts the phone at one household after the other from the sofa, a minute each."""
    at = _day(person)
    for home in person.homes:
        person.visit(session, home, at, photos=[person.photo()], location=_at(person, home))
        at += timedelta(seconds=person.chance.randint(45, 100))


def too_perfect(session: Session, person: Person) -> None:
    """A patient one: the mock provider at the right hour, with the very same fix each time. Signals, and no rule."""
    at = _day(person)
    for home in person.homes:
        place = {"lat": home.lat, "lng": home.lng, "accuracy_m": 5, "datum": "WGS84"}
        fixes = [{"lat": home.lat, "lng": home.lng, "accuracy_m": 5} for _ in range(6)]
        person.visit(session, home, at, photos=[person.photo()], location=place, fixes=fixes)
        at += timedelta(minutes=50)


def _with_old_photo(change: Callable[[bytes, Any], bytes]) -> Callable[[Session, Person], None]:
    def act(session: Session, person: Person) -> None:
        old, at = person.photo(), _day(person)
        for number, home in enumerate(person.homes):
            picture = old if number == 0 else change(old, person.chance)
            person.visit(session, home, at, photos=[picture])
            at += timedelta(days=1, minutes=50)

    return act


def lent_phone(session: Session, person: Person) -> None:
    """The phone goes to the village accountant, who checks everybody in from his own house two kilometres off."""
    at = _day(person)
    lat, lng = moved(person.homes[0], 6000, 6000)
    for home in person.homes:
        person.visit(session, home, at, photos=[person.photo()], location=_at(person, Home("", lat, lng)))
        at += timedelta(minutes=45)


def cloned_app(session: Session, person: Person) -> None:
    """The app with its key is copied: two phones go on from the same place of the chain."""
    at = _day(person)
    person.visit(session, person.homes[0], at, photos=[person.photo()])
    counter, previous = person.walker.counter, person.walker.previous
    for branch in range(2):
        person.walker.counter, person.walker.previous = counter, previous
        for number, home in enumerate(person.homes[1 + branch * 2 : 3 + branch * 2]):
            person.visit(session, home, at + timedelta(hours=1 + number + branch * 3), photos=[person.photo()])


def restored(session: Session, person: Person) -> None:
    """The phone's storage is put back to an earlier day, and visits that displeased are left out of the chain."""
    at = _day(person)
    for number, home in enumerate(person.homes[:4]):
        if number == 2:
            person.claim(session, home, at, photos=[])  # signed, and never sent
        else:
            person.visit(session, home, at, photos=[person.photo()])
        at += timedelta(hours=1)


def back_dated(session: Session, person: Person) -> None:
    """At the end of the month the clock is turned back by days, and the missing visits are made up."""
    at = moment(START + timedelta(days=27), 9 + person.chance.uniform(0, 2))
    for number, home in enumerate(person.homes):
        when = at - timedelta(days=4 + 2 * number)
        person.visit(session, home, at + timedelta(minutes=50 * number), photos=[person.photo()], captured_at=when)


def night_batch(session: Session, person: Person) -> None:
    """In bed at eleven: all of them, with what the phone has in its gallery."""
    at = moment(_day(person).date(), 22.2 + person.chance.uniform(0, 3))
    for home in person.homes:
        person.visit(session, home, at, photos=[person.photo()], location=_at(person, person.homes[0]))
        at += timedelta(minutes=person.chance.uniform(1, 4))


def one_spot(session: Session, person: Person) -> None:
    """From the bench before the village office, a few minutes each."""
    at = _day(person)
    for home in person.homes:
        person.visit(session, home, at, photos=[person.photo()], location=_at(person, person.homes[0]))
        at += timedelta(minutes=person.chance.uniform(2, 4))


def impossible_travel(session: Session, person: Person) -> None:
    """Two townships in one breath: a colleague's coordinates are typed in for the far one."""
    at = _day(person)
    for number, home in enumerate(person.homes):
        far = Home("", home.lat + (0.4 if number % 2 else 0), home.lng)
        person.visit(session, home, at, photos=[person.photo()], location=_at(person, far))
        at += timedelta(minutes=12)


def denied(session: Session, person: Person) -> None:
    """Everything looks right, and the household says that nobody came."""
    at = _day(person)
    for home in person.homes:
        claim = person.visit(session, home, at, photos=[person.photo()])
        at += timedelta(hours=1)
    household = get_check_in(session, claim).values["household_id"]
    context = person.walker.context
    said = Recollection.DID_NOT_COME
    answer_visit(session, context, claim, household, said, Channel.TELEPHONE, "户主", "", at + timedelta(days=3))


@dataclass(frozen=True)
class Fraud:
    """A kind of fraud: what is done, the rules that are to see it, and whether none of it may pass unseen."""

    act: Callable[[Session, Person], None]
    rules: tuple[str, ...]
    certain: bool = False
    spread_m: float = 3000


FRAUDS: dict[str, Fraud] = {
    "mocked_from_home": Fraud(mocked_from_home, ("H04",), certain=True, spread_m=12_000),
    "too_perfect": Fraud(too_perfect, ()),
    "identical_photo": Fraud(_with_old_photo(lambda data, _: data), ("H03",), certain=True),
    "reencoded_photo": Fraud(_with_old_photo(reencoded), ("H03",)),
    "cropped_or_mirrored": Fraud(_with_old_photo(cropped), ("H03",)),
    "photo_of_a_photo": Fraud(_with_old_photo(photographed), ("H03",)),
    "lent_phone": Fraud(lent_phone, ("H02",)),
    "cloned_app": Fraud(cloned_app, ("H09",), certain=True),
    "restored_chain": Fraud(restored, ("H09",), certain=True),
    "back_dated_clock": Fraud(back_dated, ("H07",), certain=True),
    "night_batch": Fraud(night_batch, ("H07",), certain=True),
    "one_spot": Fraud(one_spot, ("H05",)),
    "impossible_travel": Fraud(impossible_travel, ("H04",), certain=True),
    "household_denies": Fraud(denied, ("H08",)),
}


def commit(session: Session, world: World, kind: str) -> Person:
    """One fraud of a kind."""
    fraud = FRAUDS[kind]
    person = world.person(session, f"fraud/{kind}", homes=5, spread_m=fraud.spread_m)
    fraud.act(session, person)
    return person
