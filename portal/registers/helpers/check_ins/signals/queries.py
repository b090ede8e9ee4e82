"""The evidence bundle of a new check-in: what it is compared with is read, each signal is made, what is to be asked is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.geo import Datum, Point
from portal.registers.helpers.check_ins.claims.rules import ChainFault
from portal.registers.helpers.check_ins.evidence import queries as evidence
from portal.registers.helpers.check_ins.evidence.queries import Nearby, Whose
from portal.registers.helpers.check_ins.models import Visit
from portal.registers.helpers.check_ins.photos.queries import PhotoRow
from portal.registers.helpers.check_ins.questions.rules import Limits, Question, Seen, questions_of
from portal.registers.helpers.check_ins.signals import rules
from portal.registers.helpers.check_ins.signals.rules import Distance, Sighting, Ticked
from portal.registers.helpers.check_ins.statements.rules import Statement


@dataclass(frozen=True)
class Received:
    """A verified claim on its way into the register: what it says, whose it is, which photos it names."""

    claim_id: str
    statement: Statement
    whose: Whose
    photos: Sequence[PhotoRow]
    at: datetime
    revoked_device: bool
    device_id: str
    counter: int


@dataclass(frozen=True)
class Looked:
    """What was found by looking at other visits; nothing here depends on the order of writers."""

    distance: Distance | None
    travel_kmh: int | None
    clustered: int
    reused_photos: int
    set_back_s: int
    signals: Mapping[str, Any]


@dataclass(frozen=True)
class Bundle:
    """What the check-in's row keeps: distance, speed, all signals by their code, and the questions known at once."""

    distance: Distance | None
    travel_kmh: int | None
    signals: dict[str, Any]
    questions: Sequence[Question]


def look_around(session: Session, new: Received, limits: Limits) -> Looked:
    """Compare a check-in with what is known. Opens points of other visits in memory; keeps none. Reads only."""
    said, whose = new.statement, new.whose
    span = timedelta(minutes=limits.cluster_minutes)
    near = evidence.neighbours(session, whose.helper_id, said.captured_at, span)
    before = [visit for visit in near.before if visit.claim_id != new.claim_id]
    distance = _distance(said, whose, limits)
    signals = _alone(new, distance)
    travel = _travel(session, new, before, near.after, signals)
    clustered = _clustered(session, new, near.around, limits, signals)
    reused = _reused(session, new, signals)
    _photos(session, new, signals)
    gap = said.captured_at - before[0].captured_at if before else None
    signals |= rules.rhythm_signal(near.of_month + 1, near.of_day + 1, gap)
    if said.fix is not None and _is_constant(said.fix.accuracy_m, before):
        signals.setdefault("R3", {})["same_accuracy"] = evidence.RECENT
    return Looked(distance, travel, clustered, reused, _set_back(session, new), signals)


def conclude(
    looked: Looked,
    new: Received,
    limits: Limits,
    not_before: datetime | None,
    chain: ChainFault | None,
    paused: Collection[str] = (),
) -> Bundle:
    """The bundle, once the nonce is spent and the place in the chain is known: what is seen, and what is to be asked."""
    said, distance = new.statement, looked.distance
    clock = rules.clock_signal(said.captured_at, not_before, new.at, offline=said.offline, back_s=looked.set_back_s)
    challenge = rules.challenge_signal(said.challenge, said.nonce, leased=not_before is not None)
    signals = {**looked.signals, **clock, **challenge}
    if not_before is None:
        signals["unbracketed"] = {"nonce": said.nonce is not None}
    if chain is not None:
        signals["R10"] = {"kind": chain.kind, "counter": chain.counter}
    seen = Seen(
        beyond_m=distance.beyond_m if distance else None,
        travel_kmh=looked.travel_kmh,
        clustered=looked.clustered,
        reused_photos=looked.reused_photos,
        lag=abs(new.at - said.captured_at),
        offline=said.offline,
        at_night=rules.is_night(said.captured_at),
        chain=chain,
        revoked_device=new.revoked_device,
        was_there=said.visit is Visit.DONE,
    )
    return Bundle(distance, looked.travel_kmh, signals, questions_of(seen, limits, paused))


def _distance(said: Statement, whose: Whose, limits: Limits) -> Distance | None:
    if said.fix is None or whose.point is None:
        return None
    return rules.distance_from(said.fix, whose.point, limits.household_accuracy_m)


def _alone(new: Received, distance: Distance | None) -> dict[str, Any]:
    """Signals of the claim by itself."""
    said = new.statement
    signals = rules.fix_signals(said.fix, said.fixes)
    if distance is not None and distance.beyond_m > 0:
        signals["R1"] = {"distance_m": distance.distance_m, "beyond_m": distance.beyond_m}
    elif distance is None and said.fix is not None:
        signals["R1"] = {"unknown": "datum" if new.whose.datum_unknown else "no_point"}
    if new.revoked_device:
        signals["revoked_device"] = True
    if not said.photos and said.visit == "done":
        signals["no_photo"] = True
    return signals


def _sighting(new: Received) -> Sighting | None:
    fix = new.statement.fix
    if fix is None:
        return None
    return Sighting(new.claim_id, new.whose.household_id, new.statement.captured_at, fix.place, fix.accuracy_m)


def _travel(
    session: Session, new: Received, before: Sequence[Nearby], later: Nearby | None, signals: dict[str, Any]
) -> int | None:
    """R4: speed to the helper's neighbours in time, before and after; a helper's devices are all his own."""
    here = _sighting(new)
    if here is None:
        return None
    earlier = next((visit for visit in before if visit.has_location), None)
    others = evidence.sightings_of(session, [visit for visit in (earlier, later) if visit is not None])
    speeds = {other.claim_id: rules.speed_kmh(here, other) for other in others}
    if not speeds:
        return None
    claim, fastest = max(speeds.items(), key=lambda pair: pair[1])
    if fastest > 0:
        signals["R4"] = {"kmh": fastest, "with": claim}
    return fastest


def _clustered(session: Session, new: Received, near: Sequence[Nearby], limits: Limits, signals: dict[str, Any]) -> int:
    """R5: how many households at one spot; places are opened only where times alone could make it so.

    Households that could not be visited are in no crowd: they may all be written down at the office.
    """
    here = _sighting(new)
    if here is None or new.statement.visit is not Visit.DONE:
        return 0
    around = [visit for visit in near if visit.claim_id != new.claim_id and visit.was_there]
    if len({visit.household_id for visit in around} | {new.whose.household_id}) < limits.cluster_count:
        return 0
    count = rules.cluster(here, evidence.sightings_of(session, around), limits.cluster_minutes, limits.cluster_m)
    if count >= limits.cluster_count:
        signals["R5"] = {"households": count}
    return count


def _set_back(session: Session, new: Received) -> int:
    """R9: the phone's two clocks against each other, at this claim and at those beside it in its chain."""
    said = new.statement
    if said.mono_ms is None or said.boot is None:
        return 0
    beside = evidence.clocks_beside(session, new.device_id, new.counter, said.boot)
    return rules.set_back_s(Ticked(said.captured_at, said.mono_ms), beside)


def _reused(session: Session, new: Received, signals: dict[str, Any]) -> int:
    """R6: the very same bytes in another visit, whoever's."""
    uses = evidence.other_uses(session, new.photos, new.claim_id)
    if uses:
        signals["R6"] = {"photos": len({use.sha256 for use in uses}), "with": sorted({u.claim_id for u in uses})[:10]}
    return len({use.sha256 for use in uses})


def _photos(session: Session, new: Received, signals: dict[str, Any]) -> None:
    """R8: EXIF against the claim."""
    said = new.statement
    found: set[str] = set()
    for photo in new.photos:
        facts = evidence.exif_of(session, photo)
        place = Point(facts["lat_e7"], facts["lng_e7"], Datum.WGS84) if "lat_e7" in facts else None
        found.update(rules.exif_signal(facts, said.captured_at, said.fix.place if said.fix else None, place))
    if found:
        signals["R8"] = sorted(found)


def _is_constant(accuracy_m: float, before: Sequence[Nearby]) -> bool:
    exact = [visit.accuracy_m for visit in before if visit.accuracy_m is not None]
    return len(exact) >= evidence.RECENT - 1 and set(exact) == {round(accuracy_m)}
