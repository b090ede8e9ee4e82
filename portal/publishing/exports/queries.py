"""Reads of exports with whole names."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring
from portal.publishing.exports.models import ExportPart, ExportRequest, ExportState

__all__ = ["ExportRequest", "ExportState"]

SEAL = "export_parts.sealed"
LISTED = 100


def get_export(session: Session, no: str) -> ExportRequest:
    """One request by its number; NotFound when there is none."""
    found = session.scalar(select(ExportRequest).where(ExportRequest.no == no))
    if found is None:
        raise NotFound("没有这份导出申请", why="也可能不在您的管辖范围", fix="从导出清单重新进入")
    return found


def list_of(session: Session, actor: str) -> Sequence[ExportRequest]:
    """What a person has asked for, newest first."""
    query = select(ExportRequest).where(ExportRequest.asked_by == actor).order_by(ExportRequest.id.desc())
    return session.scalars(query.limit(LISTED)).all()


def list_for_others(session: Session, actor: str) -> Sequence[ExportRequest]:
    """What others have asked for: waiting ones first and oldest first, then what this person has decided."""
    waiting = ExportRequest.state == ExportState.ASKED
    query = (
        select(ExportRequest)
        .where(ExportRequest.asked_by != actor, or_(waiting, ExportRequest.decided_by == actor))
        .order_by(waiting.desc(), ExportRequest.id)
    )
    return session.scalars(query.limit(LISTED)).all()


def is_ready(export: ExportRequest, now: datetime) -> bool:
    """True while the file lies there to be fetched."""
    return export.state == ExportState.MADE and export.expires_at is not None and export.expires_at > now


def open_file(session: Session, keyring: Keyring, export: ExportRequest) -> Iterator[bytes]:
    """The bytes of a made file, part by part; NotFound when its time is over."""
    parts = session.scalars(
        select(ExportPart.sealed).where(ExportPart.request_id == export.id).order_by(ExportPart.part)
    ).all()
    if not parts or None in parts:
        raise NotFound("文件已经到期删除", why="导出的文件只留 24 小时", fix="需要时重新申请")
    return (base64.b64decode(keyring.open_(part, f"{SEAL}/{export.no}")) for part in parts if part is not None)
