"""L09: income below the monitoring line. A household of which no income is known is unknown, not poor."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Subquery, and_, func, literal, select, union_all

from portal.checks.comparison.income.counting import per_head
from portal.checks.comparison.income.sums import (
    COUNTED,
    FIRST,
    SERIES,
    counted,
    is_watched,
    of_each_row,
    together,
    total,
)
from portal.checks.registry import Looking, ParameterRead, Rule, Statement
from portal.checks.thresholds import line_fen
from portal.checks.warnings.helping.visits import clears
from portal.oversight.leads.queries import Severity
from portal.registers.recipients.incomes.computing.rules import REGISTER, window_of
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household

LINE: Final = ParameterRead("monitor_line", "", "元/人·年")


def _window(looking: Looking) -> tuple[date, date]:
    return window_of("rolling12", looking.as_of)


def _line(looking: Looking) -> Any:
    return line_fen(looking, LINE.name, Household.division_code, looking.as_of, REGISTER)


def below_line(looking: Looking) -> Statement:
    """Households 已脱贫 or 在册 whose counted income per head of twelve months lies below the monitoring line."""
    since, until = _window(looking)
    members = together()
    summed = (
        select(
            literal("household").label("subject_kind"),
            Household.no.label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            Household.status,
            members.c.members,
            total(counted(looking, Household.division_code, looking.as_of)).label("total_fen"),
            _line(looking).label("line_fen"),
            func.count().label("entries"),
        )
        .join(members, members.c.household_id == Household.identity)
        .join(
            Income,
            and_(Income.household_id == Household.identity, of_each_row(Income.occurred_on.between(since, until))),
        )
        .where(is_watched(looking))
        .group_by(Household.identity, Household.no, Household.division_code, Household.status, members.c.members)
        .subquery()
    )
    return select(
        *summed.c,
        literal(since.isoformat()).label("since"),
        literal(until.isoformat()).label("until"),
        clears("核实收入后补登；确实低于监测线的，按程序识别为监测对象，落实帮扶"),
    ).where(summed.c.total_fen < summed.c.line_fen * summed.c.members)


def left_out(looking: Looking) -> Statement:
    """Households that are not looked at: no line in their place, or no entry of the twelve months (unknown, not poor)."""
    since, until = _window(looking)
    known = select(Income.household_id).where(of_each_row(Income.occurred_on.between(since, until)))
    watched = select(
        Household.division_code, _line(looking).label("line"), Household.identity.in_(known).label("known")
    )
    all_of_them = watched.where(is_watched(looking)).subquery()
    return select(
        union_all(
            _why(all_of_them, "没有监测线", all_of_them.c.line.is_(None)),
            _why(all_of_them, "近十二个月没有收入记录：是不知道，不是零", ~all_of_them.c.known),
        ).subquery()
    )


def _why(watched: Subquery, why: str, condition: Any) -> Statement:
    counted_households = func.count().label("households")
    query = select(literal(why).label("why"), watched.c.division_code, counted_households)
    return query.where(condition).group_by(watched.c.division_code)


L09: Final = Rule(
    code="L09",
    title="收入低于监测线",
    looks_at="在册户和已脱贫户近十二个月的收入明细",
    condition="只算能计入的项目，近十二个月人均纯收入低于当地监测线；没有收入记录的不算低，另行提示",
    severity=Severity.ORDINARY,
    verifier="乡镇帮扶办",
    may_follow="入户核实，按程序识别为监测对象，一个月内落实帮扶",
    guide="这是要帮的线索，不是要查的。先看是不是漏登了收入；赡养费只算实际登记收到的，子女该给没给的另外动员。",
    legal_basis="贫困户人均纯收入计算方法；防止返贫动态监测和帮扶办法",
    expression=below_line,
    gather=per_head,
    left_out=left_out,
    history=FIRST,
    parameters=(LINE, SERIES, *COUNTED),
)
