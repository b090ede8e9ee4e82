"""Reads of import batches."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.intake.models import NO_SECOND_PERSON, BatchStatus, ImportBatch, ImportFix, ImportProfile
from portal.kernel.errors import NotFound

__all__ = [
    "NO_SECOND_PERSON",
    "BatchStatus",
    "ImportBatch",
    "ImportFix",
    "ImportProfile",
    "count_batches",
    "find_batch",
    "fixes_of_row",
    "get_batch",
    "list_batches",
    "sheet_row",
    "staging_files",
]


def get_batch(session: Session, no: str) -> ImportBatch:
    """A batch by its number, or by the number that records carry (`batch_id`); NotFound otherwise."""
    wanted = ImportBatch.trail_batch_id == int(no) if no.isdigit() else ImportBatch.no == no
    batch = session.scalar(select(ImportBatch).where(wanted))
    if batch is None:
        raise NotFound("没有这次导入", fix="从导入列表里找")
    return batch


def find_batch(session: Session, batch_id: int) -> ImportBatch | None:
    """The import behind the number that records carry (`batch_id`); None where no file was imported (demonstration)."""
    return session.scalar(select(ImportBatch).where(ImportBatch.trail_batch_id == batch_id))


def count_batches(session: Session, status: BatchStatus) -> int:
    """How many imports are in one state (`待复核` waits for a second person)."""
    return session.scalar(select(func.count()).select_from(ImportBatch).where(ImportBatch.status == status)) or 0


def list_batches(
    session: Session,
    *,
    maker: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[ImportBatch]:
    """Newest first; `before` continues below an id. `maker` limits to one account's own."""
    statement = select(ImportBatch).order_by(ImportBatch.id.desc()).limit(limit)
    if maker is not None:
        statement = statement.where(ImportBatch.maker == maker)
    if kind:
        statement = statement.where(ImportBatch.kind == kind)
    if status:
        statement = statement.where(ImportBatch.status == status)
    if before is not None:
        statement = statement.where(ImportBatch.id < before)
    return session.scalars(statement).all()


def staging_files(session: Session) -> set[str]:
    """Names of the staging files that some batch still needs."""
    named = session.execute(select(ImportBatch.staging_file, ImportBatch.source_file))
    return {name for names in named for name in names if name}


def sheet_row(batch: ImportBatch, table: str, batch_row: int) -> int | None:
    """The row of the sheet from which a record came, by the row number that it carries; None when it is not known."""
    runs = batch.report.get("row_runs", {}).get(table, [])
    return next((sheet + batch_row - first for first, sheet, count in runs if first <= batch_row < first + count), None)


def fixes_of_row(session: Session, trail_batch_id: int, row: int) -> Sequence[ImportFix]:
    """The cells of a sheet's row that were corrected on screen before the import with this number entered."""
    statement = (
        select(ImportFix)
        .join(ImportBatch, ImportBatch.id == ImportFix.import_id)
        .where(ImportBatch.trail_batch_id == trail_batch_id, ImportFix.row == row)
        .order_by(ImportFix.id)
    )
    return session.scalars(statement).all()
