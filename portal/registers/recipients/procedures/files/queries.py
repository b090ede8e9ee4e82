"""Reads of documents of procedures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.errors import NotFound
from portal.registers.recipients.procedures.files.models import FileKind as FileKind
from portal.registers.recipients.procedures.files.models import ProcedureFile
from portal.registers.recipients.procedures.files.rules import FOLDER, PDF, original_name, shown_name
from portal.registers.sealed import keyring_of


@dataclass(frozen=True)
class FileRow:
    """One document."""

    id: int
    kind: str
    media_type: str
    size: int
    sha256: bytes
    added_by: str
    added_at: datetime

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown on a page; a PDF is only handed out."""
        return self.media_type != PDF


def files_of(session: Session, procedure_id: int) -> list[FileRow]:
    """The documents of a procedure, in the order in which they came."""
    columns = [getattr(ProcedureFile, name) for name in FileRow.__dataclass_fields__]
    query = select(*columns).where(ProcedureFile.procedure_id == procedure_id).order_by(ProcedureFile.id)
    return [FileRow(*row) for row in session.execute(query)]


def open_file(session: Session, files_dir: Path, procedure_id: int, file_id: int) -> tuple[FileRow, bytes]:
    """A document to be looked at: the rebuilt picture, or the PDF as it came. Raises NotFound."""
    found = next((file for file in files_of(session, procedure_id) if file.id == file_id), None)
    if found is None:
        raise NotFound("没有这份材料", fix="从程序的页面重新进入")
    sha256 = found.sha256.hex()
    name = shown_name(sha256) if found.is_picture else original_name(sha256)
    return found, sealed_files.read(files_dir / FOLDER, name, keyring_of(session))
