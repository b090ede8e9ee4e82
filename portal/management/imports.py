"""What the import pages are made of: who may see a batch, uploads into previews, previews into rows of a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.permissions import Permission
from portal.intake.actions import Sender, find_earlier, new_batch, new_unmapped
from portal.intake.correcting import WrongCell, check_corrector, correct_cells, wrong_cells
from portal.intake.files import Sources, stage_file
from portal.intake.headers import StrangeHeader
from portal.intake.kinds import KINDS, find_kind
from portal.intake.originals import keep_original, remove_original
from portal.intake.profiles import shipped_profiles
from portal.intake.queries import ImportBatch, get_batch
from portal.intake.saved_profiles import choose_profile, list_saved
from portal.kernel.characters import tidy
from portal.kernel.errors import NotFound
from portal.kernel.money import format_yuan
from portal.kernel.sheets.reading import file_digest
from portal.trail.batches import FileFacts
from portal.web import access
from portal.web.actors import actor_name
from portal.web.sessions import busy_or, database, installation, require_principal, short_write

ROWS_SHOWN = 30
FIXES_SHOWN = 200


@dataclass(frozen=True)
class Uploaded:
    """What became of an upload: a preview, or the batch that brought exactly this file before."""

    no: str
    earlier: ImportBatch | None = None


def sources() -> Sources:
    """Where imports of this installation work."""
    here = installation()
    return Sources(here.engine, here.keyring, here.settings.staging_dir)


def visible_batch(no: str) -> ImportBatch:
    """A batch that the person may see: his own, or one whose sender's places all lie in his scopes; else NotFound."""
    batch = get_batch(database(), no)
    if not may_see(batch):
        raise NotFound("没有这次导入", fix="从导入列表里找")
    return batch


def may_see(batch: ImportBatch) -> bool:
    """His own; another's when its places lie in his scopes; a command line's only with the right to check imports."""
    me = require_principal()
    if batch.maker == me.actor:
        return True
    scopes = batch.report.get("scopes") or []
    if not scopes:
        return access.can(Permission.CHECK_IMPORTS)
    return all(access.in_scope(me, code, Permission.VIEW_IMPORTS) for code in scopes)


def upload(kind_name: str, file: FileStorage, profile_name: str) -> Uploaded:
    """Stage an uploaded file without the database's lock; then keep the preview in one short transaction."""
    kind = find_kind(kind_name)
    profile = choose_profile(database(), profile_name, kind, here_profiles()) if profile_name else None
    me, here = require_principal(), sources()
    here.staging_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    scopes = access.scopes(Permission.IMPORT_FILES)
    with tempfile.NamedTemporaryFile(dir=here.staging_dir, suffix=".upload") as kept:
        file.save(kept)
        kept.flush()
        path = Path(kept.name)
        earlier = find_earlier(database(), file_digest(path), kind.name, profile)
        if earlier is not None:
            return Uploaded(earlier.no, earlier)
        allowed = cache(lambda code: access.in_scope(me, code, Permission.IMPORT_FILES))
        original, sender = keep_original(path, here.staging_dir, here.keyring), Sender(me.actor, scopes=tuple(scopes))
        try:
            with patient():
                staged, found = stage_file(here, kind, path, profile=profile, name=file_name(file), allowed=allowed)
        except StrangeHeader:
            facts = FileFacts(file_digest(path), file_name(file), path.stat().st_size, me.actor)
            with short_write() as session:
                return Uploaded(new_unmapped(session, kind.name, facts, sender, original).no)
        except BaseException:
            remove_original(here.staging_dir, original)
            raise
    with short_write() as session:
        return Uploaded(new_batch(session, staged, found, profile, sender, original).no)


def here_profiles() -> Path:
    """Where profiles made by hand lie in this installation."""
    return installation().settings.home / "profiles"


def correct(batch: ImportBatch, form: Mapping[str, str]) -> int:
    """Correct the cells of one page of the preview that the form changed; returns how many."""
    me, here = require_principal(), sources()
    allowed = cache(lambda code: access.in_scope(me, code, Permission.IMPORT_FILES))
    check_corrector(batch, me.actor, form.get("version", ""))
    after = form.get("after", "")
    offered = wrong_cells(here, batch, after=int(after) if after.isdigit() else 0, rows=ROWS_SHOWN)
    given = {
        (cell.row, cell.column.header): text
        for cell in offered.cells
        if (text := form.get(input_name(cell))) is not None and changed(cell, text.strip())
    }
    if not given:
        return 0
    with patient():
        return correct_cells(here, batch.no, given, actor=me.actor, version=form.get("version", ""), allowed=allowed)


def changed(cell: WrongCell, text: str) -> bool:
    """Whether the input says something new; a sensitive value or a choice that is left blank stays."""
    if not text and (cell.column.sensitive or cell.column.choices):
        return False
    return text != cell.now.strip()


def input_name(cell: WrongCell) -> str:
    """The name of a cell's input."""
    return f"c-{cell.row}-{cell.column.field}"


def file_name(file: FileStorage) -> str:
    """The name as the person knows it, without a path and without hidden characters."""
    return tidy(Path((file.filename or "").replace("\\", "/")).name)[:200] or "未命名"


@contextmanager
def patient() -> Iterator[None]:
    """A lock that is not given in time is told as busy (503 + Retry-After)."""
    try:
        yield
    except DBAPIError as error:
        busy = busy_or(error)
        if busy is error:
            raise
        raise busy from error


def kind_choices() -> list[tuple[str, str]]:
    """Kinds for the form."""
    return [(kind.name, _(kind.title)) for kind in KINDS.values()]


def profile_choices() -> list[tuple[str, str]]:
    """Profiles for the form; none is the usual case."""
    names = [saved.name for saved in list_saved(database())] + shipped_profiles()
    return [("", _("标准表头（模板）")), *((name, name) for name in names)]


def kind_title(name: str) -> str:
    """The Chinese name of a kind's table."""
    return KINDS[name].title if name in KINDS else name


def amount_text(batch: ImportBatch) -> str:
    """The sum of the rows that may enter."""
    if batch.amount_fen is None:
        return ""
    unit = _("元") if batch.currency == "CNY" else batch.currency
    return f"{format_yuan(batch.amount_fen)} {unit}"


def person(actor: str) -> str:
    """Who acted, by his name."""
    return actor_name(actor)


def fen_text(fen: int) -> str:
    """An amount in yuan."""
    return format_yuan(fen)


def shown_change(value: Any) -> str:
    """One value of a changed cell."""
    if value is None:
        return str(_("空"))
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return str(value)


def same_batch(session: Session, no: str) -> ImportBatch:
    """The batch again, in a session that may change it."""
    return get_batch(session, no)
