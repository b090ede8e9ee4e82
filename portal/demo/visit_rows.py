"""Visits as rows of the register: written in one batch with one event, as a file of the year before would be.

Only the two helpers of story 5 have signed claims and photos: their keys are made here, used once and thrown away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import Connection, Engine, func, insert, select, text
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.pictures import draw_picture
from portal.demo.plan import Plan
from portal.demo.visits import Visits, make_visits
from portal.kernel.clock import CHINA
from portal.kernel.database import Base, now_utc, reading, reserve_ids, writing
from portal.kernel.geo import Datum, Point
from portal.kernel.sealing import Keyring
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.claims.queries import BODY_SEAL, seal_fix
from portal.registers.helpers.check_ins.claims.rules import message_of
from portal.registers.helpers.check_ins.models import CheckIn, Source, State, Visit
from portal.registers.helpers.check_ins.photos.actions import keep_photo
from portal.registers.helpers.check_ins.photos.models import Photo, VisitPhoto
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from portal.registers.helpers.check_ins.questions.rules import Limits, Question, Seen, questions_of
from portal.registers.helpers.check_ins.rules import Context, coarse
from portal.registers.helpers.check_ins.statements.rules import Fix
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household
from portal.trail.actions import record_batch
from portal.trail.batches import BatchManifest, RowTreeBuilder
from portal.trail.encoding import row_digest, row_values
from portal.trail.heads import put_heads

ACTOR: Final = "demo"
VISITS: Final = "visits"
CHUNK: Final = 5000
DEVICES: Final = {"busy": "demo-busy", "hill": "demo-hill"}
LIMITS: Final = Limits(500, 150, 5, 30, 50, 72, 50, 30)
TABLES: Final = (CheckIn, Claim, VisitPhoto, VisitQuestion)


@dataclass
class Rows:
    """Rows by table, in the order in which they refer to each other."""

    check_ins: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    visit_photos: list[dict[str, Any]] = field(default_factory=list)
    visit_questions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Device:
    """A phone that exists for the length of this program."""

    device_id: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    counter: int = 0
    previous: bytes = bytes(32)


def load_visits(engine: Engine, keyring: Keyring, files_dir: Path, demo: Demonstration) -> int:
    """Draw the visits of a plan and write them down; returns how many. Visits that are there are left."""
    with reading(engine) as session:
        if session.scalar(select(CheckIn.id).limit(1)) is not None:
            return 0
    visits = make_visits(demo.plan, demo.places, demo.people, demo.helpers)
    numbers = {story: str(demo.helpers.no[visits.helper[visits.story == story][0]]) for story in DEVICES}
    photos = _keep_photos(engine, Context(ACTOR, files_dir), demo.plan, visits, numbers)
    with writing(engine) as session:
        rows = _rows(session, keyring, demo, visits, photos, numbers)
        _write(session, rows)
    return visits.count


def _keep_photos(
    engine: Engine, context: Context, plan: Plan, visits: Visits, numbers: Mapping[str, str]
) -> dict[int, str]:
    """One picture for the whole evening of the busy helper, one of its own for each visit in the hills; by visit."""
    rng = plan.rng("pictures")
    found: dict[int, str] = {}
    shared = draw_picture(rng)
    for number in np.flatnonzero(visits.story != ""):
        story = str(visits.story[number])
        data = shared if story == "busy" else draw_picture(rng)
        sha256 = hashlib.sha256(data).hexdigest()
        found[int(number)] = sha256
        if story == "busy" and list(found.values()).count(sha256) > 1:
            continue
        with writing(engine) as session:
            keep_photo(session, context, numbers[story], DEVICES[story], sha256, data, _moment(visits.received[number]))
    return found


def _moment(value: np.datetime64) -> datetime:
    moment: datetime = value.astype("datetime64[s]").astype(datetime)
    return moment.replace(tzinfo=UTC)


def _rows(
    session: Session,
    keyring: Keyring,
    demo: Demonstration,
    visits: Visits,
    photos: Mapping[int, str],
    numbers: Mapping[str, str],
) -> Rows:
    connection = session.connection()
    helper_ids = {no: number for no, number in session.execute(select(Helper.no, Helper.id))}
    household_ids = {no: number for no, number in session.execute(select(Household.no, Household.id))}
    photo_ids = {row.sha256.hex(): row.id for row in session.execute(select(Photo.sha256, Photo.id))}
    first = reserve_ids(connection, CheckIn.__tablename__, visits.count)
    names = demo.plan.rng("visit ids").integers(0, 256, (visits.count, 16), dtype=np.uint8)
    columns = _columns(demo, visits)
    rows, devices, seen = Rows(), {s: Device(d) for s, d in DEVICES.items()}, {"busy": 0, "hill": 0}
    for n in range(visits.count):
        said = {name: values[n] for name, values in columns.items()}
        claim_id = str(uuid.UUID(bytes=names[n].tobytes(), version=4))
        row = _check_in(first + n, claim_id, said, helper_ids, household_ids)
        rows.check_ins.append(row)
        story = said["story"]
        if story:
            seen[story] += 1
            rows.claims.append(_claim(keyring, devices[story], row, said, photos[n], numbers[story]))
            rows.visit_photos.append({"check_in_id": row["id"], "photo_id": photo_ids[photos[n]], "position": 0})
            _ask(rows, row, seen[story] if story == "busy" else 0)
    for model, listed in ((Claim, rows.claims), (VisitPhoto, rows.visit_photos), (VisitQuestion, rows.visit_questions)):
        for number, row in zip(_new_ids(connection, model, len(listed)), listed, strict=True):
            row["id"] = number
    return rows


def _new_ids(connection: Connection, model: type[Base], count: int) -> list[int]:
    """Ids as each table gives them: reserved from the counter, or from PostgreSQL's sequence, or after SQLite's last."""
    name = model.__tablename__
    if model is VisitQuestion:
        first = reserve_ids(connection, name, count)
        return list(range(first, first + count))
    if connection.dialect.name == "postgresql":
        taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return [int(number) for number in connection.execute(taken, {"name": name, "count": count}).scalars()]
    table = Base.metadata.tables[name]
    last: int | None = connection.scalar(select(func.max(table.c.id)))
    return list(range((last or 0) + 1, (last or 0) + 1 + count))


def _columns(demo: Demonstration, visits: Visits) -> dict[str, list[Any]]:
    """Plain values, a column at a time."""
    households = demo.people.households
    day = (visits.captured + np.timedelta64(8 * 3600, "s")).astype("datetime64[D]")
    plain = {name: values.tolist() for name, values in vars(visits).items() if name not in ("captured", "received")}
    return {
        **plain,
        "captured": [moment.replace(tzinfo=UTC) for moment in visits.captured.astype(object)],
        "received": [moment.replace(tzinfo=UTC) for moment in visits.received.astype(object)],
        "day": day.astype(object).tolist(),
        "helper_no": demo.helpers.no[visits.helper].tolist(),
        "household_no": households.no[visits.household].tolist(),
        "division": demo.places.village_codes[households.village[visits.household]].tolist(),
    }


def _check_in(
    number: int, claim_id: str, said: Mapping[str, Any], helpers: Mapping[str, int], households: Mapping[str, int]
) -> dict[str, Any]:
    lat, lng = coarse(Point(said["lat_e7"], said["lng_e7"], Datum.WGS84)) if said["located"] else (None, None)
    beyond = max(0, said["distance_m"] - said["accuracy_m"] - LIMITS.household_accuracy_m)
    done = said["done"]
    return {
        "id": number,
        "claim_id": claim_id,
        "source": Source.PHONE.value,
        "helper_id": helpers[said["helper_no"]],
        "household_id": households[said["household_no"]],
        "division_code": said["division"],
        "device_id": DEVICES.get(said["story"]),
        "visited_on": said["day"],
        "captured_at": said["captured"],
        "not_before": None,
        "received_at": said["received"],
        "offline": said["offline"],
        "visit": (Visit.DONE if done else Visit.NOT_POSSIBLE).value,
        "not_possible_reason": said["reason"] or None,
        "activities": list(dict.fromkeys((said["activity"], said["second"]))) if done else [],
        "findings": [],
        "note": None,
        "has_location": said["located"],
        "no_location_reason": said["no_place"] or None,
        "coarse_lat_e7": lat,
        "coarse_lng_e7": lng,
        "accuracy_m": said["accuracy_m"] if said["located"] else None,
        "distance_m": said["distance_m"] if said["located"] else None,
        "beyond_m": beyond if said["located"] else None,
        "travel_kmh": None,
        "photo_count": 1 if said["story"] else 0,
        "signals": {},
        "state": State.ACCEPTED.value,
        "judged_by": None,
        "judged_at": None,
        "judgement": None,
        "extensions": None,
    }


def _claim(
    keyring: Keyring, device: Device, row: Mapping[str, Any], said: Mapping[str, Any], photo: str, helper_no: str
) -> dict[str, Any]:
    """The claim as the phone would have signed it; the chain goes on from one to the next."""
    device.counter += 1
    place = {"lat": said["lat_e7"] / 10**7, "lng": said["lng_e7"] / 10**7, "accuracy_m": said["accuracy_m"]}
    fields: dict[str, Any] = {
        "household_no": said["household_no"],
        "captured_at": said["captured"].astimezone(CHINA).isoformat(),
        "location": {**place, "datum": "WGS84"},
        "visit": row["visit"],
        "photos": [photo],
        "activities": row["activities"],
        "note": "",
        "offline": said["offline"],
        "device": device.device_id,
        "counter": device.counter,
        "previous_sha256": device.previous.hex(),
    }
    message = message_of(row["claim_id"], fields)
    r, s = decode_dss_signature(device.key.sign(message, ECDSA(SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()
    body = json.dumps({**fields, "signature": signature}, ensure_ascii=False).encode()
    previous, device.previous = device.previous, hashlib.sha256(message).digest()
    fix = Fix(Point(said["lat_e7"], said["lng_e7"], Datum.WGS84), float(said["accuracy_m"]))
    return {
        "claim_id": row["claim_id"],
        "device_id": device.device_id,
        "helper_no": helper_no,
        "counter": device.counter,
        "previous_sha256": previous,
        "message_sha256": device.previous,
        "body_sha256": hashlib.sha256(body).digest(),
        "body_sealed": keyring.seal_bytes(body, BODY_SEAL),
        "point_sealed": seal_fix(keyring, fix),
        "signature_ok": True,
        "outcome": Outcome.ACCEPTED.value,
        "refusal": None,
        "received_at": row["received_at"],
        "event_id": None,
        "erased_at": None,
    }


def _ask(rows: Rows, row: dict[str, Any], nth: int) -> None:
    """What the register would have asked of the nth visit of the busy evening; nothing in the hills."""
    around = min(nth, 12)
    seen = Seen(
        row["beyond_m"],
        None,
        around,
        int(nth > 1),
        row["received_at"] - row["captured_at"],
        row["offline"],
        False,
        None,
        False,
    )
    questions: Sequence[Question] = questions_of(seen, LIMITS)
    if not questions:
        return
    row["state"] = State.ASKED.value
    row["signals"] = {"R5": {"households": around}} if around >= LIMITS.cluster_count else {}
    if nth > 1:
        row["signals"] = {**row["signals"], "R6": {"photos": 1, "with": [_first_busy(rows)]}}
    rows.visit_questions += [
        {
            "check_in_id": row["id"], "rule": question.rule, "text": question.text, "asked_at": row["received_at"],
            "asked_by": ACTOR, "answer": None, "answered_at": None, "extensions": None,
        }
        for question in questions
    ]  # fmt: skip


def _first_busy(rows: Rows) -> str:
    return next(str(claim["claim_id"]) for claim in rows.claims if claim["device_id"] == DEVICES["busy"])


def _write(session: Session, rows: Rows) -> None:
    connection = session.connection()
    batch = reserve_ids(connection, "trail_batches", 1)
    builder = RowTreeBuilder()
    prepared = []
    for model in TABLES:
        listed: list[dict[str, Any]] = getattr(rows, model.__tablename__)
        table = Base.metadata.tables[model.__tablename__]
        digests = [row_digest(row_values(table, row)) for row in listed]
        pks = [row["id"] for row in listed]
        start = builder.add_many(table.name, pks, ["insert"] * len(pks), [None] * len(pks), digests)
        prepared.append((table, listed, pks, digests, start))
    tree = builder.finish()
    record_batch(session, BatchManifest(batch, "import.visits", ACTOR, why="演示数据"), tree)
    moment = now_utc()
    for table, listed, pks, digests, start in prepared:
        if "batch_id" in table.columns:
            for offset, row in enumerate(listed):
                row.update(recorded_at=moment, batch_id=batch, batch_row=start + offset)
        for at in range(0, len(listed), CHUNK):
            connection.execute(insert(table), listed[at : at + CHUNK])
        heads = [(pk, bytes.fromhex(digest)) for pk, digest in zip(pks, digests, strict=True)]
        put_heads(connection, table.name, heads, batch_id=batch, first_row=start)
    tree.close()
