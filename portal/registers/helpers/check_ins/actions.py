"""How a check-in comes into the register: a signed claim, verified, compared with what is known, and written down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.devices.actions import spend_nonce
from portal.accounts.devices.queries import Device, find_device
from portal.kernel.clock import day_cn
from portal.kernel.database import next_id, now_utc, table_of, take_turns
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.kernel.prepared import PreparedInsert
from portal.registers.divisions.rules import township_of
from portal.registers.helpers.check_ins.claims.actions import accept_claim
from portal.registers.helpers.check_ins.claims.queries import find_accepted, links_near
from portal.registers.helpers.check_ins.claims.rules import Envelope, Link, chain_fault, is_signed_by, open_envelope
from portal.registers.helpers.check_ins.evidence.queries import find_whose, limits_at
from portal.registers.helpers.check_ins.models import CheckIn, Source, State
from portal.registers.helpers.check_ins.needs.actions import note_needs
from portal.registers.helpers.check_ins.photos.models import VisitPhoto
from portal.registers.helpers.check_ins.photos.queries import list_own
from portal.registers.helpers.check_ins.questions.actions import asked_of, put_questions
from portal.registers.helpers.check_ins.questions.rules import Limits, Question
from portal.registers.helpers.check_ins.rules import Context, coarse
from portal.registers.helpers.check_ins.signals.queries import Bundle, Looked, Received, conclude, look_around
from portal.registers.helpers.check_ins.statements.rules import Statement, read_statement
from portal.trail.actions import RecordedEvent, record
from portal.trail.guard import write_row
from portal.trail.queries import leaf_hash_of

_CHECK_IN, _PHOTO = PreparedInsert(table_of(CheckIn)), PreparedInsert(table_of(VisitPhoto))


@dataclass(frozen=True)
class CheckInAnswer:
    """What the phone is told: when it was received, under which leaf it stands in the log, what is asked at once."""

    id: str
    received_at: datetime
    leaf_hash: str
    questions: tuple[Question, ...]
    created: bool


@dataclass(frozen=True)
class Prepared:
    """A claim that was verified and compared before the writer's turn came; `received` is None for one known already."""

    envelope: Envelope
    received: Received | None
    looked: Looked | None
    limits: Limits | None
    paused: Collection[str] = ()


def prepare_check_in(
    session: Session, claim_id: str, body: bytes, helper_no: str, at: datetime, *, paused: Collection[str] = ()
) -> Prepared:
    """Verify a claim and compare it with what is known; reads only, so a reading session will do. Raises what refuses it.

    `paused`: codes of rules that are to ask nothing now; what they would have asked about stays a signal.
    """
    envelope = open_envelope(claim_id, body)
    device = find_device(session, envelope.device_id)
    if device is None or device.helper_no != helper_no:
        raise Refused("这部手机没有登记在您名下", fix="到乡镇办公室登记手机", code="unknown_device")
    if find_accepted(session, claim_id) is not None:
        return Prepared(envelope, None, None, None)
    if not is_signed_by(device.public_key, envelope.message, envelope.signature):
        raise Refused("签名不对", why="内容和签名对不上", fix="重新打开手机端再发一次", code="bad_signature")
    said = read_statement(envelope.fields)
    received = _receive(session, envelope, said, device, at)
    limits = limits_at(session, received.whose.division_code, day_cn(said.captured_at))
    return Prepared(envelope, received, look_around(session, received, limits), limits, paused)


def record_check_in(
    session: Session,
    context: Context,
    claim_id: str,
    body: bytes,
    helper_no: str,
    at: datetime,
    *,
    prepared: Prepared | None = None,
) -> CheckInAnswer:
    """Record a signed claim as it was received. The same bytes again get the same answer.

    `prepared` by a reading session just before keeps the writer's turn short. Raises BadFields (code `datum_missing` for
    a coordinate without datum), Refused `unknown_device`, `bad_signature`, `photo_missing`, Conflict for other bytes under
    a used id, NotFound for a household that is not this helper's. Whatever is raised, the caller hands the claim to
    `claims.actions.keep_refused_claim` in a transaction of its own: a well-signed one keeps its place in the chain.
    Distance, accuracy and hour refuse nothing.
    """
    ready = prepared or prepare_check_in(session, claim_id, body, helper_no, at)
    envelope, new = ready.envelope, ready.received
    take_turns(session, f"check-in/{envelope.device_id}")
    links = links_near(session, envelope.device_id, envelope.counter)
    own = next((link for link in links if link.message_sha256 == envelope.message_sha256), None)
    if new is None or ready.looked is None or ready.limits is None or (own is not None and own.accepted):
        return _same_again(session, find_accepted(session, claim_id), envelope, helper_no)
    lease = spend_nonce(session, envelope.device_id, new.statement.nonce, at) if new.statement.nonce else None
    not_before = lease.issued_at if lease else None
    link = Link(envelope.counter, envelope.previous_sha256, envelope.message_sha256, accepted=True)
    chain = chain_fault(link, links)
    bundle = conclude(ready.looked, new, ready.limits, not_before, chain, ready.paused)
    try:
        recorded = _write(
            session, context, envelope, body, helper_no, new, bundle, ready.limits, not_before, own is not None
        )
    except IntegrityError:
        raise _conflict() from None
    return CheckInAnswer(claim_id, at, recorded.leaf_hash_hex, tuple(bundle.questions), True)


def _same_again(session: Session, earlier: Any, envelope: Envelope, helper_no: str) -> CheckInAnswer:
    if earlier is None or earlier.body_sha256 != envelope.body_sha256 or earlier.helper_no != helper_no:
        raise _conflict()
    leaf = leaf_hash_of(session, str(earlier.event_id))
    questions = tuple(asked_of(session, earlier.claim_id, at_once=earlier.received_at))
    return CheckInAnswer(earlier.claim_id, earlier.received_at, leaf.hex() if leaf else "", questions, False)


def _conflict() -> Conflict:
    return Conflict("这个编号已经用过，内容不一样", why="一条走访只能发一次，不能改", fix="用新的编号另发一条")


def _receive(session: Session, envelope: Envelope, said: Statement, device: Device, at: datetime) -> Received:
    """Bring the claim together with the registers: the helper's own household, the helper's own photos."""
    whose = find_whose(session, device.helper_no, said.household_no, {day_cn(said.captured_at), day_cn(at)})
    if whose is None:
        raise NotFound("这一户不是您帮扶的", fix="核对户编号；刚调整结对的，先同步一次")
    own = list_own(session, device.helper_no, said.photos)
    missing = [digest for digest in said.photos if digest not in own]
    if missing:
        raise Refused(
            "走访里的照片还没有上传", why=f"缺 {len(missing)} 张", fix="先传照片，再传走访", code="photo_missing"
        )
    photos = [own[digest] for digest in said.photos]
    revoked = device.revoked_at is not None
    return Received(envelope.claim_id, said, whose, photos, at, revoked, envelope.device_id, envelope.counter)


def _write(
    session: Session,
    context: Context,
    envelope: Envelope,
    body: bytes,
    helper_no: str,
    new: Received,
    bundle: Bundle,
    limits: Limits,
    not_before: datetime | None,
    is_known: bool,
) -> RecordedEvent:
    said, whose = new.statement, new.whose
    state = State.ASKED if bundle.questions else State.ACCEPTED
    recorded = record(
        session,
        kind="check_in.recorded",
        actor=context.actor,
        subjects=[("check_in", new.claim_id), ("household", said.household_no), ("helper", helper_no)],
        after={
            "counter": envelope.counter,
            "message_sha256": envelope.message_sha256.hex(),
            "photos": list(said.photos),
            "questions": [question.rule for question in bundle.questions],
            "state": state,
            "visit": said.visit,
        },
        unit=township_of(whose.division_code),
        request_id=context.request_id,
        at=new.at,
    )
    event_id = recorded.event_id
    accept_claim(session, envelope, body, helper_no, said.fix, new.at, event_id=event_id, is_known=is_known)
    values = _values(new, bundle, not_before, state)
    number = next_id(session.connection(), CheckIn.__tablename__)
    write_row(session, _CHECK_IN, {"id": number, **values, "event_id": event_id, "recorded_at": now_utc()})
    for position, photo in enumerate(new.photos):
        write_row(session, _PHOTO, {"check_in_id": number, "photo_id": photo.id, "position": position})
    if bundle.questions or said.needs:
        put_questions(session, number, bundle.questions, context.actor, new.at)
        note_needs(session, CheckIn(id=number, **values), said.needs, timedelta(days=limits.need_days))
        session.flush()
    return recorded


def _values(new: Received, bundle: Bundle, not_before: datetime | None, state: State) -> dict[str, Any]:
    said, fix = new.statement, new.statement.fix
    lat, lng = coarse(fix.place) if fix is not None else (None, None)
    return dict(
        claim_id=new.claim_id,
        source=Source.PHONE,
        helper_id=new.whose.helper_id,
        household_id=new.whose.household_id,
        division_code=new.whose.division_code,
        device_id=new.device_id,
        visited_on=day_cn(said.captured_at),
        captured_at=said.captured_at,
        not_before=not_before,
        received_at=new.at,
        offline=said.offline,
        visit=said.visit,
        not_possible_reason=said.not_possible_reason,
        activities=list(said.activities),
        findings=list(said.findings),
        note=said.note or None,
        has_location=fix is not None,
        no_location_reason=said.no_location_reason,
        coarse_lat_e7=lat,
        coarse_lng_e7=lng,
        accuracy_m=round(fix.accuracy_m) if fix is not None else None,
        distance_m=bundle.distance.distance_m if bundle.distance else None,
        beyond_m=bundle.distance.beyond_m if bundle.distance else None,
        travel_kmh=bundle.travel_kmh,
        photo_count=len(new.photos),
        signals=bundle.signals,
        state=state,
    )
