"""One file from beginning to end, as the command line does it: stage, commit at once, answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from portal.intake.actions import Sender, check_undoer, commit_batch, find_earlier, new_batch, open_staged, undo_batch
from portal.intake.declaration import Kind
from portal.intake.files import FileFindings, Sources, stage_file
from portal.intake.merging import merging
from portal.intake.models import ImportBatch
from portal.intake.originals import remove_original
from portal.intake.patience import patiently
from portal.intake.profiles import Profile
from portal.intake.queries import get_batch, staging_files
from portal.intake.rejects import write_rejects
from portal.intake.report import Told, answer_of
from portal.intake.stage import Staged
from portal.intake.staging import StagingFile, remove_leftovers
from portal.intake.table_stager import BAD
from portal.intake.undoing import refuse_dependents, stage_undo, tables_of
from portal.kernel.database import reading
from portal.kernel.errors import BadInput, CellProblem
from portal.kernel.sheets.file_errors import FileRefused
from portal.kernel.sheets.reading import file_digest

WAIT_S = 300
LEFTOVER_S = 86_400


@dataclass(frozen=True)
class Wish:
    """What somebody asks of one import."""

    kind: Kind
    profile: Profile | None = None
    dry_run: bool = False
    rejects: Path | None = None


def sweep(sources: Sources) -> int:
    """Delete staging files that killed processes left behind a day ago; returns how many."""
    if not sources.staging_dir.is_dir():
        return 0
    with reading(sources.engine) as session:
        kept = staging_files(session)
    return remove_leftovers(sources.staging_dir, kept, LEFTOVER_S, time.time())


def import_file(sources: Sources, path: Path, wish: Wish, sender: Sender) -> dict[str, Any]:
    """Import one file at once; returns the contract's answer. A file that cannot be read at all is an answer too."""
    try:
        if path.is_file():
            digest = file_digest(path)
            with reading(sources.engine) as session:
                earlier = find_earlier(session, digest, wish.kind.name, wish.profile)
                if earlier is not None:
                    return already(earlier, path)
        staged, found = stage_file(sources, wish.kind, path, profile=wish.profile, dry_run=wish.dry_run, wait_s=WAIT_S)
    except FileRefused as refused:
        return refused_file(wish.kind, path, refused)
    try:
        number = None if wish.dry_run else patiently(lambda: _commit(sources, staged, found, wish, sender), WAIT_S)
        if wish.rejects is not None:
            _write_rejects(sources, staged, found, wish)
    except BaseException:
        _remove(staged)
        raise
    if wish.dry_run:
        _remove(staged)
    elif staged.path is not None:
        _tidy(staged.path, staged.counts[BAD])
    return answer_of(Told(staged, found, wish.profile), number)


def _commit(sources: Sources, staged: Staged, found: FileFindings, wish: Wish, sender: Sender) -> str:
    assert staged.path is not None
    file = StagingFile.open(staged.path)
    try:
        with merging(sources.engine, staged.path) as session:
            batch = new_batch(session, staged, found, wish.profile, sender)
            commit_batch(session, file, batch, actor=sender.maker, checker=sender.checker)
            return batch.no
    finally:
        file.close()


def commit_staged(sources: Sources, no: str, *, actor: str, checker: str | None) -> ImportBatch:
    """Commit a previewed batch: the file is verified before the lock is taken, the merge is one transaction."""
    with reading(sources.engine) as session:
        file = open_staged(sources.staging_dir, get_batch(session, no))
    try:
        with merging(sources.engine, file.path) as session:
            batch = commit_batch(session, file, get_batch(session, no), actor=actor, checker=checker)
    finally:
        file.close()
    _tidy(file.path, batch.rows_refused)
    remove_original(sources.staging_dir, batch.source_file)
    return batch


def undo(sources: Sources, no: str, *, actor: str, why: str) -> ImportBatch:
    """Undo a committed batch by a compensating one; all of it or nothing."""
    with reading(sources.engine) as session:
        batch = get_batch(session, no)
        check_undoer(batch, actor)
        assert batch.trail_batch_id is not None
        number = batch.trail_batch_id
        refuse_dependents(session, number, tables_of(session, number))
    file, tables = stage_undo(sources.engine, sources.staging_dir, number)
    try:
        with merging(sources.engine, file.path) as session:
            batch = get_batch(session, no)
            undo_batch(session, file, batch, tables, actor=actor, why=why)
        return batch
    finally:
        file.discard()


def _write_rejects(sources: Sources, staged: Staged, found: FileFindings, wish: Wish) -> None:
    assert staged.path is not None and wish.rejects is not None
    file = StagingFile.open(staged.path)
    try:
        header_row = wish.profile.header_row if wish.profile else 1
        write_rejects(
            wish.rejects, found.columns, found.banner, header_row, file.refused(sources.keyring), staged.errors
        )
    finally:
        file.close()


def write_stored_rejects(sources: Sources, batch: ImportBatch, target: Path | IO[bytes]) -> int:
    """The error workbook of a batch; BadInput when it refused nothing."""
    if not batch.rows_refused or not batch.staging_file:
        raise BadInput("这次导入没有退回的行", fix="回到预览")
    file = StagingFile.open(sources.staging_dir / batch.staging_file)
    columns, banner = batch.report["columns"], batch.report["banner"]
    header_row = batch.report.get("header_row", 1)
    try:
        told = [CellProblem(**error) for error in batch.report["errors"]]  # all that an earlier version kept
        errors = list(file.errors()) if file.knows_errors() else told
        return write_rejects(target, columns, banner, header_row, file.refused(sources.keyring), errors)
    finally:
        file.close()


def _remove(staged: Staged) -> None:
    if staged.path is not None:
        staged.path.unlink(missing_ok=True)


def _tidy(path: Path, refused: int) -> None:
    """Keep of the staging file only what goes back to the sender."""
    if not refused:
        path.unlink(missing_ok=True)
        return
    file = StagingFile.open(path)
    try:
        file.keep_refused_only()
    finally:
        file.close()


def already(batch: ImportBatch, path: Path) -> dict[str, Any]:
    """The answer to a file that stands in the register in full: when it came, by whom, and that nothing changed."""
    return {
        "kind": batch.kind, "file": path.name, "sha256": batch.sha256, "read": batch.rows_read, "amount_fen": batch.amount_fen,
        "totals_checked": batch.totals_checked, "totals": batch.report["totals"], "accepted": 0,
        "unchanged": batch.rows_read - batch.rows_refused, "updated": 0, "rejected": 0,
        "extensions": batch.report["extensions"], "errors": [], "errors_total": 0, "tidied": {}, "findings": [], "batch": None,
        "already": {"batch": batch.no, "at": batch.committed_at, "by": batch.maker, "checker": batch.checker},
    }  # fmt: skip


def refused_file(kind: Kind, path: Path, refused: FileRefused) -> dict[str, Any]:
    """The answer to a file that cannot be read: no row of it was looked at."""
    error = {"row": refused.row, "column": None, "value": refused.value, "why": refused.why, "fix": refused.fix}
    return {
        "kind": kind.name, "file": path.name, "read": 0, "amount_fen": None, "totals_checked": 0, "totals": [], "accepted": 0,
        "unchanged": 0, "updated": 0, "rejected": 0, "extensions": [], "errors": [error], "errors_total": 1, "tidied": {},
        "findings": [], "batch": None, "refused": str(refused),
    }  # fmt: skip
