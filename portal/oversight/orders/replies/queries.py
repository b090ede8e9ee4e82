"""Reads of replies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.errors import NotFound
from portal.oversight.orders.replies.models import OrderReply
from portal.oversight.orders.replies.models import ReplyKind as ReplyKind
from portal.oversight.orders.replies.rules import FOLDER, file_name
from portal.registers.sealed import keyring_of, seal_name

TABLE: Final = "order_replies"


@dataclass(frozen=True)
class ReplyRow:
    """One reply, opened; `n`: the how-manieth to the tasks that were asked for."""

    n: int
    task_id: int
    kind: str
    result: str
    text: str
    file_sha256: str | None
    file_type: str | None
    file_bytes: int | None
    said_by: str
    said_at: datetime


def replies_to(session: Session, task_ids: Collection[int]) -> dict[int, list[ReplyRow]]:
    """What was said about some tasks, by task, the first one first."""
    keyring, found = keyring_of(session), dict[int, list[ReplyRow]]()
    rows = session.scalars(select(OrderReply).where(OrderReply.task_id.in_(task_ids)).order_by(OrderReply.id))
    for n, row in enumerate(rows, 1):
        text = keyring.open_(row.text_sealed, seal_name(TABLE, "text_sealed"))
        found.setdefault(row.task_id, []).append(
            ReplyRow(
                n, row.task_id, row.kind, row.result, text, row.file_sha256, row.file_type, row.file_bytes,
                row.said_by, row.said_at,
            )
        )  # fmt: skip
    return found


def open_file(session: Session, files_dir: Path, task_ids: Collection[int], n: int) -> tuple[ReplyRow, bytes]:
    """The file of the n-th reply to some tasks; raises NotFound."""
    rows = [row for replies in replies_to(session, task_ids).values() for row in replies if row.n == n]
    if not rows or rows[0].file_sha256 is None:
        raise NotFound("没有这份材料", fix="从督办单的页面重新进入")
    return rows[0], sealed_files.read(files_dir / FOLDER, file_name(rows[0].file_sha256), keyring_of(session))
