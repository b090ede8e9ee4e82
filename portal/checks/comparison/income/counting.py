"""I01, I02, I03: income that is none, exits that rest on it, and income that jumps before an exit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select

from portal.checks.comparison.income.sums import (
    COUNTED,
    FIRST,
    SERIES,
    counted,
    exits,
    in_year,
    of_each_row,
    total,
    year_of,
)
from portal.checks.registry import Looking, ParameterRead, Row, Rule, Statement
from portal.checks.thresholds import hundredths, line_fen
from portal.checks.warnings.helping.visits import clears
from portal.oversight.leads.queries import Severity
from portal.registers.recipients.incomes.computing.rules import REGISTER
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.queries import never_counted
from portal.registers.recipients.incomes.recomputing.queries import net
from portal.registers.recipients.models import Household

LINE: Final = ParameterRead("poverty_line", "", "元/人·年")
TIMES: Final = ParameterRead("I03.times", "2", "倍")
SHARE: Final = ParameterRead("I03.share", "60", "%")
BASIS: Final = "贫困户人均纯收入计算方法"


def never_counts(looking: Looking) -> Statement:
    """Entries of an item that is no income, unless the entry itself says that it does not count."""
    return (
        select(
            literal("income").label("subject_kind"),
            cast(Income.identity, String).label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            Income.person_id,
            Income.item,
            Income.category,
            Income.amount_fen,
            Income.occurred_on,
            Income.voucher_no,
            Income.entered_by,
            Income.entered_unit,
            clears("改成不计入，或核对凭证后改正收入项目"),
        )
        .join(Household, Household.identity == Income.household_id)
        .where(
            Income.item.in_(never_counted()),
            or_(Income.counts.is_(None), Income.counts.is_(True)),
            of_each_row(Income.occurred_on <= looking.as_of),
        )
    )


def false_exit(looking: Looking) -> Statement:
    """Exits whose year lies at or above the line as recorded, and below it when only what counts is summed."""
    out = exits(looking)
    on = out.c.exit_on
    summed = (
        select(
            literal("household").label("subject_kind"),
            out.c.no.label("subject_no"),
            out.c.division_code,
            out.c.no.label("household_no"),
            out.c.exit_on,
            out.c.proposed,
            out.c.members,
            total(net()).label("recorded_fen"),
            total(counted(looking, out.c.division_code, on)).label("total_fen"),
            line_fen(looking, LINE.name, out.c.division_code, on, REGISTER).label("line_fen"),
        )
        .join(Income, and_(Income.household_id == out.c.id, in_year(on)))
        .group_by(*out.c)
        .subquery()
    )
    wanted = summed.c.line_fen * summed.c.members
    return select(*summed.c, clears("补齐当年能计入的收入和凭证；确实不够线的，撤回退出、恢复在册")).where(
        summed.c.total_fen < wanted, summed.c.recorded_fen >= wanted
    )


def sudden_rise(looking: Looking) -> Statement:
    """Exits whose year shows twice the income of the year before, most of the growth without a voucher."""
    out = exits(looking)
    back = (year_of(out.c.exit_on) - year_of(Income.occurred_on)).label("back")
    bare = case((func.coalesce(Income.voucher_no, "") == "", 1), else_=0).label("bare")
    parts = (  # a household's year, with and without vouchers: at most four rows each
        select(*out.c, back, bare, total(net()).label("fen"), func.count().label("entries"))
        .join(Income, Income.household_id == out.c.id)
        .group_by(*out.c, back, bare)
        .subquery()
    )
    now, before, without = parts.c.back == 0, parts.c.back == 1, parts.c.bare == 1

    def of(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return total(case((condition, parts.c.fen), else_=0))

    home = [parts.c[column.key] for column in out.c]
    years = (
        select(
            *home,
            of(before).label("year_before_fen"),
            of(now).label("recorded_fen"),
            (of(and_(now, without)) - of(and_(before, without))).label("growth_unproven_fen"),
            total(case((before, parts.c.entries), else_=0)).label("entries_before"),
        )
        .group_by(*home)
        .subquery()
    )
    y = years.c
    times = hundredths(looking, TIMES, y.division_code, y.exit_on)
    share = hundredths(looking, SHARE, y.division_code, y.exit_on)
    growth = y.recorded_fen - y.year_before_fen
    return select(
        literal("household").label("subject_kind"),
        y.no.label("subject_no"),
        y.division_code,
        y.no.label("household_no"),
        *(y.exit_on, y.proposed, y.members, y.year_before_fen, y.recorded_fen, y.growth_unproven_fen),
        clears("补上增收部分的凭证（工资流水、销售票据、合同），或更正登记"),
    ).where(
        y.entries_before > 0,
        growth > 0,
        y.recorded_fen * 100 >= y.year_before_fen * times,
        y.growth_unproven_fen * 10_000 >= growth * share,
    )


def exits_without_a_line(looking: Looking) -> Statement:
    """Exits in whose place no line was laid down for the year: not looked at."""
    out = exits(looking)
    line = line_fen(looking, LINE.name, out.c.division_code, out.c.exit_on, REGISTER)
    return (
        select(literal("退出当年没有收入线").label("why"), out.c.division_code, func.count().label("households"))
        .where(line.is_(None))
        .group_by(out.c.division_code)
    )


def per_head(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """Each hit with its income per head, rounded down as on the computation page."""
    for row in rows:
        yield {**row, "per_head_fen": row["total_fen"] // row["members"]}


I01: Final = Rule(
    code="I01",
    title="不可计收入被计入",
    looks_at="收入明细",
    condition="收入项目属于不计收入的一列（医疗报销、救助、慰问一类），而这一笔没有写明“不计入”",
    severity=Severity.SERIOUS,
    verifier="县级纪检监察、乡镇核查人；登记的村不核查自己的账",
    may_follow="改成不计入并重算；因此退出的恢复在册；故意计入的移交",
    guide="先看凭证：报销单、救助审批表上的钱不是收入，多大的数也不计。问清楚谁录的、退出核算用没用这笔。"
    "涟水的教训：一万二千元医药费报销被当成转移性收入，这一户就“脱贫”了。",
    legal_basis=BASIS,
    expression=never_counts,
    history=FIRST,
)

I02: Final = Rule(
    code="I02",
    title="虚假脱贫",
    looks_at="已脱贫和正在办退出的户，退出当年的收入明细",
    condition="退出当年登记的人均纯收入达到当年的线，去掉不能计入的项目以后低于线",
    severity=Severity.SERIOUS,
    verifier="县级纪检监察、县帮扶办",
    may_follow="撤回退出、恢复在册和补发；故意虚报的移交",
    guide="打开这一户的收入核算页，逐项看哪些不能计入、依据是什么。人均按现在登记的共同生活人口算，当年人口不同的要说明。",
    legal_basis=BASIS,
    expression=false_exit,
    gather=per_head,
    left_out=exits_without_a_line,
    history=FIRST,
    parameters=(LINE, SERIES, *COUNTED),
)

I03: Final = Rule(
    code="I03",
    title="退出前收入突增",
    looks_at="已脱贫和正在办退出的户，退出当年和上一年的收入明细",
    condition="退出当年登记的人均收入达到上一年的 2 倍以上，增长的 60% 以上没有凭证号；上一年没有收入记录的不看",
    severity=Severity.ORDINARY,
    verifier="乡镇核查人",
    may_follow="补凭证，或更正收入、重新核算",
    guide="突增不等于虚增：新就业、卖了一批牲口都会这样，但都应当有凭证。问本人，看银行流水和销售票据。",
    legal_basis="扶贫领域作风问题专项治理：数字脱贫、突击脱贫",
    expression=sudden_rise,
    history=FIRST,
    parameters=(TIMES, SHARE),
)
