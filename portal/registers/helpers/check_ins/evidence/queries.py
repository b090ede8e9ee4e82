"""Reads for a check-in that has just come in: its household, its helper's other visits nearby in time, its photos' past."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ColumnElement, Date, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from portal.kernel.database import ReadingSession, data_version
from portal.kernel.geo import Datum, Point
from portal.kernel.keeping import KNOWN_AT
from portal.kernel.prepared import Prepared
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.claims.queries import BODY_SEAL, fixes_of
from portal.registers.helpers.check_ins.models import CheckIn, Visit
from portal.registers.helpers.check_ins.photos.actions import EXIF_SEAL
from portal.registers.helpers.check_ins.photos.queries import PhotoRow, Reuse, list_uses
from portal.registers.helpers.check_ins.questions.rules import Limits
from portal.registers.helpers.check_ins.signals.rules import Sighting, Ticked
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.recipients.models import Household
from portal.registers.sealed import keyring_of

RECENT = 12
AROUND = 200
MOST_AT_ONCE = 300
MOST_LIMITS = 4096
_known_limits: WeakKeyDictionary[Pool, dict[tuple[int, str, date], Limits]] = WeakKeyDictionary()
PARAMETERS = {
    "visit_distance_m": "distance_m",
    "visit_speed_kmh": "speed_kmh",
    "visit_cluster_count": "cluster_count",
    "visit_cluster_minutes": "cluster_minutes",
    "visit_cluster_m": "cluster_m",
    "visit_late_hours": "late_hours",
    "household_accuracy_m": "household_accuracy_m",
    "need_days": "need_days",
}


@dataclass(frozen=True)
class Whose:
    """The helper and the household of a check-in, as they stand in the registers."""

    helper_id: int
    household_id: int
    division_code: str
    point: Point | None  # none: not entered, or its datum is unknown
    datum_unknown: bool


def _paired(day: BindParameter[date]) -> ColumnElement[bool]:
    return and_(_PAIRS.c.started_on <= day, or_(_PAIRS.c.ended_on.is_(None), _PAIRS.c.ended_on >= day))


_HELPERS, _PAIRS, _HOMES = Helper.__table__, Pairing.__table__, Household.__table__
# Made once, over the tables themselves: every claim of every phone asks.
_WHOSE = Prepared(
    select(_HELPERS.c.id, _HOMES.c.id, _HOMES.c.division_code, _HOMES.c.lat_e7, _HOMES.c.lng_e7, _HOMES.c.datum)
    .join_from(_HELPERS, _PAIRS, _PAIRS.c.helper_id == _HELPERS.c.id)
    .join(_HOMES, _HOMES.c.id == _PAIRS.c.household_id)
    .where(
        _HELPERS.c.no == bindparam("helper"),
        _HOMES.c.no == bindparam("household"),
        or_(_paired(bindparam("day", type_=Date)), _paired(bindparam("other", type_=Date))),
        *(table.c.superseded_at.is_(None) for table in (_HELPERS, _PAIRS, _HOMES)),
    )
    .limit(1)
)


def find_whose(session: Session, helper_no: str, household_no: str, days: Collection[date]) -> Whose | None:
    """The helper's own household on one of these (at most two) days; None for one that was not the helper's then."""
    first, *more = days
    asked = {"helper": helper_no, "household": household_no, "day": first, "other": more[0] if more else first}
    row = _WHOSE.first(session.connection(), asked)
    if row is None:
        return None
    helper, household, division, lat, lng, datum = row
    if lat is None or lng is None:
        return Whose(helper, household, division, None, datum_unknown=False)
    place = Point(lat, lng, Datum(datum)) if datum in set(Datum) else None
    return Whose(helper, household, division, place, datum_unknown=place is None)


def limits_at(session: Session, division: str, on: date) -> Limits:
    """The limits that hold for visits at a place on a day; read once, until anything that is public changes."""
    if not isinstance(session, ReadingSession) or KNOWN_AT in session.info:
        return _read_limits(session, division, on)
    connection = session.connection()
    known = _known_limits.setdefault(connection.engine.pool, {})
    asked = data_version(connection), division, on
    if asked not in known:
        if len(known) >= MOST_LIMITS:
            known.clear()
        known[asked] = _read_limits(session, division, on)
    return known[asked]


def _read_limits(session: Session, division: str, on: date) -> Limits:
    values = values_for(session, list(PARAMETERS), division, on)
    return Limits(**{field: values[name].whole for name, field in PARAMETERS.items()})


@dataclass(frozen=True)
class Nearby:
    """Another visit of the same helper: when, whom, how exact."""

    claim_id: str
    household_id: int
    captured_at: datetime
    accuracy_m: int | None
    has_location: bool
    visit: str

    @property
    def was_there(self) -> bool:
        """Whether it says that somebody was there, and not why nobody could."""
        return self.visit == Visit.DONE


_NEARBY = (
    CheckIn.claim_id, CheckIn.household_id, CheckIn.captured_at, CheckIn.accuracy_m, CheckIn.has_location,
    CheckIn.visit,
)  # fmt: skip


def list_before(session: Session, helper_id: int, moment: datetime) -> list[Nearby]:
    """The helper's visits up to a moment, the latest first; a dozen at most."""
    query = select(*_NEARBY).where(CheckIn.helper_id == helper_id, CheckIn.captured_at <= moment)
    rows = session.execute(query.order_by(CheckIn.captured_at.desc()).limit(RECENT))
    return [Nearby(*row) for row in rows]


def find_after(session: Session, helper_id: int, moment: datetime) -> Nearby | None:
    """The helper's first visit after a moment that has a location: an offline queue may arrive in any order."""
    query = select(*_NEARBY).where(
        CheckIn.helper_id == helper_id, CheckIn.captured_at > moment, CheckIn.has_location.is_(True)
    )
    row = session.execute(query.order_by(CheckIn.captured_at).limit(1)).one_or_none()
    return Nearby(*row) if row is not None else None


def list_around(session: Session, helper_id: int, moment: datetime, span: timedelta) -> list[Nearby]:
    """The helper's visits with a location within a span of time around a moment."""
    query = select(*_NEARBY).where(
        CheckIn.helper_id == helper_id,
        CheckIn.captured_at >= moment - span,
        CheckIn.captured_at <= moment + span,
        CheckIn.has_location.is_(True),
    )
    return [Nearby(*row) for row in session.execute(query.order_by(CheckIn.captured_at).limit(AROUND))]


def count_recent(session: Session, helper_id: int, moment: datetime) -> tuple[int, int]:
    """How many visits the helper made in the 30 days and in the 24 hours before a moment."""
    within_day = case((CheckIn.captured_at > moment - timedelta(hours=24), 1), else_=0)
    of_month, of_day = session.execute(
        select(func.count(), func.sum(within_day)).where(
            CheckIn.helper_id == helper_id,
            CheckIn.captured_at > moment - timedelta(days=30),
            CheckIn.captured_at <= moment,
        )
    ).one()
    return int(of_month), int(of_day or 0)


@dataclass(frozen=True)
class Neighbours:
    """A helper's other visits as a new one sees them: before (latest first), next after, around it in time, lately."""

    before: Sequence[Nearby]
    after: Nearby | None
    around: Sequence[Nearby]
    of_month: int
    of_day: int


_VISITS = CheckIn.__table__
_LATEST = Prepared(
    select(*(_VISITS.c[column.key] for column in _NEARBY))
    .where(_VISITS.c.helper_id == bindparam("helper"), _VISITS.c.superseded_at.is_(None))
    .order_by(_VISITS.c.captured_at.desc())
    .limit(MOST_AT_ONCE + 1)
)


def neighbours(session: Session, helper_id: int, moment: datetime, span: timedelta) -> Neighbours:
    """What the four reads above find: in one statement, unless a helper has more visits than one statement should read."""
    rows = [Nearby(*row) for row in _LATEST.rows(session.connection(), {"helper": helper_id})]
    if len(rows) > MOST_AT_ONCE:
        month, day = count_recent(session, helper_id, moment)
        before, around = list_before(session, helper_id, moment), list_around(session, helper_id, moment, span)
        return Neighbours(before, find_after(session, helper_id, moment), around, month, day)
    located = [row for row in reversed(rows) if row.has_location]
    return Neighbours(
        before=[row for row in rows if row.captured_at <= moment][:RECENT],
        after=next((row for row in located if row.captured_at > moment), None),
        around=[row for row in located if abs(row.captured_at - moment) <= span][:AROUND],
        of_month=sum(moment - timedelta(days=30) < row.captured_at <= moment for row in rows),
        of_day=sum(moment - timedelta(hours=24) < row.captured_at <= moment for row in rows),
    )


def sightings_of(session: Session, visits: Sequence[Nearby]) -> list[Sighting]:
    """Visits with their precise places, opened in memory only, as far as these are not erased."""
    fixes = fixes_of(session, [visit.claim_id for visit in visits if visit.has_location])
    return [
        Sighting(v.claim_id, v.household_id, v.captured_at, fixes[v.claim_id].place, fixes[v.claim_id].accuracy_m)
        for v in visits
        if v.claim_id in fixes
    ]


_CLAIMS = Claim.__table__
_BESIDE = Prepared(
    select(_CLAIMS.c.body_sealed).where(
        _CLAIMS.c.device_id == bindparam("device"),
        _CLAIMS.c.counter.in_((bindparam("before"), bindparam("after"))),
        _CLAIMS.c.outcome == Outcome.ACCEPTED,
        _CLAIMS.c.body_sealed.is_not(None),
    )
)


def clocks_beside(session: Session, device_id: str, counter: int, boot: str) -> list[Ticked]:
    """Both clocks as the claims before and after a place of a device's chain named them, in the same run of the phone.

    Bodies are opened in memory only, and are not there any more once they are erased.
    """
    beside = {"device": device_id, "before": counter - 1, "after": counter + 1}
    sealed = [row.body_sealed for row in _BESIDE.rows(session.connection(), beside)]
    keyring = keyring_of(session)
    bodies = [json.loads(keyring.open_bytes(body, BODY_SEAL)) for body in sealed if body is not None]
    return [
        Ticked(datetime.fromisoformat(body["captured_at"].upper()), float(body["mono_ms"]))
        for body in bodies
        if body.get("boot") == boot and body.get("mono_ms") is not None
    ]


def other_uses(session: Session, photos: Collection[PhotoRow], claim_id: str) -> list[Reuse]:
    """Other visits that named the very same bytes."""
    found = list_uses(session, [bytes.fromhex(photo.sha256) for photo in photos])
    return [use for use in found if use.claim_id != claim_id]


def exif_of(session: Session, photo: PhotoRow) -> Mapping[str, Any]:
    """What a photo's EXIF said; empty when it said nothing or has been forgotten."""
    if photo.exif_sealed is None:
        return {}
    facts: Mapping[str, Any] = json.loads(keyring_of(session).open_(photo.exif_sealed, EXIF_SEAL))
    return facts
