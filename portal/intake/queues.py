"""Queue files of phones 手机待上传文件: opened, looked at, and their signed claims recorded as if the phone had sent them.

A file is sealed to this installation, but anybody can seal one: what counts in it is the signature of each claim. Photos
are kept only where such a claim names them; incomes and explanations carry no signature and are never taken from a file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from portal.accounts.devices.queries import find_device
from portal.checks.health.queries import paused_rules
from portal.kernel.errors import BadInput, ProductError, Refused
from portal.kernel.queue_files import open_queue_file
from portal.kernel.sealing import Keyring
from portal.registers.helpers.check_ins.actions import prepare_check_in, record_check_in
from portal.registers.helpers.check_ins.claims.actions import keep_refused_claim
from portal.registers.helpers.check_ins.claims.queries import find_accepted
from portal.registers.helpers.check_ins.claims.rules import Envelope, is_signed_by, open_envelope
from portal.registers.helpers.check_ins.photos.actions import keep_photo
from portal.registers.helpers.check_ins.rules import Context
from portal.trail.actions import record

Sessions = Callable[[], AbstractContextManager[Session]]
CLAIM: Final = "check-in"
MOST_ITEMS: Final = 2000
MOST_PHOTOS: Final = 20


class Result(StrEnum):
    """What became of one item, or what would."""

    WAITING = "等收下"
    RECORDED = "收下"
    KNOWN = "早已收到"
    REFUSED = "退回"
    UNSIGNED = "没有签名"


@dataclass(frozen=True)
class Item:
    """One thing that a phone could not upload; the body as the phone would have sent it, photos by their digest."""

    id: str
    kind: str
    body: bytes
    photos: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Queue:
    """An opened file: whose phone it says it comes from, when it was made, and what is in it."""

    helper_no: str
    exported_at: datetime | None
    sha256: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Line:
    """One item as a person reads it; of a refused one why, and what to do."""

    id: str
    kind: str
    household_no: str
    captured_at: datetime | None
    photos: int
    result: Result
    code: str = ""
    what: str = ""
    why: str = ""
    fix: str = ""


def read_queue(keyring: Keyring, content: bytes) -> Queue:
    """Open a file; BadInput when it is none, another installation's, or not what a phone writes."""
    try:
        said = orjson.loads(open_queue_file(keyring, content))
        if said["v"] != 1 or not isinstance(said["helper_no"], str) or len(said["items"]) > MOST_ITEMS:
            raise ValueError
        items = tuple(_item(each) for each in said["items"])
        return Queue(said["helper_no"], _moment(said["exported_at"]), hashlib.sha256(content).hexdigest(), items)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise BadInput(
            "待上传文件里的内容看不懂", why="不是这个版本的手机端写的", fix="在手机上更新以后重新导出一次"
        ) from None


def _item(said: dict[str, Any]) -> Item:
    photos = [(str(p["sha256"]), base64.b64decode(p["data"], validate=True)) for p in said["photos"][:MOST_PHOTOS]]
    return Item(str(said["id"]), str(said["kind"]), str(said.get("body") or "").encode(), tuple(photos))


def look_into(session: Session, queue: Queue) -> list[Line]:
    """What is in a file, and what the server has already; nothing is written."""
    found = []
    for item in queue.items:
        line = _line(item)
        if line.result is Result.WAITING and find_accepted(session, item.id) is not None:
            line = replace(line, result=Result.KNOWN)
        found.append(line)
    return found


def _line(item: Item) -> Line:
    fields: Any = {}
    with suppress(orjson.JSONDecodeError):
        fields = orjson.loads(item.body)
    fields = fields if isinstance(fields, dict) else {}
    household = str(fields.get("household_no") or "")
    line = Line(item.id, item.kind, household, _moment(fields.get("captured_at")), len(item.photos), Result.WAITING)
    if item.kind == CLAIM:
        return line
    said = Refused(
        "这一条没有签名，不能凭文件收", why="收入和说明要本人登录以后才算本人说的",
        fix="请本人在手机上登录后上传；收入也可以由村里凭证据录入", code="unsigned",
    )  # fmt: skip
    return replace(line, result=Result.UNSIGNED, code=said.code, what=said.what, why=said.why, fix=said.fix)


def _moment(text: Any) -> datetime | None:
    """A moment as a phone writes it; what nobody can read is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def take_in(read: Sessions, write: Sessions, context: Context, queue: Queue, now: Callable[[], datetime]) -> list[Line]:
    """Record every claim of a file in a transaction of its own, photos first, exactly as the phone would have sent it.

    Verified, compared, refused and answered alike; the same file again changes nothing. `read`, `write`: sessions, each
    of them committed when it closes. At the end one event says what was handed in by whom.
    """
    lines = [
        _take(read, write, context, queue.helper_no, item, now()) if line.result is Result.WAITING else line
        for item, line in ((item, _line(item)) for item in queue.items)
    ]
    counts = Counter(line.result.name.lower() for line in lines)
    with write() as session:
        record(
            session, kind="check_in.queue.taken", actor=context.actor, subjects=[("helper", queue.helper_no)],
            after={"sha256": queue.sha256, "items": len(lines), **{name: counts[name] for name in sorted(counts)}},
            request_id=context.request_id, at=now(),
        )  # fmt: skip
    return lines


def _take(read: Sessions, write: Sessions, context: Context, helper_no: str, item: Item, at: datetime) -> Line:
    line, problem = _line(item), None
    try:
        envelope = open_envelope(item.id, item.body)
        problem = _keep_photos(read, write, context, helper_no, item, envelope, at)
        with read() as session:
            ready = prepare_check_in(session, item.id, item.body, helper_no, at, paused=paused_rules(session))
        with write() as session:
            answer = record_check_in(session, context, item.id, item.body, helper_no, at, prepared=ready)
        return replace(line, result=Result.RECORDED if answer.created else Result.KNOWN)
    except ProductError as refusal:
        if refusal.status >= 500:
            raise
        with write() as session:
            keep_refused_claim(session, context, item.id, item.body, helper_no, refusal.code, at)
        why, fix = refusal.why, refusal.fix
        if problem is not None and refusal.code == "photo_missing":
            why, fix = problem.what, problem.fix
        return replace(line, result=Result.REFUSED, code=refusal.code, what=refusal.what, why=why, fix=fix)


def _keep_photos(
    read: Sessions, write: Sessions, context: Context, helper_no: str, item: Item, envelope: Envelope, at: datetime
) -> ProductError | None:
    """Keep the photos that a well-signed claim names, as this phone's uploads; the first problem, or None."""
    with read() as session:
        device = find_device(session, envelope.device_id)
    if device is None or device.helper_no != helper_no:
        return None
    if not is_signed_by(device.public_key, envelope.message, envelope.signature):
        return None
    named, problem = _named(envelope), None
    for sha256, data in item.photos:
        if sha256 in named:
            try:
                with write() as session:
                    keep_photo(session, context, helper_no, device.device_id, sha256, data, at)
            except BadInput as wrong:
                problem = problem or wrong
    return problem


def _named(envelope: Envelope) -> Sequence[str]:
    named = envelope.fields.get("photos")
    return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []
