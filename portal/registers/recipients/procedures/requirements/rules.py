"""What a step lacks: each need of the life cycles, met or not, in words.

Sources: 村民委员会组织法 第二十六条 (quorum, majority); T02: income is never asked of 突发严重困难户; an exit needs the
household's own signature before two visitors, whatever it said on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from portal.kernel.clock import Overrides, add_working_days
from portal.kernel.errors import Refused
from portal.kernel.money import format_yuan
from portal.registers.recipients.companions.rules import Companion, companion_problem
from portal.registers.recipients.procedures.cycles.rules import Level, Need, Step
from portal.registers.recipients.procedures.files.models import FileKind
from portal.registers.recipients.rules import is_income_capped

GUARANTEES: Final = ("吃", "穿", "义务教育", "基本医疗", "住房安全", "饮水安全")
"""两不愁三保障 and safe water: each is looked at and has its finding."""
HELD_BY: Final[Mapping[Need, tuple[str, ...]]] = {
    **dict.fromkeys((Need.VISIT, Need.WITNESSES, Need.WITHDRAWAL), ("visitors", "second_account", "second_unit")),
    Need.REVIEW: ("members", "present", "agreed", "left"),
    Need.GUARANTEES: ("guarantees",),
    Need.AUTHORISED: ("authorised_on",),
    Need.DOCUMENT: ("document",),
    Need.AMOUNT: ("amount_fen",),
}
"""What each need keeps with the step."""


@dataclass(frozen=True)
class Facts:
    """What somebody states at a step."""

    happened_on: date
    note: str = ""
    visitors: tuple[str, ...] = ()  # the second one's account, or his unit, stands below
    second_account: str = ""
    second_unit: str = ""
    members: int | None = None
    present: int | None = None
    agreed: int | None = None
    left: tuple[str, ...] = ()  # interested people who left the room
    guarantees: Mapping[str, bool] = field(default_factory=dict)
    authorised_on: date | None = None
    all_signed: bool = False
    document: str = ""
    amount_fen: int | None = None

    def held(self, needs: Collection[Need] = tuple(Need)) -> dict[str, Any]:
        """What of it is kept with the step in the open: what the step asks for, and no free text."""
        asked = {name for need in needs for name in HELD_BY.get(need, ())}
        kept: dict[str, Any] = {
            "visitors": list(self.visitors), "second_account": self.second_account.strip(),
            "second_unit": self.second_unit.strip(), "members": self.members, "present": self.present, "agreed": self.agreed,
            "left": list(self.left), "authorised_on": self.authorised_on and self.authorised_on.isoformat(),
            "document": self.document, "amount_fen": self.amount_fen,
            "guarantees": [[name, self.guarantees[name]] for name in GUARANTEES if name in self.guarantees],
        }  # fmt: skip
        return {name: value for name, value in kept.items() if name in asked and value not in (None, "", [])}

    @property
    def second(self) -> Companion:
        """The second visitor."""
        name = self.visitors[1] if len(self.visitors) > 1 else ""
        return Companion(name, self.second_account, self.second_unit)


@dataclass(frozen=True)
class Situation:
    """What stands around a procedure when a step is to be done."""

    today: date
    actor: str = ""  # who does the step
    has_household: bool = False
    has_head: bool = False
    category: str | None = None
    entered_on: date | None = None
    has_labour: bool = True
    files: frozenset[str] = frozenset()
    open_objections: int = 0
    disputes: int = 0
    per_head_fen: int | None = None
    line_fen: int | None = None
    never_income: tuple[tuple[str, int], ...] = ()  # entries that somebody stated as income and that never are
    quorum: Fraction = Fraction(2, 3)
    agree_share: Fraction = Fraction(1, 2)
    min_months: int = 6
    page_agreed: bool | None = None
    is_drawn_over: bool = False  # the county's draw of the month has been made
    needs_county_visit: bool = False
    has_county_visit: bool = False
    is_reconfirming: bool = False


@dataclass(frozen=True)
class Missing:
    """One thing that a step still lacks, and what to do."""

    what: str
    fix: str = ""


def problem(what: str, fix: str = "") -> list[Missing]:
    """One thing that is missing."""
    return [Missing(what, fix)]


def lacking(step: Step, situation: Situation, facts: Facts | None) -> list[Missing]:
    """Everything a step lacks. Without `facts` (nothing stated yet) only what stands around it is looked at."""
    found: list[Missing] = []
    if situation.is_reconfirming:
        found += problem("正在等本户重新确认", "等本户答复、别人写下结论，再办别的事")
    for need in step.needs:
        found += AROUND.get(need, _nothing)(situation)
        if facts is not None:
            found += STATED.get(need, _not_stated)(facts, situation)
    if facts is not None and facts.happened_on > situation.today:
        found += problem("日期在今天之后", "核对日期")
    return found


def _nothing(_situation: Situation) -> list[Missing]:
    return []


def _not_stated(_facts: Facts, _situation: Situation) -> list[Missing]:
    return []


def _files(*wanted: FileKind) -> Callable[[Situation], list[Missing]]:
    def look(situation: Situation) -> list[Missing]:
        return [m for kind in wanted if kind not in situation.files for m in problem(f"缺材料：{kind}", "在下面上传")]

    return look


def _members(s: Situation) -> list[Missing]:
    return [] if s.has_household and s.has_head else problem("还没有登记这一户的户主和成员", "先登记户和家庭成员")


def _answered(s: Situation) -> list[Missing]:
    return problem(f"还有 {s.open_objections} 条异议没有答复", "先逐条答复") if s.open_objections else []


def _no_dispute(s: Situation) -> list[Missing]:
    if not s.disputes:
        return []
    return problem(f"本户有 {s.disputes} 项异议没有办结", "异议办结以前不能退出")


def _under_line(s: Situation) -> list[Missing]:
    if not is_income_capped(s.category):
        return []  # T02
    if s.line_fen is None:
        return problem("当年的收入线还没有录入", "在“动态参数”里录入")
    if s.per_head_fen is None:
        return problem("这一户没有收入记录，算不出人均收入", "先登记收入明细；没有收入也要记一笔零")
    if s.per_head_fen >= s.line_fen:
        return problem(
            f"人均收入 {format_yuan(s.per_head_fen)} 元，不低于收入线 {format_yuan(s.line_fen)} 元", "核对收入明细"
        )
    return []


def _over_line(s: Situation) -> list[Missing]:
    if s.line_fen is None:
        return problem("当年的收入线还没有录入", "在“动态参数”里录入")
    if s.per_head_fen is None:
        return problem("没有经确认、可计入的收入，算不出人均收入", "收入明细要由本户或另一人确认")
    if s.per_head_fen <= s.line_fen:
        no_income = [
            found
            for item, fen in s.never_income
            for found in problem(f"“{item}”{format_yuan(fen)} 元不是收入，写明计入也不能算", "把这一笔改成不计入")
        ]
        return no_income + problem(
            f"只算经确认、可计入的收入，人均 {format_yuan(s.per_head_fen)} 元，没有超过收入线 {format_yuan(s.line_fen)} 元",
            "医疗报销、救助等不计入收入；没有稳定超过收入线不能退出",
        )
    return []


def _agreement(s: Situation) -> list[Missing]:
    found = problem("本户在自己的页面上不同意退出", "没有本户同意，不能退出") if s.page_agreed is False else []
    if FileKind.EXIT_SHEET not in s.files:
        found += problem("缺本户当着两名入户人签字的退出签字表", "在下面上传")
    return found


def months_after(day: date, months: int) -> date:
    """The same day some months later; the last of the month where there is none."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _lasted(s: Situation) -> list[Missing]:
    if not s.has_labour:
        return problem("整户没有劳动能力，不消除监测", "继续监测和帮扶")
    if s.entered_on is None:
        return problem("没有纳入日期，算不出监测多久", "先更正纳入日期")
    same_month = (s.entered_on.year, s.entered_on.month) == (s.today.year, s.today.month)
    if same_month or s.today < months_after(s.entered_on, s.min_months):
        return problem(
            f"监测不满 {s.min_months} 个月，或在纳入当月", f"最早 {months_after(s.entered_on, s.min_months)}"
        )
    return []


def _sampled(s: Situation) -> list[Missing]:
    if not s.is_drawn_over and not s.needs_county_visit:
        return problem("县级还没有抽查这一批", "先在“程序抽查”里按月抽取")
    if s.needs_county_visit and not s.has_county_visit:
        return problem("抽中或备案的户，县级还没有入户", "县级入户后填写抽查记录")
    return []


AROUND: Final[Mapping[Need, Callable[[Situation], list[Missing]]]] = {
    Need.MEMBERS: _members,
    Need.ANSWERED: _answered,
    Need.NO_DISPUTE: _no_dispute,
    Need.UNDER_LINE: _under_line,
    Need.OVER_LINE: _over_line,
    Need.AGREEMENT: _agreement,
    Need.LASTED: _lasted,
    Need.SAMPLED: _sampled,
    Need.AUTHORISED: _files(FileKind.AUTHORISATION),
    Need.PROMISE: _files(FileKind.PROMISE),
    Need.VISIT: _files(FileKind.VISIT_PHOTO),
    Need.REVIEW: _files(FileKind.SIGN_SHEET),
    Need.WITHDRAWAL: _files(FileKind.WITHDRAWAL_FORM),
    Need.PLAN: _files(FileKind.HELP_PLAN),
    Need.BASIS: _files(FileKind.BASIS),
}


def _visit(facts: Facts, s: Situation) -> list[Missing]:
    first = facts.visitors[0] if facts.visitors else ""
    found = companion_problem(first, s.actor, facts.second, has_sheet=FileKind.VISIT_SHEET in s.files)
    return problem(*found) if found is not None else []


def _review(facts: Facts, s: Situation) -> list[Missing]:
    members, present, agreed = facts.members, facts.present, facts.agreed
    if members is None or present is None or agreed is None:
        return problem("评议记录要写明应到、实到和同意人数", "照签到表填写")
    if not 0 <= agreed <= present <= members or members == 0:
        return problem("评议人数前后不符", "应到不少于实到，实到不少于同意")
    if present < s.quorum * members:
        return problem(f"到会 {present} 人，不到应到 {members} 人的 {s.quorum}", "重新召开评议会")
    if agreed <= s.agree_share * present:
        return problem(
            f"同意 {agreed} 人，没有超过到会 {present} 人的 {s.agree_share}", "没有通过：选“不予批准”并写明原因"
        )
    return []


def _guarantees(facts: Facts, _s: Situation) -> list[Missing]:
    unlooked = [name for name in GUARANTEES if name not in facts.guarantees]
    if unlooked:
        return problem(f"两不愁三保障没有逐项核实：{'、'.join(unlooked)}", "每一项都要核实")
    failing = [name for name in GUARANTEES if not facts.guarantees[name]]
    return problem(f"没有保障的：{'、'.join(failing)}", "先解决，再提退出") if failing else []


def _authorised(facts: Facts, _s: Situation) -> list[Missing]:
    if facts.authorised_on is None or not facts.all_signed:
        return problem("授权书要写明日期，并由全体成员签字", "补签后再核对")
    return []


def _document(facts: Facts, _s: Situation) -> list[Missing]:
    return [] if facts.document.strip() else problem("没有决定文号", "填写批准文件的文号")


def _amount(facts: Facts, _s: Situation) -> list[Missing]:
    return (
        [] if facts.amount_fen is not None and facts.amount_fen > 0 else problem("没有写月补助金额", "填写金额（元）")
    )


STATED: Final[Mapping[Need, Callable[[Facts, Situation], list[Missing]]]] = {
    Need.VISIT: _visit,
    Need.WITNESSES: _visit,
    Need.WITHDRAWAL: _visit,
    Need.REVIEW: _review,
    Need.GUARANTEES: _guarantees,
    Need.AUTHORISED: _authorised,
    Need.DOCUMENT: _document,
    Need.AMOUNT: _amount,
}


def apart_problem(level: Level, actor: str, before: Collection[tuple[str, str]]) -> None:
    """Refuse a person who must not act at this level. `before`: level and person of each thing that was done.

    Who entered does not approve: the county is nobody of before, the township's review nobody of the village's steps.
    """
    if level is Level.COUNTY and any(who == actor for _, who in before):
        raise Refused("审批要换一个人", why="您已经办过这个程序的前面环节", fix="请另一位审批", code="same_person")
    if level is Level.TOWNSHIP and any(who == actor for where, who in before if where == Level.VILLAGE):
        raise Refused("审核要换一个人", why="您已经办过这个程序的村级环节", fix="请另一位审核", code="same_person")


def due_day(value: tuple[int, str] | None, start: date, overrides: Overrides) -> date | None:
    """The last day of a period that begins after `start`; working days where the unit says so. None: nothing laid down."""
    if value is None:
        return None
    days, unit = value
    return add_working_days(start, days, overrides) if "工作日" in unit else start + timedelta(days=days)
