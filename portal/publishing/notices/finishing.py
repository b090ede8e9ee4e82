"""The finished notice 成品: the very bytes that go out, made and read before anything is written.

Made outside the transaction that publishes, since printing takes a second; whoever publishes hands it in, and the
action sees that it is the text that lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import Conflict
from portal.publishing.canaries.queries import list_watched
from portal.publishing.notice_gate import Gate, GatedFile, GateRefused, NoticeFinding
from portal.publishing.notices.disclosure import PublicNotice, gated_fields, gated_totals, typed_fields
from portal.publishing.notices.people.queries import known_people
from portal.publishing.notices.queries import NoticeRow, Text, text_of
from portal.publishing.notices.sheets.printing import Paper, print_notice
from portal.registers.sealed import keyring_of

PDF: Final = "application/pdf"
Pages = Callable[[PublicNotice], Sequence[GatedFile]]
"""What a door makes of a notice: its page and its downloads."""


@dataclass(frozen=True)
class Finished:
    """A notice as it goes out: which writing it is of, both sheets, and every file."""

    n: int
    notice: PublicNotice
    a4: bytes
    a3: bytes
    found: Sequence[NoticeFinding] = ()  # what the gate read in the finished bytes and their names


def no_pages(_notice: PublicNotice) -> Sequence[GatedFile]:
    """Where no door stands by (jobs, the demonstration): the sheets alone; the public door reads its own pages again."""
    return ()


def finish(session: Session, row: NoticeRow, site: str, on: date, pages: Pages = no_pages) -> Finished:
    """Print both sheets, make the pages of a notice's newest text, and read all of it: nothing may be written meanwhile."""
    text = text_of(session, row)
    sheets = {paper: print_notice(text.public, paper, site, on) for paper in Paper}
    files = [GatedFile(sheet_name(row.no, paper), PDF, content) for paper, content in sheets.items()]
    bare = {file.name: file.content for file in pages(text.public.bare)}
    files += [GatedFile(f.name, f.media_type, f.content, bare.get(f.name, b"")) for f in pages(text.public)]
    found = gate_of(session, row, text, on).read([], files)
    return Finished(text.n, text.public, sheets[Paper.A4], sheets[Paper.A3], found)


def sheet_name(no: str, paper: Paper) -> str:
    """The file name of a sheet."""
    return f"{no}-{paper.value.upper()}.pdf"


def gate_of(session: Session, row: NoticeRow, text: Text, on: date) -> Gate:
    """The gate for a notice, with what the register knows today."""
    watched = [value for one in list_watched(session, keyring_of(session)) for value in one.values]
    return Gate(known_people(session, text.public, text.source, on), watched, row.declared.lists_people)


def findings_of(session: Session, row: NoticeRow, finished: Finished, at: datetime) -> list[NoticeFinding]:
    """What stops a finished notice; empty when it may go out. A file's finding is told only where no field has it."""
    notice, text = finished.notice, text_of(session, row)
    typed = list(typed_fields(notice, text.source))
    found = gate_of(session, row, text, day_cn(at)).read(list(gated_fields(notice)), (), gated_totals(notice), typed)
    seen = {one.what for one in found}
    return found + [one for one in finished.found if one.what not in seen]


def check_finished(session: Session, row: NoticeRow, finished: Finished, at: datetime) -> None:
    """Refuse bytes of another writing (Conflict), and what the gate stops (GateRefused).

    The finished bytes were read when they were made, outside the transaction; the fields are read once more here.
    """
    text = text_of(session, row)
    if text.n != finished.n or text.public.sha256 != finished.notice.sha256:
        raise Conflict("这份公示刚被改过", why="预览和现在的内容不一样", fix="重新预览，再提交", code="stale")
    if found := findings_of(session, row, finished, at):
        raise GateRefused(found)
