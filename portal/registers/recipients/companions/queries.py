"""Reads of second visitors: the account that is named, and the sheet that was signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.queries import find_user
from portal.kernel import sealed_files
from portal.kernel.errors import Refused
from portal.registers.recipients.companions.rules import Companion
from portal.registers.sealed import keyring_of

FOLDER: Final = "visit-sheets"


def known_companion(session: Session, given: Companion) -> Companion:
    """The second visitor with the name of his account; Refused for an account that is not there, or not in use."""
    username = given.account.strip().removeprefix("user:")
    if not username:
        return given
    user = find_user(session, username)
    if user is None or user.disabled_at is not None:
        raise Refused(
            "没有这个账号", why="同去的人的账号查不到，或已停用", fix="核对账号；没有账号的，写明单位并上传签字的走访单"
        )
    return replace(given, account=user.username, name=given.name.strip() or user.display_name)


def sheet_name(digest: str) -> str:
    """Under which name the rebuilt picture of a sheet lies."""
    return f"{digest}.jpg"


def open_sheet(session: Session, files_dir: Path, digest: str) -> bytes:
    """The picture of a signed sheet."""
    return sealed_files.read(files_dir / FOLDER, sheet_name(digest), keyring_of(session))
