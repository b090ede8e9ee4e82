"""What a filled row of a sheet means: whose row it is, whether it still fits its lead, and what it would do. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.kernel.cells import CLEAR, CellError, CellKind, CellRule, read_cell
from portal.kernel.errors import BadFields, ProductError
from portal.kernel.sheets.writing import CellFormat, OutColumn
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import LeadStatus
from portal.oversight.leads.rounds.models import Speaker
from portal.oversight.leads.rounds.rules import OnSite, check_conclusion, check_visit

MOST: Final = 500
"""Leads in one sheet: what one transaction takes in."""
FOUR: Final = (Finding.TRUE, Finding.UNFOUNDED, Finding.PARTLY, Finding.UNKNOWN)
OPEN_TO_SHEETS: Final = (LeadStatus.OPEN, LeadStatus.VERIFYING)
PURPOSE: Final = "lead-sheet"
"""What the key is derived for by which a sheet's number and rows are known again."""

LEAD, CHECK = "疑点编号", "校验（不要改）"
VISITED, FIRST, SECOND, SPEAKER = "核实日期", "入户人", "同去的人", "先听了谁说"
SAID, FOUND, FINDING, WHY = "本户或帮扶人怎么说", "入户看到了什么", "结论", "结论的依据"
_FIELDS: Final = {
    "visited_on": VISITED, "first": FIRST, "second": SECOND, "speaker": SPEAKER, "said": SAID, "found": FOUND,
    "photo": "",
}  # fmt: skip
ON_SITE: Final = (VISITED, FIRST, SECOND, SPEAKER, SAID, FOUND)
TO_FILL: Final = (*ON_SITE, FINDING, WHY)
COLUMNS: Final = (
    OutColumn(LEAD, width=18),
    OutColumn("户编号", width=18),
    OutColumn("村（居）", width=20),
    OutColumn("规则", width=22),
    OutColumn("核什么", width=40),
    OutColumn("看到什么", width=40),
    OutColumn("核查期限", CellFormat.DATE),
    OutColumn(VISITED, CellFormat.DATE, 14, note="到户的那一天，如 2026-11-20"),
    OutColumn(FIRST, width=12),
    OutColumn(SECOND, width=12, note="要两个人到户"),
    OutColumn(SPEAKER, width=14, choices=tuple(Speaker), note="先听本户或帮扶人怎么说，再看"),
    OutColumn(SAID, width=36),
    OutColumn(FOUND, width=36),
    OutColumn(FINDING, width=14, choices=FOUR),
    OutColumn(WHY, width=36, note="不写姓名、病情、电话、账号"),
    OutColumn(CHECK, width=30, note="本系统据此认出这一行，改了就不能录入"),
)
NEEDED: Final = (LEAD, CHECK, *TO_FILL)


def pack(workbook: bytes, photos: Mapping[str, str]) -> bytes:
    """A workbook with the digests of its pictures, by the lead's number (blank: for every other row), as it is sealed."""
    return json.dumps({"file": base64.b64encode(workbook).decode("ascii"), "photos": dict(photos)}).encode()


def unpack(content: bytes) -> tuple[bytes, dict[str, str]]:
    """What `pack` put together."""
    told = json.loads(content)
    return base64.b64decode(told["file"]), dict(told["photos"])


class Outcome(StrEnum):
    """What would become of a row: 可以录入, 没有填, 已经录入过, 疑点有变化, 填得不对, 查不到, 不是本表的行."""

    READY = "ready"
    BLANK = "blank"
    DONE = "done"
    CHANGED = "changed"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    ALTERED = "altered"


FAULTS: Final = frozenset({Outcome.CHANGED, Outcome.WRONG, Outcome.UNKNOWN, Outcome.ALTERED})


@dataclass(frozen=True)
class Filled:
    """One row as somebody filled it: its number in the sheet, and the cells by their columns."""

    row: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not any(self[column] for column in TO_FILL)


@dataclass(frozen=True)
class Standing:
    """A lead as it stands when a sheet is made or comes back; the round is the last one."""

    lead_no: str
    rule: str
    household_no: str | None
    status: str
    evidence_digest: str
    first_seen: date
    heard: bool
    round: int = 0
    sent_back: bool = False
    visit: OnSite | None = None  # of the last round
    conclusion: str | None = None
    why: str | None = None

    @property
    def is_visited(self) -> bool:
        """Whether the round that is open has its visit."""
        return self.visit is not None and not self.sent_back


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: the column where one is, what, and what to do."""

    column: str
    what: str
    fix: str = ""


def problem(column: str, what: str, fix: str = "") -> Problem:
    """A problem with its words."""
    return Problem(column, what, fix)


@dataclass(frozen=True)
class Judged:
    """What would become of one row, and what it would write."""

    row: int
    lead_no: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    visit: OnSite | None = None
    finding: Finding | None = None
    why: str = ""


def _mark(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:16]


def sheet_mark(key: bytes, no: str) -> str:
    """By which a sheet's number is known again: 16 hexadecimal digits."""
    return _mark(key, "sheet", no)


def row_mark(key: bytes, no: str, standing: Standing) -> str:
    """The last cell of a row: how the lead stood, and that this row is of this sheet."""
    state = state_of(standing)
    return f"{state}-{_mark(key, 'row', no, standing.lead_no, state)}"


def is_genuine(key: bytes, no: str, filled: Filled) -> bool:
    """Whether a row is one that the sheet went out with."""
    state, _dash, mark = filled[CHECK].partition("-")
    return hmac.compare_digest(mark, _mark(key, "row", no, filled[LEAD], state))


def state_of(standing: Standing) -> str:
    """12 digits that change when the lead does: its evidence, its step, its round."""
    parts = (standing.status, standing.evidence_digest, str(standing.round), str(standing.is_visited))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def judge(
    filled: Filled, standing: Standing | None, *, genuine: bool, concerns_me: bool, photo: str, today: date
) -> Judged:
    """What a row would do. A lead that the person may not touch is answered as one that nobody knows."""
    if standing is None:
        return _fault(
            filled, Outcome.UNKNOWN, problem(LEAD, "查不到这条疑点", "核对编号；不在您范围里的，请它的乡镇办")
        )
    if not genuine:
        return _fault(
            filled, Outcome.ALTERED, problem(CHECK, "这一行不是本表发出时的样子", "重新导出，把填好的格子抄过去")
        )
    if filled.is_blank:
        return Judged(filled.row, filled[LEAD], Outcome.BLANK)
    if concerns_me:
        return _fault(filled, Outcome.WRONG, problem(LEAD, "不能核实和自己有关的疑点", "请别人核实"))
    visit, finding, why, problems = _read(filled, photo)
    if problems:
        return _fault(filled, Outcome.WRONG, *problems)
    if _is_recorded(standing, visit, finding, why):
        return Judged(filled.row, filled[LEAD], Outcome.DONE)
    if filled[CHECK].partition("-")[0] != state_of(standing) or standing.status not in OPEN_TO_SHEETS:
        return _fault(filled, Outcome.CHANGED, problem("", "发出以后这条疑点有变化", "重新导出，按新的情况核实"))
    problems = _faults(standing, visit, finding, why, today)
    if problems:
        return _fault(filled, Outcome.WRONG, *problems)
    return Judged(filled.row, filled[LEAD], Outcome.READY, (), visit, finding, why)


def _fault(filled: Filled, outcome: Outcome, *problems: Problem) -> Judged:
    return Judged(filled.row, filled[LEAD], outcome, problems)


def _read(filled: Filled, photo: str) -> tuple[OnSite | None, Finding | None, str, list[Problem]]:
    """The cells as values; a word that is not on the list is a problem of its column."""
    problems: list[Problem] = []
    told = {column: _value(filled, column, problems) for column in TO_FILL}
    finding = Finding(told[FINDING]) if told[FINDING] in FOUR else None
    if told[FINDING] and finding is None:
        problems.append(problem(FINDING, "不认识的结论", "从单元格的列表里选：属实、不属实、部分属实、无法核实"))
    if told[SPEAKER] and told[SPEAKER] not in set(Speaker):
        problems.append(problem(SPEAKER, "不认识的说法", "从单元格的列表里选：本户、帮扶人、找不到人"))
    if not any(told[column] for column in ON_SITE):
        return None, finding, told[WHY] or "", problems
    day = told[VISITED] if isinstance(told[VISITED], date) else None
    first, second, speaker, said, found = (told[column] or "" for column in (FIRST, SECOND, SPEAKER, SAID, FOUND))
    visit = OnSite(day, first, second, speaker, said, found, photo)
    return visit, finding, told[WHY] or "", problems


def _value(filled: Filled, column: str, problems: list[Problem]) -> Any:
    """A cell as it is kept: tidied text, or a day. A formula's error, a day that is none, is a problem of its column."""
    try:
        value = read_cell(filled[column] or None, CellRule(CellKind.DATE if column == VISITED else CellKind.TEXT)).value
    except CellError as error:
        problems.append(problem(column, error.why, error.fix))
        return None
    return None if value is CLEAR else value


def _is_recorded(standing: Standing, visit: OnSite | None, finding: Finding | None, why: str) -> bool:
    """Whether the last round says the same already, whoever wrote it and whatever picture lies with it."""
    if standing.sent_back:
        return False
    if visit is not None and (standing.visit is None or replace(visit, photo="") != replace(standing.visit, photo="")):
        return False
    return finding is None or (standing.conclusion == finding and standing.why == why)


def _faults(standing: Standing, visit: OnSite | None, finding: Finding | None, why: str, today: date) -> list[Problem]:
    """Every reason for which the steps of a row would be refused, found before any of them is taken."""
    problems: list[Problem] = []
    if visit is not None:
        try:
            check_visit(visit, standing.first_seen, today)
        except BadFields as error:
            problems += [problem(_FIELDS.get(one.field, ""), one.message) for one in error.errors]
    if finding is None:
        return problems if visit is not None else [problem(FINDING, "只写了依据，没有结论", "补上结论，或把依据也清空")]
    if not why:
        problems.append(problem(WHY, "没有写结论的依据", "写明看了什么、问了谁，凭什么这样认定"))
    try:
        visited = visit is not None or standing.is_visited
        check_conclusion(standing.rule, standing.household_no, finding, visited=visited, heard=standing.heard)
    except ProductError as error:
        problems.append(problem(FINDING, error.what, error.fix))
    return problems


def doubled(judged: Judged) -> Judged:
    """A second row about the same lead is never taken."""
    fault = problem(LEAD, "同一条疑点写了两行", "只留一行")
    return replace(judged, outcome=Outcome.WRONG, problems=(fault,), visit=None, finding=None)
