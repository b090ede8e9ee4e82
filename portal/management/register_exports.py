"""Files of a register's list: what goes into them, their mark, their digests.

Names are masked in every file that one person can take alone; whole names need a second person (`views/exports`).
Every row carries the number of its export, so that a row found outside tells which file it came from.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, stream_with_context
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.rules import may
from portal.kernel.clock import CHINA
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound
from portal.management import register_cells as cells
from portal.management.register_fields import Kind
from portal.management.register_pages import RegisterPage
from portal.management.register_rows import all_rows, wanted_of
from portal.publishing.exports.rules import RowsDigest
from portal.web import exports
from portal.web.sessions import require_principal
from portal.web.witness import witness

MARK = "export_no"


@dataclass(frozen=True)
class Made:
    """A finished file, out of sight: its bytes from the beginning, and what its event says."""

    answer: Response
    file: SpooledTemporaryFile[bytes]
    sha256: str
    rows: RowsDigest


def new_number() -> str:
    """The number of an export: on every row, in the file's name and in the event."""
    return uuid.uuid4().hex[:12].upper()


def make_file(page: RegisterPage, wanted: Mapping[str, str], suffix: str, number: str, *, full: bool) -> Made:
    """Write the list into a spooled file, marked, and digest its rows and its bytes."""
    rows = RowsDigest()
    columns = [*cells.download_columns(page), exports.Column(MARK, _("导出编号"))]
    marked = ({**row, MARK: number} for row in rows.counting(all_rows(page, wanted, full)))
    who, when = require_principal().username, now_utc().astimezone(CHINA)
    mark = _("导出 %(no)s · %(who)s · %(when)s", no=number, who=who, when=when.strftime("%Y-%m-%d %H:%M"))
    answer = exports.download(marked, columns, f"{page.slug}-{number}", suffix, mark, export=number)
    file, digest = _spool(answer.response)
    return Made(answer, file, digest, rows)


def export(page: RegisterPage, suffix: str) -> Response | AnyResponse:
    """The list as a file with masked names. The event has its digests, rows and filters, never a value searched for."""
    wanted, problems = wanted_of(page)
    if problems or page.rows is None or not may(require_principal(), page.read):
        raise NotFound("没有这个清单", fix="回到清单，核对筛选条件")
    number = new_number()
    made = make_file(page, wanted, suffix, number, full=False)
    seen = {f.name: wanted[f.name] for f in page.filters if f.name in wanted and f.kind is not Kind.TEXT}
    about = {"rows": made.rows.n, "rows_sha256": made.rows.hexdigest(), "sha256": made.sha256}
    about |= {"number": number, "filters": seen, "suffix": suffix}
    witness("list.exported", [("list", page.slug), ("export", number)], seen=about)
    made.answer.response = stream_with_context(pieces(made.file))
    return made.answer


def _spool(parts: Any) -> tuple[SpooledTemporaryFile[bytes], str]:
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115  # closed when sent
    digest = hashlib.sha256()
    for piece in parts:
        digest.update(piece)
        file.write(piece)
    file.seek(0)
    return file, digest.hexdigest()


def pieces(file: SpooledTemporaryFile[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """The bytes of a finished file, piece by piece; it is closed at the end."""
    with file:
        while piece := file.read(size):
            yield piece
