"""What is done with a signed sheet of a visit: its picture is rebuilt and kept sealed; the visit's record names it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.photos.reading import read_photo
from portal.registers.recipients.companions.queries import FOLDER, sheet_name
from portal.registers.sealed import keyring_of


def keep_sheet(session: Session, files_dir: Path, data: bytes) -> str:
    """Keep the photo of a sheet; returns its SHA-256. Only the rebuilt picture is kept. Raises BadInput for no picture."""
    photo = read_photo(data)
    digest = hashlib.sha256(photo.derivative).hexdigest()
    sealed_files.keep(files_dir / FOLDER, sheet_name(digest), photo.derivative, keyring_of(session))
    return digest
