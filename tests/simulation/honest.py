"""Honest helpers, each odd in a way of his own: noise, canyons, rooms, wrong clocks, retries, new phones, paper, car pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.devices.actions import lease_nonces
from portal.kernel.geo import Datum, convert, point
from portal.registers.corrections import Act
from portal.registers.helpers.check_ins.paper.actions import countersign_paper_visit, enter_paper_visit
from tests.simulation.world import START, Home, Person, World, moment, scene

Month = Callable[[Session, Person, date], None]


def rounds(person: Person, month: date) -> Iterator[tuple[Home, datetime]]:
    """Each home once a month, on three different days, half an hour to an hour and a half apart."""
    days = sorted(person.chance.sample(range(27), 3))
    for number, home in enumerate(person.homes):
        day = month + timedelta(days=days[number % 3])
        yield home, moment(day, 8.5 + (number // 3) * 2 + person.chance.uniform(0, 1.5))


def plain(session: Session, person: Person, month: date) -> None:
    """Good signal; nonces; now and then the people are met in the field."""
    for home, at in rounds(person, month):
        lease = lease_nonces(session, person.walker.device_id, 1, at - timedelta(minutes=20))[0]
        met = person.fix(home)
        if person.chance.random() < 0.02:
            met["lat"] = round(met["lat"] + person.chance.uniform(800, 1500) / 111_195, 7)
        person.visit(session, home, at, photos=[person.photo()], nonce=lease.nonce, location=met)


def canyon(session: Session, person: Person, month: date) -> None:
    """A narrow valley: fixes of eighty to four hundred metres."""
    for home, at in rounds(person, month):
        place = person.fix(home, person.chance.uniform(80, 400))
        person.visit(session, home, at, photos=[person.photo()], location=place)


def indoors(session: Session, person: Person, month: date) -> None:
    """Inside the house: often no fix at all, else a poor one."""
    for home, at in rounds(person, month):
        more: dict[str, Any] = {"location": person.fix(home, person.chance.uniform(50, 1500))}
        if person.chance.random() < 0.5:
            more = {"location": None, "no_location_reason": "等不到定位"}
        person.visit(session, home, at, photos=[person.photo()], **more)


def wrong_clock(session: Session, person: Person, month: date) -> None:
    """The phone's clock is up to ten minutes off, and he also visits in the evening."""
    person.clock = timedelta(seconds=person.chance.randint(-600, 600))
    for number, (home, at) in enumerate(rounds(person, month)):
        late = moment(at.date(), 21 + person.chance.uniform(0, 0.7)) if number == 1 else at
        person.visit(session, home, late, photos=[person.photo()])


def offline(session: Session, person: Person, month: date) -> None:
    """No signal in the mountains: a queue that goes out days later, in any order, some of it twice."""
    queue = []
    at = moment(month, 9)
    for home, at in sorted(rounds(person, month), key=lambda pair: pair[1]):
        queue.append(person.claim(session, home, at, photos=[person.photo()], offline=True))
    back = at + timedelta(days=person.chance.uniform(0.5, 5))
    sending = queue + person.chance.sample(queue, 2)
    person.chance.shuffle(sending)
    for number, claim in enumerate(sending):
        person.walker.send(session, claim, back + timedelta(seconds=5 * number))


def retries(session: Session, person: Person, month: date) -> None:
    """Answers get lost: everything is sent up to five times."""
    for home, at in rounds(person, month):
        claim = person.claim(session, home, at, photos=[person.photo()])
        for number in range(person.chance.randint(1, 5)):
            person.walker.send(session, claim, at + timedelta(seconds=30 * number + 5))


def reinstalled(session: Session, person: Person, month: date) -> None:
    """The app is reinstalled or the phone replaced in the middle of the month, with one visit still in the old queue."""
    late = None
    for number, (home, at) in enumerate(sorted(rounds(person, month), key=lambda pair: pair[1])):
        if number == 2:
            late = person.claim(
                session, person.homes[0], at - timedelta(hours=2), photos=[person.photo()], offline=True
            )
            old = person.walker
            person.change_phone(session, at - timedelta(hours=1))
            old.send(session, late, at - timedelta(minutes=30))
        person.visit(session, home, at, photos=[person.photo()])


def on_paper(session: Session, person: Person, month: date) -> None:
    """No smartphone: forms, countersigned by a second person."""
    for home, at in rounds(person, month):
        values = {"visited_on": at.date(), "visit": "done", "activities": ["看住房"], "findings": [], "needs": []}
        entered = at + timedelta(days=2)
        row = enter_paper_visit(
            session, person.walker.helper_no, home.no, values, Act("user:clerk", "照表录入"), entered
        )
        countersign_paper_visit(session, row.id, Act("user:head", "核对过原表"), entered + timedelta(hours=3))


def car_pool(session: Session, person: Person, month: date) -> None:
    """Four colleagues in one car: one village in a morning, twelve to twenty minutes a home."""
    at = moment(month + timedelta(days=person.chance.randrange(25)), 9)
    for home in person.homes:
        person.visit(session, home, at, photos=[person.photo()])
        at += timedelta(minutes=person.chance.uniform(12, 20))


def one_block(session: Session, person: Person, month: date) -> None:
    """A resettlement block: all homes on one stair, the same doorway in the picture, ten to twenty minutes each."""
    at = moment(month + timedelta(days=person.chance.randrange(25)), 9)
    for home in person.homes:
        person.pictures += 1
        picture = scene(person.pictures, door=person.pictures // 1000 * 1000)
        person.visit(session, home, at, photos=[picture], location=person.fix(person.homes[0]))
        at += timedelta(minutes=person.chance.uniform(10, 20))


def campaign(session: Session, person: Person, month: date) -> None:
    """A policy must be told to everybody today: every home, a few minutes each, mostly at the village office."""
    at = moment(month + timedelta(days=person.chance.randrange(25)), 14)
    for number, home in enumerate(person.homes):
        place = person.fix(person.homes[0] if number < 3 else home)
        person.visit(session, home, at, photos=[person.photo()], location=place)
        at += timedelta(minutes=person.chance.uniform(6, 15))


def nobody_home(session: Session, person: Person, month: date) -> None:
    """Doors stay shut; the reason is noted, sometimes at home in the evening. Maps are of a Chinese make."""
    for number, (home, at) in enumerate(rounds(person, month)):
        if number % 3 == 0:
            elsewhere = person.fix(Home("", person.homes[0].lat + 0.05, person.homes[0].lng))
            why = {"visit": "not_possible", "not_possible_reason": "外出务工", "activities": [], "location": elsewhere}
            person.visit(session, home, moment(at.date(), 22.4 + number / 20), **why)
            continue
        raw = person.fix(home)
        lat, lng = convert(point(raw["lat"], raw["lng"], Datum.WGS84), Datum.GCJ02).degrees
        person.visit(
            session, home, at, photos=[person.photo()], location={**raw, "lat": lat, "lng": lng, "datum": "GCJ02"}
        )


PROFILES: dict[str, tuple[Month, dict[str, Any]]] = {
    "plain": (plain, {}),
    "canyon": (canyon, {}),
    "indoors": (indoors, {}),
    "wrong_clock": (wrong_clock, {}),
    "offline": (offline, {}),
    "retries": (retries, {}),
    "reinstalled": (reinstalled, {}),
    "on_paper": (on_paper, {}),
    "car_pool": (car_pool, {}),
    "one_block": (one_block, {"homes": 6, "spread_m": 12}),
    "campaign": (campaign, {"homes": 6, "spread_m": 400}),
    "nobody_home": (nobody_home, {}),
}


def live(session: Session, world: World, kind: str, months: int) -> Person:
    """One honest helper of a kind through some months."""
    act, shape = PROFILES[kind]
    person = world.person(session, f"honest/{kind}", **shape)
    for number in range(months):
        act(session, person, START + timedelta(days=30 * number))
    return person
