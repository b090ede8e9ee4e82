"""Files that say who took them: a number on every row, a line at a workbook's foot, digests of rows and bytes."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, stream_with_context
from flask_babel import gettext as _

from portal.kernel.clock import CHINA
from portal.kernel.database import now_utc
from portal.publishing.exports.rules import RowsDigest
from portal.web import exports
from portal.web.sessions import require_principal

MARK = "export_no"


@dataclass(frozen=True)
class Marked:
    """A finished file, out of sight: its number, the answer that carries it, and what its event says."""

    number: str
    answer: Response
    rows: int
    rows_sha256: str
    sha256: str

    @property
    def about(self) -> dict[str, Any]:
        """What the event of the export says of the file."""
        return {"number": self.number, "rows": self.rows, "rows_sha256": self.rows_sha256, "sha256": self.sha256}


def marked_file(rows: Iterable[exports.Row], columns: Sequence[exports.Column], name: str, suffix: str) -> Marked:
    """Write rows into a file named `<name>-<number>.<suffix>`; each row carries the number of the export."""
    number, counted = uuid.uuid4().hex[:12].upper(), RowsDigest()
    marked = ({**row, MARK: number} for row in counted.counting(rows))
    who, when = require_principal().username, now_utc().astimezone(CHINA)
    foot = _("导出 %(no)s · %(who)s · %(when)s", no=number, who=who, when=when.strftime("%Y-%m-%d %H:%M"))
    wide = [*columns, exports.Column(MARK, _("导出编号"))]
    answer = exports.download(marked, wide, f"{name}-{number}", suffix, foot, export=number)
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115  # closed when sent
    digest = hashlib.sha256()
    for piece in answer.response:
        data = piece if isinstance(piece, bytes) else piece.encode()
        digest.update(data)
        file.write(data)
    file.seek(0)
    answer.response = stream_with_context(_pieces(file))
    return Marked(number, answer, counted.n, counted.hexdigest(), digest.hexdigest())


def _pieces(file: SpooledTemporaryFile[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    with file:
        while piece := file.read(size):
            yield piece
