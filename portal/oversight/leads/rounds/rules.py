"""What a conclusion, a review and a disposition ask for: an on-site record, another person, a reconfirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.kernel.errors import BadFields, FieldProblem, Refused
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.rounds.models import Disposition, Speaker
from portal.registers.recipients.procedures.models import ProcedureKind

ON_SITE: Final = frozenset({Finding.TRUE, Finding.UNFOUNDED, Finding.PARTLY, Finding.UNKNOWN})
"""What nobody can know from his desk about a household."""
OFFICE_FAMILIES: Final = frozenset("HSFP")
"""Rules over visits, offices, money and projects: their evidence lies in the registers, not in a household's yard."""
OF_TRUE: Final = frozenset({Finding.TRUE, Finding.PARTLY})

FITTING: Final[Mapping[Finding, frozenset[Disposition]]] = {
    Finding.TRUE: frozenset(Disposition),
    Finding.PARTLY: frozenset(Disposition),
    Finding.UNFOUNDED: frozenset({Disposition.KEEP, Disposition.ADD}),
    Finding.EXPLAINED: frozenset({Disposition.KEEP}),
    Finding.UNKNOWN: frozenset({Disposition.KEEP, Disposition.REFER}),
}
"""核查结论 → 处置: nothing is taken from anybody on a lead that was not found true."""

PROCEDURES: Final[Mapping[Disposition, ProcedureKind]] = {
    Disposition.EXIT: ProcedureKind.CANCEL,
    Disposition.ADD: ProcedureKind.ENTRY,
}
"""The register's own procedure that a disposition begins; its steps, persons and notices decide, not the lead."""
FEWEST_WORDS: Final = 4


def needs_visit(rule: str, household_no: str | None, finding: Finding) -> bool:
    """Whether a conclusion about this lead rests on a visit of two persons with a photo."""
    return household_no is not None and rule[:1] not in OFFICE_FAMILIES and finding in ON_SITE


@dataclass(frozen=True)
class OnSite:
    """入户核实: when, who, what the household or its helper said first, what was seen, and the picture's digest."""

    visited_on: date | None
    first: str
    second: str
    speaker: str
    said: str
    found: str
    photo: str


def check_visit(visit: OnSite, first_seen: date, today: date) -> None:
    """Refuse a record that is none: BadFields names every field."""
    problems = []
    if visit.visited_on is None or not first_seen <= visit.visited_on <= today:
        problems.append(FieldProblem("visited_on", "visited_on", "入户日期不能早于发现疑点，也不能在今天之后"))
    if not visit.first.strip() or not visit.second.strip() or visit.first.strip() == visit.second.strip():
        problems.append(FieldProblem("second", "second", "写明两名入户人，不能是同一个人"))
    if visit.speaker not in set(Speaker):
        problems.append(FieldProblem("speaker", "speaker", "选先听了谁说"))
    elif visit.speaker != Speaker.NOBODY and len(visit.said.strip()) < FEWEST_WORDS:
        problems.append(FieldProblem("said", "said", "先写本户或帮扶人怎么说，再写看到什么"))
    if len(visit.found.strip()) < FEWEST_WORDS:
        problems.append(FieldProblem("found", "found", "写明入户看到了什么"))
    if not visit.photo:
        problems.append(FieldProblem("photo", "photo", "上传一张入户核实的照片"))
    if problems:
        raise BadFields("入户记录还缺内容", problems)


def check_conclusion(rule: str, household_no: str | None, finding: Finding, *, visited: bool, heard: bool) -> None:
    """Refuse a conclusion without what it rests on."""
    if needs_visit(rule, household_no, finding) and not visited:
        raise Refused(
            "还没有入户记录，不能写这个结论", why="要两个人到户看过，先听本户或帮扶人说", fix="先填入户核实记录",
            code="no_visit",
        )  # fmt: skip
    if finding is Finding.EXPLAINED and not (heard or visited):
        raise Refused("没有听过说明，不能写“说明成立”", fix="先听取说明，或到户核实", code="not_heard")


def check_apart(who: str, *others: str | None, what: str) -> None:
    """核查人、复核人、处置人 are three persons."""
    if who in others:
        raise Refused(
            f"您已经经手过这条疑点，不能再{what}",
            why="核查、复核、处置要三个人分开",
            fix="请另一个人办理",
            code="same_person",
        )


def check_disposition(finding: Finding, disposition: Disposition) -> None:
    """Refuse a disposition that does not follow from the conclusion."""
    if disposition not in FITTING.get(finding, frozenset()):
        raise Refused(f"结论是“{finding}”，不能处置为“{disposition}”", fix="从列出的处置里选", code="disposition")
