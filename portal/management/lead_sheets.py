"""The round trip of leads on paper 核查表: a sheet goes out, comes back filled, is looked through and taken in."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.rules import is_accused
from portal.checks.catalogue import RULES
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput
from portal.kernel.sheets.reading import Table, read_table
from portal.kernel.sheets.writing import shown, stream_workbook
from portal.management.forms.leads import MOST_PHOTOS
from portal.management.lead_work import own_work
from portal.oversight.leads.inbox.queries import NO_DAY
from portal.oversight.leads.rounds.actions import keep_photo
from portal.oversight.leads.rules import concerned
from portal.oversight.leads.sheets import rules
from portal.oversight.leads.sheets.actions import new_number
from portal.oversight.leads.sheets.queries import WorkFilter, WorkRow, list_named, list_work, standings_of
from portal.oversight.leads.sheets.rules import Filled, Judged, Outcome, Standing
from portal.registers.divisions.queries import names_of
from portal.web.lead_words import evidence_in_words
from portal.web.sessions import database, installation, require_principal

HEADER_ROW = 4
_LEAD = re.compile(r"YD-\d{4}-\d{6,}", re.IGNORECASE)
_MARKED = re.compile(r"(HC-\d{8}-[0-9a-f]{8})\D+?([0-9a-f]{16})")
OUTCOMES: dict[str, Any] = {
    Outcome.READY: _l("可以录入"), Outcome.DONE: _l("已经录入过"),
    Outcome.CHANGED: _l("疑点有变化"), Outcome.WRONG: _l("填得不对"), Outcome.UNKNOWN: _l("查不到"),
    Outcome.ALTERED: _l("不是本表的行"),
}  # fmt: skip
OUTCOME_TAGS = {"ready": "ok", "done": "info", "changed": "warn", "wrong": "bad", "unknown": "bad", "altered": "bad"}


@dataclass(frozen=True)
class Outgoing:
    """A sheet that goes out: its number, how many leads, and the workbook in pieces."""

    no: str
    rows: int
    pieces: Iterator[bytes]


def outgoing(wanted: WorkFilter) -> Outgoing:
    """The leads of a work list as a sheet to be filled on paper; those due first, 500 at most."""
    session, me, at = database(), require_principal(), now_utc()
    rows = [row for row in list_work(session, wanted, limit=rules.MOST) if not concerns(row)]
    if not rows:
        raise BadInput("没有待核实的疑点", fix="放宽筛选再导出", code="no_rows")
    key, no = _key(), new_number("HC", at)
    standings = standings_of(session, [row.lead_no for row in rows])
    names = names_of(session, {row.division_code for row in rows if row.division_code})
    titles = {rule.code: rule for rule in RULES.named(sorted({row.rule for row in rows}))}
    lines = [_line(row, titles[row.rule], names, rules.row_mark(key, no, standings[row.lead_no])) for row in rows]
    banner = (
        f"阳光扶贫疑点核查表　表号 {no}　校验 {rules.sheet_mark(key, no)}",
        "从“核实日期”填到“结论的依据”；先听本户或帮扶人怎么说。其余格子不要改。填好后在“待核实疑点”页面上传，先看逐行结果，再录入。",
        f"{me.display_name}（{me.username}）{shown(at)} 导出，共 {len(rows)} 条。疑点不是结论，用后收回销毁。",
    )
    return Outgoing(no, len(rows), stream_workbook(rules.COLUMNS, lines, sheet_name="疑点核查表", banner=banner))


def _line(row: WorkRow, rule: Any, names: Mapping[str, str], mark: str) -> list[Any]:
    asked = f"{rule.looks_at}：{rule.condition}。{rule.guide}"
    due = row.due_on if row.due_on != NO_DAY else None
    place = names.get(row.division_code or "", row.division_code or "")
    blank = [None] * len(rules.TO_FILL)
    return [
        row.lead_no, row.household_no, place, f"{row.rule} {rule.title}", asked, _seen(row), due, *blank, mark,
    ]  # fmt: skip


def _seen(row: WorkRow) -> str:
    """The evidence in words, line by line, as the lead's page shows it to the same account."""
    lines = evidence_in_words(row.evidence)
    return "；".join(f"{line.label}：{'、'.join(str(shown(value)) for value in line.values)}" for line in lines)


def concerns(row: WorkRow) -> bool:
    """Whether a lead is about the present person himself: it stands in no sheet of his."""
    return is_accused(require_principal(), concerned(row.subject_kind, row.subject_no, row.household_no, row.evidence))


def _key() -> bytes:
    return installation().keyring.derived(rules.PURPOSE, 32)


def content_of(file: FileStorage | None, photos: Sequence[FileStorage]) -> bytes:
    """What was sent in, as it is sealed: the workbook, and the digests of its pictures, which are rebuilt and kept."""
    workbook = file.read() if file else b""
    sent = [photo for photo in photos if photo.filename]
    if not workbook:
        raise BadInput("没有选文件", fix="选填好的核查表再上传", code="no_file")
    if len(sent) > MOST_PHOTOS:
        raise BadInput(f"一次最多 {MOST_PHOTOS} 张照片", fix="拆成几张表，分几次上传", code="too_many_photos")
    folder, kept = installation().settings.files_dir, {}
    for photo in sent:
        named = _LEAD.search(photo.filename or "")
        kept[named.group().upper() if named else ""] = keep_photo(database(), folder, photo.read())
    return rules.pack(workbook, kept)


@dataclass(frozen=True)
class Incoming:
    """A filled sheet as it was read: its number, its rows, and its pictures by the lead's number."""

    no: str
    rows: Sequence[Filled]
    photos: Mapping[str, str]


def read_content(content: bytes) -> Incoming:
    """What was sent in, read in the jail; BadInput for a table that is none of this site's sheets."""
    workbook, photos = rules.unpack(content)
    return Incoming(*_read(workbook), photos)


def judged_of(session: Session, sent: Incoming) -> list[Judged]:
    """What would become of each row as the leads stand now. Nothing is written."""
    numbers = {row[rules.LEAD] for row in sent.rows}
    known = {row.lead_no: row for row in list_named(session, own_work({}), numbers)}
    standings = standings_of(session, known, installation().keyring)
    judged: list[Judged] = []
    seen: set[str] = set()
    for row in sent.rows:
        number = row[rules.LEAD]
        one = _judge(sent, row, known.get(number), standings.get(number))
        if one.outcome is not Outcome.BLANK:
            judged.append(rules.doubled(one) if number in seen else one)
            seen.add(number)
        else:
            judged.append(one)
    return judged


def _judge(sent: Incoming, row: Filled, lead: WorkRow | None, standing: Standing | None) -> Judged:
    photo = sent.photos.get(row[rules.LEAD], sent.photos.get("", ""))
    genuine = rules.is_genuine(_key(), sent.no, row)
    about_me = lead is not None and concerns(lead)
    return rules.judge(row, standing, genuine=genuine, concerns_me=about_me, photo=photo, today=today_cn())


def _read(workbook: bytes) -> tuple[str, list[Filled]]:
    """The sheet's number and its rows, read in the jail; BadInput for a table that is none of this site's sheets."""
    folder = installation().settings.staging_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".upload") as kept:
        kept.write(workbook)
        kept.flush()
        with read_table(Path(kept.name), header_row=HEADER_ROW, scratch=folder) as table:
            return _number_of(table), [Filled(number, cells) for number, cells in _rows(table)]


def _number_of(table: Table) -> str:
    said = " ".join(cell for line in table.banner for cell in line if cell)
    found = _MARKED.search(said)
    if found is None or rules.sheet_mark(_key(), found.group(1)) != found.group(2):
        raise BadInput(
            "不是本站发出的核查表", why="表头上面的表号和校验对不上", fix="用本页导出的表填写，不要删改前四行",
            code="foreign_sheet",
        )  # fmt: skip
    missing = [name for name in rules.NEEDED if name not in table.names]
    if missing:
        raise BadInput(f"核查表少了“{missing[0]}”这一列", fix="用本页导出的表填写，不要删改表头", code="no_column")
    return found.group(1)


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    for batch in table.batches():
        for number, cells in zip(batch.rows, zip(*batch.columns, strict=True), strict=True):
            yield number, {name: cell or "" for name, cell in zip(table.names, cells, strict=True)}


@dataclass(frozen=True)
class Look:
    """What a sheet's page shows: every row that was filled with what would become of it, the faults first."""

    rows: Sequence[Judged]
    ready: int
    faults: int
    blank: int


def look_at(judged: Sequence[Judged]) -> Look:
    """The rows for the page; of those that nobody filled in only how many."""
    told = [one for one in judged if one.outcome is not Outcome.BLANK]
    ready = sum(one.outcome is Outcome.READY for one in told)
    faults = sum(one.outcome in rules.FAULTS for one in told)
    order = sorted(told, key=lambda one: (one.outcome not in rules.FAULTS, one.row))
    return Look(order, ready, faults, len(judged) - len(told))
