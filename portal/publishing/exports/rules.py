"""Decisions on exports with whole names: who may decide, how long an approval and a file live, what a digest covers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from portal.kernel.errors import Conflict, Refused
from portal.publishing.exports.models import ExportState
from portal.trail.encoding import plain, row_digest

APPROVAL_LIVES: Final = timedelta(hours=72)
FILE_LIVES: Final = timedelta(hours=24)
PART_BYTES: Final = 1 << 19


class RowsDigest:
    """SHA-256 over the digests of rows in their order: the same rows give the same, whatever the form of the file."""

    def __init__(self) -> None:
        self.n = 0
        self._hash = hashlib.sha256()

    def counting(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """The rows as they come, each counted and digested on the way."""
        for row in rows:
            self.n += 1
            self._hash.update(row_digest(plain(row)).encode())
            yield row

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        return self._hash.hexdigest()


def refuse_decider(*, asked_by: str, decided_by: str) -> None:
    """Who asked cannot decide."""
    if asked_by == decided_by:
        raise Refused("申请的人不能自己批准", why="导出完整姓名要两个人办", fix="请另一位有权批准的人办理")


def refuse_step(state: str, wanted: ExportState, now: datetime, expires_at: datetime | None) -> None:
    """待批准 → 已批准 or 未批准 → (已批准 only, in time) 已生成."""
    needed = ExportState.APPROVED if wanted is ExportState.MADE else ExportState.ASKED
    if state != needed:
        raise Conflict(f"这份申请现在是“{state}”", why="可能另一位已经办理", fix="刷新页面看现在的状态")
    if expires_at is not None and expires_at <= now:
        raise Conflict("批准已经过期", why="批准以后 72 小时内有效", fix="重新申请")


def refuse_more(made: int, counted: int) -> None:
    """What is taken out is what was approved: never more rows than the approver saw."""
    if made > counted:
        raise Refused(
            f"申请以后清单多了 {made - counted} 行",
            why="批准的是申请时的行数，文件不能比它多",
            fix="重新申请，再请人批准",
        )
