"""Put wrong cells right on screen: the upload is read again with the corrections laid over it, and checked as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.actions import check_version, restate, version_of
from portal.intake.declaration import Column, Kind
from portal.intake.files import FileFindings, Sources, stage_file
from portal.intake.kinds import find_kind
from portal.intake.models import BatchStatus, ImportBatch, ImportFix
from portal.intake.originals import opened_original
from portal.intake.overlay import Overlay
from portal.intake.profiles import Profile, read_profile
from portal.intake.queries import get_batch
from portal.intake.saved_profiles import choose_profile, free_name, profile_of, save_profile
from portal.intake.stage import Staged, mask_value
from portal.intake.staging import StagingFile
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import BadInput, CellProblem, Conflict, NotAllowed, Refused
from portal.kernel.sealing import Keyring
from portal.trail import actions as trail

SEAL = "import_fixes.value"
LONGEST = 2_000
Corrections = Mapping[tuple[int, str], str]
"""(row of the sheet, header of the dictionary) → the new text; empty text empties the cell."""


@dataclass(frozen=True)
class WrongCell:
    """One wrong cell as the preview offers it for correction; `now` is empty for sensitive columns."""

    row: int
    column: Column
    shown: str
    now: str
    why: str
    fix: str


@dataclass(frozen=True)
class Wrong:
    """One page of wrong cells, row by row; `following` is the row to continue after, None at the end.

    `too_old`: the preview was made before wrong cells were kept; nothing of it can be shown or corrected.
    """

    cells: Sequence[WrongCell]
    following: int | None
    too_old: bool = False


def wrong_cells(sources: Sources, batch: ImportBatch, *, after: int, rows: int) -> Wrong:
    """The wrong cells of some rows of a preview, from its staging file; one page of it is read, never all."""
    if not batch.staging_file or not (sources.staging_dir / batch.staging_file).is_file():
        return Wrong([], None)
    kind = find_kind(batch.kind)
    file = StagingFile.open(sources.staging_dir / batch.staging_file)
    try:
        if not file.knows_errors():
            return Wrong([], None, too_old=True)
        problems, more = file.errors_after(after, rows)
        raw = file.refused_rows(sources.keyring, {problem.row for problem in problems})
    finally:
        file.close()
    known = {column.header: column for column in kind.columns}
    places = batch.report.get("places", {})
    shown: dict[tuple[int, str], WrongCell] = {}
    for problem in problems:
        column = known.get(problem.column)
        if column is None:
            continue
        _offer(shown, problem, column, raw.get(problem.row), places)
        if column.field in kind.key:  # a key of several columns may be put right in any of them
            for other in kind.columns:
                if other.field in kind.key and not other.sensitive:
                    _offer(
                        shown, CellProblem(problem.row, other.header, "", "", ""), other, raw.get(problem.row), places
                    )
    return Wrong(list(shown.values()), problems[-1].row if more else None)


def _offer(
    shown: dict[tuple[int, str], WrongCell],
    problem: CellProblem,
    column: Column,
    cells: Sequence[str | None] | None,
    places: Mapping[str, int],
) -> None:
    key = (problem.row, column.header)
    if key in shown and shown[key].why:
        return
    place = places.get(column.header)
    stands = (cells[place] or "") if cells is not None and place is not None else ""
    now = "" if column.sensitive else stands
    text = problem.value if problem.value or column.sensitive else stands
    shown[key] = WrongCell(problem.row, column, text, now, problem.why, problem.fix)


def list_fixes(session: Session, batch: ImportBatch, row: int | None = None) -> Sequence[ImportFix]:
    """What was corrected on screen, in order; of one row when it is named."""
    statement = select(ImportFix).where(ImportFix.import_id == batch.id).order_by(ImportFix.id)
    if row is not None:
        statement = statement.where(ImportFix.row == row)
    return session.scalars(statement).all()


def check_corrector(batch: ImportBatch, actor: str, version: str) -> None:
    """Only who uploaded a file corrects it, only before it is submitted, only on the preview as it is now."""
    if batch.maker != actor:
        raise NotAllowed("只有上传这份表的人可以在屏幕上改", why="改的人要对整份表负责", fix="请他自己改，或退回给他")
    if batch.status != BatchStatus.STAGED.value:
        raise Refused(f"这次导入已经{batch.status}，不能再改", fix="回到导入列表")
    check_version(batch, version)


def correct_cells(
    sources: Sources,
    no: str,
    given: Corrections,
    *,
    actor: str,
    version: str,
    allowed: Callable[[str], bool] | None = None,
) -> int:
    """Lay corrections over a previewed file, check all of it again, and keep each as a recorded fact.

    Returns how many cells were corrected. The file and its digest stay. Conflict for a preview that is no longer the
    present one, BadInput for a column that the kind has not.
    """
    with reading(sources.engine) as session:
        batch = get_batch(session, no)
        check_corrector(batch, actor, version)
        kind, profile = find_kind(batch.kind), profile_of(session, batch)
        earlier = earlier_cells(session, batch, sources.keyring)
        facts = (batch.source_file, batch.sha256, batch.file_name)
    fresh = {key: _text(kind, key[1], value) for key, value in given.items()}
    fresh = {key: value for key, value in fresh.items() if key not in earlier or earlier[key] != value}
    if not fresh:
        return 0
    overlay = Overlay({**earlier, **fresh})
    with opened_original(sources.staging_dir, facts[0], facts[1], sources.keyring) as path:
        staged, found = stage_file(
            sources, kind, path, profile=profile, name=facts[2], allowed=allowed, overlay=overlay
        )  # fmt: skip
    unknown = fresh.keys() - overlay.before.keys()
    fresh = {key: value for key, value in fresh.items() if key not in unknown}
    before = {key: earlier[key] if key in earlier else overlay.before[key] for key in fresh}
    with _kept_only_when_written(staged), writing(sources.engine) as session:
        old = _replace(session, sources, no, (staged, found, profile), (fresh, before), actor, version)
    _remove(sources, old)
    return len(fresh)


@contextmanager
def _kept_only_when_written(staged: Staged) -> Iterator[None]:
    """A new staging file goes again when the transaction that was to name it fails."""
    try:
        yield
    except BaseException:
        if staged.path is not None:
            staged.path.unlink(missing_ok=True)
        raise


def _remove(sources: Sources, staging_file: str | None) -> None:
    if staging_file:
        (sources.staging_dir / staging_file).unlink(missing_ok=True)


def _text(kind: Kind, header: str, value: str) -> str | None:
    if header not in {column.header for column in kind.columns}:
        raise BadInput(f"“{kind.title}”没有“{header}”这一列", fix="回到预览再改")
    if len(value) > LONGEST:
        raise BadInput(f"“{header}”太长了", fix=f"最多 {LONGEST} 个字")
    return value.strip() or None


def earlier_cells(session: Session, batch: ImportBatch, keyring: Keyring) -> dict[tuple[int, str], str | None]:
    """The corrections so far, the last one of each cell."""
    return {(f.row, f.column): keyring.open_(f.after_sealed, SEAL) or None for f in list_fixes(session, batch)}


def _replace(
    session: Session,
    sources: Sources,
    no: str,
    made: tuple[Staged, FileFindings, Profile | None],
    cells: tuple[Mapping[tuple[int, str], str | None], Mapping[tuple[int, str], str | None]],
    actor: str,
    version: str,
) -> str | None:
    """Keep the new preview and the facts, in one transaction; returns the staging file that is no longer needed."""
    batch = get_batch(session, no)
    check_corrector(batch, actor, version)
    old, (fresh, before) = batch.staging_file, cells
    restate(batch, *made, batch.report.get("scopes") or [])
    kind, moment = find_kind(batch.kind), now_utc()
    for (row, header), value in fresh.items():
        hidden, was = kind.column(header).sensitive, before[row, header]
        session.add(
            ImportFix(
                import_id=batch.id, row=row, column=header, before=_shown(was, hidden), after=_shown(value, hidden),
                before_sealed=sources.keyring.seal(was or "", SEAL), after_sealed=sources.keyring.seal(value or "", SEAL),
                made_by=actor, made_at=moment,
            )
        )  # fmt: skip
    session.flush()
    trail.record(
        session,
        kind="import.corrected",
        actor=actor,
        subjects=[("import", no)],
        after={"file": batch.sha256, "cells": [{"row": row, "column": header} for row, header in sorted(fresh)]},
    )
    return old


def _shown(value: str | None, hidden: bool) -> str:
    if not value:
        return ""
    return mask_value(value)[:200] if hidden else value[:200]


def check_mapper(batch: ImportBatch, actor: str, version: str | None = None) -> None:
    """Only who uploaded a file says which column is which, before it is submitted, and on what he saw (`version_of`)."""
    if batch.maker != actor:
        raise NotAllowed("只有上传这份表的人可以对表头", fix="请他自己对")
    if batch.status not in (BatchStatus.UNMAPPED.value, BatchStatus.STAGED.value):
        raise Refused(f"这次导入已经{batch.status}，不能再改", fix="回到导入列表")
    if version is not None and version != version_of(batch):
        raise Conflict("这份预览刚才在另一个窗口改过", why="您看到的是旧的一版", fix="看一遍现在这一版，再操作")


def restage(
    sources: Sources,
    no: str,
    profile_name: str,
    *,
    actor: str,
    version: str,
    text: str | None = None,
    allowed: Callable[[str], bool] | None = None,
) -> None:
    """Read an upload again by a profile: what was unknown or a preview becomes the preview by this profile.

    With `text` the profile is a new one, saved in the same transaction. Conflict when `version` is no longer the
    present preview (empty: none yet), or when the name of a new profile is taken.
    """
    with reading(sources.engine) as session:
        batch = get_batch(session, no)
        check_mapper(batch, actor, version)
        kind = find_kind(batch.kind)
        if text is None:
            profile = choose_profile(session, profile_name, kind)
        else:
            profile = read_profile(text.encode(), free_name(session, profile_name), kind)
        overlay = Overlay(earlier_cells(session, batch, sources.keyring))
        facts = (batch.source_file, batch.sha256, batch.file_name)
    with opened_original(sources.staging_dir, facts[0], facts[1], sources.keyring) as path:
        staged, found = stage_file(
            sources, kind, path, profile=profile, name=facts[2], allowed=allowed, overlay=overlay
        )  # fmt: skip
    with _kept_only_when_written(staged), writing(sources.engine) as session:
        batch = get_batch(session, no)
        check_mapper(batch, actor, version)
        old = batch.staging_file
        if text is not None:
            save_profile(session, profile.name, text, actor=actor)
        restate(batch, staged, found, profile, batch.report.get("scopes") or [])
        trail.record(
            session, kind="import.mapped", actor=actor, subjects=[("import", no)],
            after={"file": batch.sha256, "profile": profile.name, "profile_sha256": profile.sha256},
        )  # fmt: skip
    _remove(sources, old)
