"""Procedures of the demonstration, one of each kind in one state or another; story 1's exit that the income stops.

Taken step by step by the village's clerk, the township's and the county's, with drawn documents and real notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.notices import board_picture
from portal.demo.pictures import sheet_picture
from portal.demo.places import STORY_VILLAGE
from portal.kernel.clock import CHINA
from portal.kernel.database import writing
from portal.kernel.photos.reading import ReadPhoto
from portal.publishing.notices import actions as notices
from portal.publishing.notices.drafts.actions import draft_for_procedure, submit_notice
from portal.publishing.notices.finishing import finish
from portal.publishing.notices.queries import get_notice
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.actions import add_parameter
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.procedures.actions import open_procedure, record_county_visit, take_step
from portal.registers.recipients.procedures.changes.actions import confirm_change, propose_change
from portal.registers.recipients.procedures.changes.models import ChangeKind
from portal.registers.recipients.procedures.cycles.rules import CYCLES, MONITORED, Level, Need
from portal.registers.recipients.procedures.draws.actions import record_draw
from portal.registers.recipients.procedures.files.actions import add_file
from portal.registers.recipients.procedures.files.models import FileKind, ProcedureFile
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, Source, StepKey, Verdict
from portal.registers.recipients.procedures.objections.actions import object_to
from portal.registers.recipients.procedures.objections.models import Objector
from portal.registers.recipients.procedures.reconfirmations.actions import ask_to_reconfirm
from portal.registers.recipients.procedures.requirements.rules import GUARANTEES, HELD_BY, Facts
from portal.registers.recipients.queries import HouseholdFilter, get_household, list_households, persons_of

PROCEDURES: Final = "procedures"
COUNTY: Final = "320826000000"
SITE: Final = "http://127.0.0.1:8000"
CLERK: Final = "user:demo-village_clerk"
TOWN: Final = "user:demo-township_clerk"
OFFICER: Final = "user:demo-department_officer"
#: A second person of the township's and of the county's office, who has no account of the demonstration.
TOWN_COLLEAGUE, COUNTY_COLLEAGUE = "user:红窑镇民政办二号", "user:涟水县民政局二号"
WHO: Final[Mapping[Level, str]] = {Level.VILLAGE: CLERK, Level.TOWNSHIP: TOWN, Level.COUNTY: OFFICER}
DOCUMENTS: Final[Mapping[Need, FileKind]] = {
    Need.AUTHORISED: FileKind.AUTHORISATION,
    Need.PROMISE: FileKind.PROMISE,
    Need.VISIT: FileKind.VISIT_PHOTO,
    Need.REVIEW: FileKind.SIGN_SHEET,
    Need.AGREEMENT: FileKind.EXIT_SHEET,
    Need.WITHDRAWAL: FileKind.WITHDRAWAL_FORM,
    Need.PLAN: FileKind.HELP_PLAN,
    Need.BASIS: FileKind.BASIS,
}
ADULT_YEARS: Final = 19
K, S, V = ProcedureKind, StepKey, Verdict


@dataclass
class _Desk:
    """The offices of the demonstration, and the households that are still free for a procedure."""

    session: Session
    files: Path
    as_of: date
    free: dict[str, Iterator[int]]
    made: list[Procedure] = field(default_factory=list)

    def at(self, ago: int, hour: int = 9) -> datetime:
        """A morning some days ago."""
        return datetime.combine(self.as_of - timedelta(days=ago), time(hour), CHINA)

    def open(self, kind: ProcedureKind, household: int, ago: int, why: str, **proposal: Any) -> Procedure:
        """Begun by the village."""
        source = Source.RELAPSE if kind is K.MONITOR else Source.REVIEW if kind is K.RECHECK else Source.APPLICATION
        act = Act(CLERK, f"{why}（演示）")
        row = open_procedure(self.session, kind, household, source, act, self.at(ago), proposal=proposal)
        self.made.append(row)
        return row

    def step(self, row: Procedure, ago: int, verdict: Verdict | None = None, **facts: Any) -> Procedure:
        """The step that it waits for, with its documents; a notice from its draft to its conclusion."""
        step = CYCLES[K(row.kind)].step(row.state)
        assert step is not None
        if step.level is Level.PLATFORM:
            self.post(row, ago + 9, is_over=True)
            return row
        for need in step.needs:
            if need in DOCUMENTS:
                self.bring(row, DOCUMENTS[need], ago)
            if "second_unit" in HELD_BY.get(need, ()):
                self.bring(row, FileKind.VISIT_SHEET, ago)
        chosen = verdict or (V.APPROVED if V.APPROVED in step.leads else V.DONE)
        act = Act(WHO[step.level], "照程序办理（演示）")
        return take_step(self.session, row.no, chosen, self.facts(ago, row, **facts), act, self.at(ago, 15))

    def facts(self, ago: int, row: Procedure, **more: Any) -> Facts:
        """What is stated at a step."""
        said: dict[str, Any] = {
            "note": "入户看过，和申报的一样。（演示）", "visitors": ("周海燕", "王志远"),
            "second_unit": "村民委员会",
            "members": 32, "present": 26, "agreed": 23, "left": ("程守义",), "all_signed": True,
            "guarantees": dict.fromkeys(GUARANTEES, True), "authorised_on": row.opened_on,
            "document": f"涟民发〔{self.as_of.year}〕{row.id + 10}号", "amount_fen": 680_00,
        }  # fmt: skip
        return Facts(happened_on=self.at(ago).date(), **{**said, **more})

    def bring(self, row: Procedure, kind: FileKind, ago: int) -> None:
        """A drawn document; what is there stays."""
        known = {k for (k,) in self.session.execute(_kinds_of(row.id))}
        if kind not in known:
            picture = sheet_picture(f"{row.no} {kind}")
            add_file(self.session, self.files, row.no, kind, picture, Act(CLERK, "上传材料"), self.at(ago, 14))

    def post(self, row: Procedure, ago: int, *, is_over: bool) -> None:
        """The notice that it waits for: drafted, published by a second person, put up; concluded when its days are over."""
        drafted = draft_for_procedure(self.session, row.no, Act(CLERK, "照程序公示（演示）"), self.at(ago))
        done = finish(self.session, get_notice(self.session, drafted.no), SITE, self.at(ago).date())
        submit_notice(self.session, drafted.no, done, Act(CLERK, "请审核"), self.at(ago, 10))
        act = Act(TOWN_COLLEAGUE, "核对无误（演示）")
        notices.publish_notice(self.session, drafted.no, done, self.files, act, self.at(ago, 11))
        if row.state == S.ANNOUNCE:
            if is_over:
                notices.withdraw_ended(self.session, "job:notices", self.at(ago - 9, 16))
            return
        photo = ReadPhoto("image/jpeg", 640, 480, 0, {}, board_picture(drafted.title + row.no))
        notices.put_up(self.session, drafted.no, photo, self.files, Act(CLERK, "贴在村委会门口"), self.at(ago, 15))
        if is_over:
            over = Act(TOWN_COLLEAGUE, "公示期内没有人提出异议")
            notices.conclude_notice(self.session, drafted.no, over, self.at(ago - 9, 16))

    def walk(self, row: Procedure, agos: list[int], until: StepKey | None = None) -> Procedure:
        """One step on each of these days, up to one that it is left waiting for."""
        for ago in agos:
            if row.closed_on is None and row.state != until:
                self.step(row, ago)
        return row

    def home(self, which: str) -> int:
        """The next household that fits."""
        return next(self.free[which])


def load_procedures(engine: Engine, files: Path, demonstration: Demonstration) -> int:
    """Make them; returns how many."""
    stories = {story.number: story.records for story in demonstration.stories}
    with writing(engine) as session:
        desk = _Desk(session, files, demonstration.plan.as_of, {})
        told = get_household(session, str(stories[1]["household"]))
        taken = {str(records.get("household", "")) for records in stories.values()}
        desk.free = _free_homes(session, desk.as_of, taken)
        _stopped_exit(desk, told.id)
        _exits(desk)
        _monitored(desk)
        _relief(desk)
        _small_ones(desk)
        _beside(desk)
    return len(desk.made)


def _kinds_of(procedure_id: int) -> Any:
    return select(ProcedureFile.kind).where(ProcedureFile.procedure_id == procedure_id)


def _free_homes(session: Session, today: date, taken: set[str]) -> dict[str, Iterator[int]]:
    """Households of the story's village whose head is of age, by what they are good for; nobody's story twice."""
    found = [h for h in list_households(session, [STORY_VILLAGE], HouseholdFilter(), limit=400) if h["no"] not in taken]
    people = persons_of(session, [home["id"] for home in found])
    adult = [h for h in found if people.get(h["id"]) and _is_of_age(people[h["id"]][0].values, today)]
    listed = iter([h for h in adult if h["status"] == "在册" and h["category"] not in MONITORED])
    out = iter([h["id"] for h in adult if h["status"] == "已脱贫"])
    watched = iter([h["id"] for h in adult if h["status"] == "在册" and h["category"] in MONITORED])
    used: set[int] = set()

    def fitting(purpose: str, is_above: bool) -> Iterator[int]:
        for home in (h for h in adult if h["status"] == "在册" and h["category"] not in MONITORED):
            if home["id"] in used:
                continue
            computed = computation_of(session, home["id"], today, purpose=purpose)
            per_head = computed.exit_per_head_fen if is_above else computed.per_head_fen
            if per_head is None or computed.line_fen is None or (per_head > computed.line_fen) != is_above:
                continue
            used.add(home["id"])
            yield home["id"]

    def any_listed() -> Iterator[int]:
        for home in listed:
            if home["id"] not in used:
                used.add(home["id"])
                yield home["id"]

    return {
        "above": fitting("register", True), "poor": fitting("dibao", False), "out": out, "watched": watched,
        "listed": any_listed(),
    }  # fmt: skip


def _is_of_age(person: Mapping[str, Any], today: date) -> bool:
    born = person["born_on"] or person["id_born_on"]
    return born is not None and bool(born.year + ADULT_YEARS <= today.year)


def _stopped_exit(desk: _Desk, household: int) -> None:
    """Story 1: proposed because of the reimbursement, waved through by the meeting, stopped by the computation."""
    row = desk.open(K.EXIT, household, 6, "报销到账以后收入超过收入线，拟退出")
    desk.step(row, 4)
    desk.bring(row, FileKind.VISIT_PHOTO, 2)


def _exits(desk: _Desk) -> None:
    """One finished, one on the board."""
    done = desk.open(K.EXIT, desk.home("above"), 60, "收入稳定超过收入线，两不愁三保障达标")
    desk.walk(done, [57, 55, 53, 40, 38, 36, 12])
    shown = desk.open(K.EXIT, desk.home("above"), 14, "收入稳定超过收入线，两不愁三保障达标")
    desk.walk(shown, [12, 9, 7], until=S.VILLAGE_NOTICE)
    desk.post(shown, 4, is_over=False)


def _monitored(desk: _Desk) -> None:
    """One on the list again, two drawn or not before the county's decision, one that came after the draw."""
    sudden = {"category": "突发严重困难户", "main_cause": "因病"}
    first = desk.open(K.MONITOR, desk.home("out"), 44, "户主突发脑溢血，自付费用高", **sudden)
    desk.walk(first, [43, 42, 31, 30], until=S.COUNTY_DECISION)
    record_draw(desk.session, COUNTY, desk.at(29).date().replace(day=1), OFFICER, desk.at(29), seed="演示一")
    record_county_visit(
        desk.session, first.no, desk.facts(28, first), Act(COUNTY_COLLEAGUE, "抽中入户（演示）"), desk.at(28)
    )
    desk.walk(first, [27, 10])
    waiting = []
    for why in ("台风刮倒大棚，损失三万多元", "独子车祸住院，借款五万元"):
        row = desk.open(K.MONITOR, desk.home("out"), 20, why, **sudden)
        waiting.append(desk.walk(row, [19, 18, 7, 6], until=S.COUNTY_DECISION))
    record_draw(desk.session, COUNTY, desk.at(5).date().replace(day=1), OFFICER, desk.at(5), seed="演示二")
    words = "他家去年刚在镇上买了门面房，请查一查。"
    act = Act(TOWN, "收到异议（演示）")
    object_to(desk.session, waiting[0].no, Objector.VILLAGER, desk.at(3).date(), words, act, desk.at(3))
    late = desk.open(K.MONITOR, desk.home("out"), 18, "火灾烧毁住房", **sudden)
    desk.walk(late, [17, 16, 4, 3], until=S.COUNTY_DECISION)


def _relief(desk: _Desk) -> None:
    """低保: one refused with its reason, one late at the start of its check, a re-check that fades out."""
    refused = desk.open(K.DIBAO, desk.home("poor"), 50, "丈夫去世，没有固定收入")
    desk.walk(refused, [49, 47, 45, 44, 32], until=S.COUNTY_DECISION)
    desk.step(refused, 30, V.REFUSED, note="核对发现本人名下有一辆载货汽车，超过本县规定；已告知本人。（演示）")
    slow = desk.open(K.DIBAO, desk.home("poor"), 15, "常年吃药，没有固定收入")
    desk.walk(slow, [14], until=S.CHECK)
    fading = desk.open(K.RECHECK, desk.home("listed"), 40, "儿子今年外出务工，家庭收入增加")
    desk.walk(fading, [36, 34], until=S.COUNTY_DECISION)
    desk.step(fading, 30, V.FADING)


def _small_ones(desk: _Desk) -> None:
    """A change of category, a cancellation, a withdrawal and an end of monitoring, each waiting for its next person."""
    changed = desk.open(
        K.CATEGORY, desk.home("listed"), 5, "年审：本人已评残，按残疾原因认定", main_cause="因残", category="低保边缘户"
    )
    desk.bring(changed, FileKind.BASIS, 5)
    struck = desk.open(K.CANCEL, desk.home("listed"), 3, "全家迁往外省，户口已经迁出")
    desk.bring(struck, FileKind.BASIS, 3)
    leaving = desk.open(K.WITHDRAWAL, desk.home("listed"), 8, "女儿工作后收入稳定，本户提出退出")
    desk.step(leaving, 6)
    if (watched := next(desk.free["watched"], None)) is not None:
        desk.open(K.REMOVAL, watched, 4, "风险已经消除")


def _beside(desk: _Desk) -> None:
    """A birth that waits for the township, a correction that it confirmed, a difference put to a household."""
    values = {"name": "reconfirm_days", "division_code": COUNTY, "valid_from": date(2020, 1, 1), "value": "15"}
    add_parameter(desk.session, {**values, "basis": "演示数值，不是任何地方的现行规定"}, Act(OFFICER, "演示"))
    home = desk.home("listed")
    born = {"person": {"name": "新生儿", "relation": "子女", "born_on": desk.at(9).date(), "lives_together": True}}
    act, session = Act(CLERK, "照户口簿登记（演示）"), desk.session
    propose_change(
        session, home, ChangeKind.BIRTH, desk.at(9).date(), born, act, desk.at(2), basis="出生医学证明"
    )  # fmt: skip
    head = persons_of(session, [home])[home][0]
    weak = {"person": {"labour": "丧失劳动力" if head.values["labour"] == "弱劳动力" else "弱劳动力"}}
    row = propose_change(
        session, home, ChangeKind.CORRECTION, desk.at(12).date(), weak, act, desk.at(11), basis="县医院诊断证明",
        person_id=head.id,
    )  # fmt: skip
    confirm_change(session, home, row.n, Act(TOWN, "核对过诊断证明（演示）"), desk.at(10))
    difference = "申报没有经营收入；市场监管登记显示开有一家小卖部，核实属实。"
    ask_to_reconfirm(
        session, desk.home("listed"), "lead", "E06-演示", difference, Act(TOWN, "核实属实（演示）"), desk.at(4)
    )
