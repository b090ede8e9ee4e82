"""The stage of the simulator: homes in villages, helpers with phones, pictures of their own, visits sent as phones do."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps
from sqlalchemy.orm import Session

from portal.accounts.queries import get_user
from portal.kernel.clock import CHINA
from portal.registers.helpers.check_ins.rules import Context
from portal.settings import Settings
from tests.factories.devices import enrolled, new_phone
from tests.factories.helpers import make_helper
from tests.factories.visits import Walker, add_household, make_walker

METRE = 1 / 111_195.0  # degrees of latitude
CENTRE = (33.80, 119.30)
START = date(2026, 9, 20)


@dataclass(frozen=True)
class Home:
    """A household: its number and where it stands (WGS-84, degrees)."""

    no: str
    lat: float
    lng: float


def moment(day: date, hour: float) -> datetime:
    """A time of day in China."""
    return datetime.combine(day, time(0), CHINA) + timedelta(hours=hour)


def moved(home: Home, north: float, east: float) -> tuple[float, float]:
    """A place so many metres from a home."""
    return home.lat + north * METRE, home.lng + east * METRE / np.cos(np.radians(home.lat))


@dataclass
class Person:
    """Somebody with a phone and households in hand."""

    kind: str
    walker: Walker
    homes: list[Home]
    chance: random.Random
    pictures: int  # the number of the next picture; no two persons share one
    clock: timedelta = timedelta(0)
    waiting: list[tuple[str, bytes]] = field(default_factory=list)

    def photo(self) -> bytes:
        """A picture that nobody took before."""
        self.pictures += 1
        return scene(self.pictures)

    def claim(self, session: Session, home: Home, at: datetime, **more: Any) -> tuple[str, bytes]:
        """Sign a visit at a moment by the real clock; the phone writes its own. `photo` are bytes to upload first."""
        photos = [self.walker.upload(session, data, at) for data in more.pop("photos", [])]
        captured = more.pop("captured_at", at + self.clock)
        if "location" not in more:
            more["location"] = self.fix(home)
        return self.walker.claim(home.no, captured_at=captured, photos=photos, **more)

    def visit(self, session: Session, home: Home, at: datetime, **more: Any) -> str:
        """Sign and send at once (or at `received`); the check-in's id."""
        received = more.pop("received", at + timedelta(seconds=self.chance.randint(3, 90)))
        return self.walker.send(session, self.claim(session, home, at, **more), received).id

    def fix(self, home: Home, accuracy: float | None = None) -> dict[str, Any]:
        """A measured place: nineteen of twenty lie within the accuracy that the phone tells."""
        accuracy = accuracy if accuracy is not None else self.chance.uniform(4, 25)
        sigma = accuracy / 2.4477
        lat, lng = moved(home, self.chance.gauss(0, sigma), self.chance.gauss(0, sigma))
        return {"lat": round(lat, 7), "lng": round(lng, 7), "accuracy_m": round(accuracy, 1), "datum": "WGS84"}

    def change_phone(self, session: Session, at: datetime) -> None:
        """Enrol another phone: a chain of its own begins, the earlier key is revoked."""
        phone = new_phone()
        user = get_user(session, self.walker.context.actor.removeprefix("user:"))
        device = enrolled(session, user, phone, at=at)
        self.walker = Walker(self.walker.helper_no, device.device_id, phone, self.walker.context)


class World:
    """Numbers people and homes. Everything follows from the seed."""

    def __init__(self, settings: Settings, seed: int = 1) -> None:
        self.settings, self.seed, self.people = settings, seed, 0

    def person(self, session: Session, kind: str, homes: int = 4, spread_m: float = 3000) -> Person:
        """A helper with a phone and homes in one village of their own."""
        self.people += 1
        number = self.people
        chance = random.Random(f"{self.seed}/{kind}/{number}")
        village = (CENTRE[0] + chance.uniform(-0.2, 0.2), CENTRE[1] + chance.uniform(-0.2, 0.2))
        helper = make_helper(session, f"B-{number}", f"王{number}")
        mine = []
        for n in range(homes):
            lat, lng = moved(Home("", *village), chance.uniform(-1, 1) * spread_m, chance.uniform(-1, 1) * spread_m)
            home = Home(f"H{number}-{n}", round(lat, 7), round(lng, 7))
            add_household(session, helper, home.no, lat_e7=round(lat * 10**7), lng_e7=round(lng * 10**7))
            mine.append(home)
        walker = make_walker(session, self.settings.files_dir, helper.no, moment(START - timedelta(days=30), 9))
        return Person(kind, walker, mine, chance, self.seed * 10_000_000 + number * 1000)


def context_of(person: Person) -> Context:
    """Who sends, and where the files lie."""
    return person.walker.context


def scene(seed: int, door: int | None = None) -> bytes:
    """A picture of 240 × 180; with `door` at the same doorway as others, at another hour with other people."""
    spots = _spots(seed)
    if door is not None:
        spots = (0.55 * _spots(door) + 0.45 * spots).astype(np.uint8)
    return _jpeg(Image.fromarray(spots).resize((240, 180), Image.Resampling.BICUBIC), 70)


def _spots(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def reencoded(data: bytes, chance: random.Random) -> bytes:
    """The picture again, smaller and saved anew."""
    image = Image.open(io.BytesIO(data))
    part = chance.uniform(0.5, 0.9)
    return _jpeg(image.resize((int(image.width * part), int(image.height * part))), chance.randint(35, 65))


def cropped(data: bytes, chance: random.Random) -> bytes:
    """A tenth of the picture cut away at a corner, or the picture mirrored."""
    image = Image.open(io.BytesIO(data))
    if chance.random() < 0.5:
        return _jpeg(ImageOps.mirror(image), 70)
    wide, high = int(image.width * 0.9), int(image.height * 0.9)
    left, top = chance.choice([(0, 0), (image.width - wide, 0), (0, image.height - high)])
    return _jpeg(image.crop((left, top, left + wide, top + high)), 70)


def photographed(data: bytes, chance: random.Random) -> bytes:
    """A photo of the photo: a little askew, unsharp, of another brightness."""
    image = Image.open(io.BytesIO(data))
    w, h = image.size
    skew = [chance.uniform(0, 0.025) for _ in range(8)]
    corners = (
        w * skew[0], h * skew[1], w * skew[2], h * (1 - skew[3]), w * (1 - skew[4]), h * (1 - skew[5]),
        w * (1 - skew[6]), h * skew[7],
    )  # fmt: skip
    turned = image.transform((w, h), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    bright = turned.point([min(255, int(value * 0.85 + 18)) for value in range(256)] * 3)
    return _jpeg(bright.filter(ImageFilter.GaussianBlur(1.0)), 60)
