"""What is done with documents of procedures: kept sealed, opened by whoever may see the procedure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.kernel.photos.reading import read_photo
from portal.registers.corrections import Act
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.procedures.files.models import FileKind, ProcedureFile
from portal.registers.recipients.procedures.files.rules import (
    FOLDER,
    MOST_FILES,
    PDF,
    is_pdf,
    original_name,
    shown_name,
    size_problem,
)
from portal.registers.recipients.procedures.models import Procedure
from portal.registers.sealed import keyring_of
from portal.trail.actions import record


def add_file(
    session: Session, files_dir: Path, no: str, kind: FileKind, data: bytes, act: Act, at: datetime
) -> ProcedureFile:
    """Keep one picture (rebuilt for showing) or PDF of a procedure. What is there twice is refused.

    The name it had on somebody's computer is not kept. Raises BadInput, Conflict, Refused when the procedure is over.
    """
    size_problem(data)
    row = session.scalar(select(Procedure).where(Procedure.no == no))
    if row is None:
        raise NotFound("没有这个程序", fix="核对程序编号，或从列表查找")
    if row.closed_on is not None:
        raise Refused("这个程序已经办结", why="办结以后不再加材料", fix="核对程序编号")
    digest = hashlib.sha256(data).digest()
    own = select(ProcedureFile.kind, ProcedureFile.sha256).where(ProcedureFile.procedure_id == row.id)
    known = {(k, sha) for k, sha in session.execute(own)}
    if (kind, digest) in known:
        raise Conflict("这份材料已经传过", fix="刷新页面")
    if len(known) >= MOST_FILES:
        raise Refused(f"一个程序最多 {MOST_FILES} 份材料", fix="合并成 PDF 再传")
    if kind is FileKind.VISIT_PHOTO and session.scalar(_elsewhere(row.id, digest)):
        raise Refused("这张入户照片在别的程序里用过", why="入户照片要现场拍", fix="上传这次入户拍的照片")
    media = _store(session, files_dir / FOLDER, data)
    kept = ProcedureFile(
        procedure_id=row.id, kind=kind, sha256=digest, size=len(data), media_type=media, added_by=act.actor, added_at=at
    )
    session.add(kept)
    session.flush()
    record(
        session, kind="procedure.file_added", actor=act.actor, subjects=[("procedure", no)],
        after={"kind": kind, "sha256": digest.hex(), "bytes": len(data)}, unit=township_of(row.division_code),
        request_id=act.request_id, at=at,
    )  # fmt: skip
    return kept


def _elsewhere(procedure_id: int, digest: bytes) -> Select[int]:
    same = select(ProcedureFile.id).where(ProcedureFile.sha256 == digest)
    return same.where(ProcedureFile.procedure_id != procedure_id).limit(1)


def _store(session: Session, folder: Path, data: bytes) -> str:
    """Original first, rebuilt picture last; the type as it was read, not as it was said."""
    keyring, sha256 = keyring_of(session), hashlib.sha256(data).hexdigest()
    if is_pdf(data):
        sealed_files.keep(folder, original_name(sha256), data, keyring)
        return PDF
    photo = read_photo(data)
    sealed_files.keep(folder, original_name(sha256), data, keyring)
    sealed_files.keep(folder, shown_name(sha256), photo.derivative, keyring)
    return photo.media_type
