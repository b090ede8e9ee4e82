"""What is done to exports with whole names: asked for, decided by a second person, made once, emptied in time."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc
from portal.kernel.sealing import Keyring
from portal.publishing.exports.models import ExportPart, ExportRequest, ExportState
from portal.publishing.exports.queries import SEAL
from portal.publishing.exports.rules import APPROVAL_LIVES, FILE_LIVES, refuse_decider, refuse_more, refuse_step
from portal.registers.corrections import Act, need_reason
from portal.trail.actions import record


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to take out: list, filters, form of the file, divisions, and the rows there are now."""

    no: str
    list_name: str
    filters: Mapping[str, str]
    suffix: str
    scopes: Sequence[str]
    counted: int


def ask_export(session: Session, wanted: Wanted, act: Act) -> ExportRequest:
    """Ask for a list with whole names. Nothing leaves until somebody else approves. BadInput without a reason."""
    export = ExportRequest(
        no=wanted.no,
        list_name=wanted.list_name,
        filters=dict(wanted.filters),
        suffix=wanted.suffix,
        scopes=list(wanted.scopes),
        counted=wanted.counted,
        why=need_reason(act),
        asked_by=act.actor,
        asked_at=now_utc(),
        state=ExportState.ASKED.value,
    )
    session.add(export)
    session.flush()
    about = {"list": wanted.list_name, "rows": wanted.counted, "scopes": list(wanted.scopes), "suffix": wanted.suffix}
    _record(session, "export.asked", export, act, about)
    return export


def approve_export(session: Session, export: ExportRequest, act: Act) -> None:
    """Let the person who asked make the file, within 72 hours. Never by himself; the door has asked for the scope."""
    now = now_utc()
    refuse_decider(asked_by=export.asked_by, decided_by=act.actor)
    refuse_step(export.state, ExportState.APPROVED, now, None)
    export.state, export.expires_at = ExportState.APPROVED.value, now + APPROVAL_LIVES
    export.decided_by, export.decided_at = act.actor, now
    session.flush()
    _record(session, "export.approved", export, act, {"rows": export.counted, "asked_by": export.asked_by})


def refuse_export(session: Session, export: ExportRequest, act: Act) -> None:
    """Do not let it be made; the reason is shown to the person who asked."""
    refuse_decider(asked_by=export.asked_by, decided_by=act.actor)
    refuse_step(export.state, ExportState.REFUSED, now_utc(), None)
    export.state, export.refusal = ExportState.REFUSED.value, need_reason(act)
    export.decided_by, export.decided_at = act.actor, now_utc()
    session.flush()
    _record(session, "export.refused", export, act, {"asked_by": export.asked_by})


@dataclass(frozen=True)
class File:
    """A finished file: its digests and rows, its bytes in parts."""

    rows: int
    rows_sha256: str
    file_sha256: str
    parts: Iterable[bytes]


def keep_file(session: Session, keyring: Keyring, export: ExportRequest, file: File, act: Act) -> None:
    """Keep the file of an approved request, sealed, for 24 hours. Once: a second file needs a second request."""
    now = now_utc()
    session.refresh(export, with_for_update=True)
    refuse_step(export.state, ExportState.MADE, now, export.expires_at)
    refuse_more(file.rows, export.counted)
    for at, part in enumerate(file.parts):
        sealed = keyring.seal(base64.b64encode(part).decode(), f"{SEAL}/{export.no}")
        session.add(ExportPart(request_id=export.id, part=at, sealed=sealed))
    export.state, export.made_at, export.expires_at = ExportState.MADE.value, now, now + FILE_LIVES
    export.rows, export.rows_sha256, export.file_sha256 = file.rows, file.rows_sha256, file.file_sha256
    session.flush()
    about = {"rows": file.rows, "rows_sha256": file.rows_sha256, "sha256": file.file_sha256}
    _record(session, "export.made", export, act, {**about, "approved_by": export.decided_by})


def empty_old_files(session: Session, now: datetime) -> int:
    """Empty the files whose time is over; returns how many. What they held, and who took them, stays on record."""
    over = select(ExportRequest.id).where(ExportRequest.state == ExportState.MADE, ExportRequest.expires_at <= now)
    kept = select(ExportPart.request_id).where(ExportPart.sealed.is_not(None), ExportPart.request_id.in_(over))
    ids = sorted(set(session.scalars(kept)))
    session.execute(update(ExportPart).where(ExportPart.request_id.in_(ids)).values(sealed=None))
    return len(ids)


def _record(session: Session, kind: str, export: ExportRequest, act: Act, after: Mapping[str, Any]) -> None:
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=[("export", export.no), ("list", export.list_name)],
        after={**after, "state": export.state},
        why=act.why.strip() or None,
        request_id=act.request_id,
        sealed=True,
    )
