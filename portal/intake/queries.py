"""Reads of import batches."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.models import NO_SECOND_PERSON, BatchStatus, ImportBatch
from portal.kernel.errors import NotFound

__all__ = ["NO_SECOND_PERSON", "BatchStatus", "ImportBatch", "get_batch", "list_batches"]


def get_batch(session: Session, no: str) -> ImportBatch:
    """A batch by its number; NotFound otherwise."""
    batch = session.scalar(select(ImportBatch).where(ImportBatch.no == no))
    if batch is None:
        raise NotFound("没有这次导入", fix="从导入列表里找")
    return batch


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
