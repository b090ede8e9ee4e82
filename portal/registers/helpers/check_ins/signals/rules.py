"""Signals R1 … R11 from values in hand: distances, speeds, clocks, rhythm. Whole numbers, and never a place."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from portal.kernel.clock import CHINA
from portal.kernel.geo import Point, distance_m
from portal.registers.helpers.check_ins.statements.rules import Fix

POOR_FIX_M: Final = 100
CLOCK_SLACK: Final = timedelta(minutes=5)
LONGEST_RUN_MS: Final = 10 * 366 * 86_400_000  # ten years: more is no clock
FASTEST: Final = 9999
SHORT_WAY_M: Final = 200
SHORT_TIME: Final = timedelta(seconds=60)
NIGHT: Final = (22, 5)
BUSY_SHARE: Final = 40  # per cent of a month's visits within the last 24 hours
BUSY_FROM: Final = 5
CLOSE_TOGETHER: Final = timedelta(minutes=3)
FROZEN_FIXES: Final = 5
EXIF_SLACK: Final = timedelta(hours=2)
EXIF_FAR_M: Final = 1000


@dataclass(frozen=True)
class Distance:
    """How far from the household, in whole metres; `beyond_m` is what neither accuracy explains."""

    distance_m: int
    beyond_m: int


def distance_from(fix: Fix, household: Point, household_accuracy_m: int) -> Distance:
    """Metres between a fix and a household's point, each converted from its own datum first."""
    metres = distance_m(fix.place, household)
    return Distance(round(metres), max(0, math.floor(metres - fix.accuracy_m - household_accuracy_m)))


@dataclass(frozen=True)
class Sighting:
    """A claim's time and place, with the 95 % radius in metres: what two claims are compared by."""

    claim_id: str
    household_id: int
    captured_at: datetime
    place: Point
    accuracy_m: float


def speed_kmh(one: Sighting, other: Sighting) -> int:
    """How fast somebody must have gone from one claim's place to the other's, at least; 0 within accuracy, whole km/h.

    A way that both radii explain is none, and a short one (200 m) is walked; within a minute the minute counts.
    """
    metres = distance_m(one.place, other.place) - one.accuracy_m - other.accuracy_m
    if metres <= SHORT_WAY_M:
        return 0
    seconds = max(abs((one.captured_at - other.captured_at).total_seconds()), SHORT_TIME.total_seconds())
    return min(FASTEST, math.floor(metres / seconds * 3.6))


def cluster(new: Sighting, others: Sequence[Sighting], minutes: int, circle_m: int) -> int:
    """How many different households the claims within some minutes name inside one circle that holds the new one.

    A circle of `circle_m` radius around any of the claims is tried; the largest count is the answer.
    """
    span = timedelta(minutes=minutes)
    near = [new, *(o for o in others if distance_m(o.place, new.place) <= 2 * circle_m)]
    best = 1
    for centre in near:
        inside = [o for o in near if distance_m(o.place, centre.place) <= circle_m]
        if new in inside:
            best = max(best, most_within(inside, new, span))
    return best


def most_within(inside: Sequence[Sighting], new: Sighting, span: timedelta) -> int:
    """The most different households in any stretch of time of this length that holds the new claim."""
    best = 1
    for first in inside:
        if abs(new.captured_at - first.captured_at) > span:
            continue
        end = first.captured_at + span
        stretch = {o.household_id for o in inside if first.captured_at <= o.captured_at <= end}
        if first.captured_at <= new.captured_at <= end:
            best = max(best, len(stretch))
    return best


def is_night(captured_at: datetime) -> bool:
    """22:00–05:00 in China."""
    hour = captured_at.astimezone(CHINA).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def fix_signals(fix: Fix | None, fixes: Sequence[Fix]) -> dict[str, Any]:
    """R2 poor fix, R3 too perfect; an accuracy of exactly zero is a sign of a mock provider."""
    found: dict[str, Any] = {}
    if fix is None:
        return found
    if fix.accuracy_m > POOR_FIX_M or len(fixes) == 1:
        found["R2"] = {"accuracy_m": round(fix.accuracy_m), "fixes": len(fixes)}
    identical = len({(f.place, f.accuracy_m) for f in fixes}) == 1 and len(fixes) >= FROZEN_FIXES
    if identical or fix.accuracy_m == 0:
        found["R3"] = {"fixes": len(fixes), "zero": fix.accuracy_m == 0}
    return found


@dataclass(frozen=True)
class Ticked:
    """One moment on both clocks of a phone: what its wall clock showed, and how long its steady clock had run."""

    captured_at: datetime
    mono_ms: float


def set_back_s(here: Ticked, others: Collection[Ticked]) -> int:
    """How far the phone's wall clock was set back between two claims of one run of its steady clock, in seconds.

    The steady clock (`mono_ms`, counted from `boot`) cannot be set, but it may stand still while the phone sleeps: less
    of it than of the wall clock says nothing. More of it than of the wall clock says that the latter was set back; five
    minutes are the slack of every clock here. A wall clock set forward shows against the server's bracket instead.
    """
    moved = [_moved_back_s(here, other) for other in others if _ran(here) and _ran(other)]
    most = max(moved, default=0)
    return most if most > CLOCK_SLACK.total_seconds() else 0


def _ran(moment: Ticked) -> bool:
    return 0 <= moment.mono_ms <= LONGEST_RUN_MS


def _moved_back_s(one: Ticked, other: Ticked) -> int:
    first, last = sorted((one, other), key=lambda moment: moment.mono_ms)
    steady = (last.mono_ms - first.mono_ms) / 1000
    return math.floor(steady - (last.captured_at - first.captured_at).total_seconds())


def digits_of(nonce: str) -> str:
    """The three digits that belong to a nonce, to be held into the picture: the first four bytes of a SHA-256, mod 1000."""
    digest = hashlib.sha256(b"yangguang/challenge/v1\0" + nonce.encode()).digest()
    return f"{int.from_bytes(digest[:4], 'big') % 1000:03d}"


def challenge_signal(challenge: str | None, nonce: str | None, *, leased: bool) -> dict[str, Any]:
    """What a claim says of the digits in its picture, against its nonce; empty where it says nothing of them.

    `right` is no proof: it says which digits a person has to look for in the photo. `wrong` are others than the nonce's;
    `without_nonce` belong to no nonce that this phone had leased, so that they may have been known for years.
    """
    if challenge is None:
        return {}
    if nonce is None or not leased:
        return {"challenge": {"kind": "without_nonce"}}
    if challenge.strip() != digits_of(nonce):
        return {"challenge": {"kind": "wrong"}}
    return {"challenge": {"kind": "right", "digits": digits_of(nonce)}}


def clock_signal(
    captured_at: datetime,
    not_before: datetime | None,
    received_at: datetime,
    *,
    offline: bool,
    back_s: int = 0,
) -> dict[str, Any]:
    """R9: the device's clock against the server's bracket and its own steady clock, in whole seconds; empty inside it."""
    early = (not_before - captured_at) if not_before is not None else timedelta(0)
    late = captured_at - received_at
    found: dict[str, Any] = {}
    if early > CLOCK_SLACK:
        found["before_nonce_s"] = int(early.total_seconds())
    if late > CLOCK_SLACK:
        found["after_receipt_s"] = int(late.total_seconds())
    behind = received_at - captured_at
    if behind > timedelta(hours=1):
        found |= {"behind_s": int(behind.total_seconds()), "offline": offline}
    if back_s:
        found["set_back_s"] = back_s
    return {"R9": found} if found else {}


def rhythm_signal(of_month: int, of_day: int, gap: timedelta | None) -> dict[str, Any]:
    """R11: most of a month's visits in one day, or one right after the other; both have innocent causes."""
    found: dict[str, Any] = {}
    if of_month >= BUSY_FROM and of_day * 100 > BUSY_SHARE * of_month and of_day >= BUSY_FROM:
        found |= {"of_month": of_month, "of_day": of_day}
    if gap is not None and gap < CLOSE_TOGETHER:
        found["seconds_apart"] = int(gap.total_seconds())
    return {"R11": found} if found else {}


def exif_signal(
    facts: Mapping[str, Any], captured_at: datetime, place: Point | None, exif_place: Point | None
) -> list[str]:
    """R8: in which respects a photo's EXIF contradicts the claim: `time`, `place`, `editor`. No EXIF means nothing."""
    found = []
    taken = _exif_time(facts)
    if taken is not None and abs(taken - captured_at) > EXIF_SLACK:
        found.append("time")
    if place is not None and exif_place is not None and distance_m(place, exif_place) > EXIF_FAR_M:
        found.append("place")
    if facts.get("editor") and any(word in str(facts["editor"]).lower() for word in EDITORS):
        found.append("editor")
    return found


EDITORS: Final[Collection[str]] = ("photoshop", "gimp", "snapseed", "lightroom", "picsart", "meitu", "美图", "醒图")


def _exif_time(facts: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(f"{facts['taken']}{facts.get('offset', '+08:00')}")
    except (KeyError, ValueError):
        return None
    return moment
