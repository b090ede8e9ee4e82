"""H01 and H06: registers and the clock alone. No claim is needed to see that nobody came, or that nobody is to come."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Date, String, and_, case, cast, exists, func, literal, or_, select

from portal.checks.registry import Looking, ParameterRead, Rule, Statement
from portal.checks.thresholds import threshold
from portal.checks.warnings.helping.visits import FIRST, HELPERS, clears
from portal.kernel.spans import days_between
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.tasks.rules import visit_class
from portal.registers.helpers.models import Pairing
from portal.registers.helpers.queries import in_force
from portal.registers.recipients.models import Category, Household, HouseholdStatus
from portal.registers.recipients.queries import listed_on

PLAIN: Final = ParameterRead("visit_days", "30", "天")
MONITORED: Final = ParameterRead("visit_days.monitored", "30", "天")
STABLE: Final = ParameterRead("visit_days.stable", "90", "天")
_OVER: Final = (HouseholdStatus.EXITED, HouseholdStatus.CANCELLED)
_MONITORED: Final = [category for category in Category if visit_class(category, None) == "monitored"]


def _cycle(looking: Looking) -> Any:
    """Days of a pairing's cycle: as agreed, else that of the household's class, else the plain one."""
    place, on = Household.division_code, looking.as_of
    by_class = case(
        (Household.category.in_(_MONITORED), threshold(looking, MONITORED, place, on)),
        (Household.status == HouseholdStatus.OUT_OF_POVERTY, threshold(looking, STABLE, place, on)),
        else_=threshold(looking, PLAIN, place, on),
    )
    return func.coalesce(Pairing.visit_days, by_class)


def _last_visit(looking: Looking) -> Any:
    """The last day on which this helper met the duty there; a reasoned 无法走访 does, and so does a visit asked about."""
    return (
        select(func.max(CheckIn.visited_on))
        .where(
            CheckIn.household_id == Pairing.household_id,
            CheckIn.helper_id == Pairing.helper_id,
            CheckIn.state != State.NOT_COUNTED,
            CheckIn.visited_on <= looking.as_of,
        )
        .correlate(Pairing)
        .scalar_subquery()
    )


def _is_visited(looking: Looking) -> ColumnElement[bool]:
    over = and_(Household.status.in_(_OVER), or_(Household.exited_on.is_(None), Household.exited_on <= looking.as_of))
    return or_(Household.status.is_(None), ~over)


def unvisited(looking: Looking) -> Statement:
    """Pairings with a household in force whose last visit, or first day, lies more than the cycle back."""
    paired = (
        select(
            (HELPERS.c.no + "/" + Household.no + "/" + cast(Pairing.started_on, String)).label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            HELPERS.c.no.label("helper_no"),
            Pairing.started_on,
            _last_visit(looking).label("last_visited_on"),
            _cycle(looking).label("cycle_days"),
        )
        .select_from(Household)
        .join(Pairing, Pairing.household_id == Household.identity)
        .join(HELPERS, HELPERS.c.id == Pairing.helper_id)
        .where(in_force(looking.as_of), _is_visited(looking))
        .subquery()
    )
    since = case((paired.c.last_visited_on > paired.c.started_on, paired.c.last_visited_on), else_=paired.c.started_on)
    return select(
        literal("pairing").label("subject_kind"),
        *paired.c,
        clears("这名帮扶人到户走访，或写明原因登记“无法走访”，或结对到期、调整"),
    ).where(days_between(literal(looking.as_of, Date), since) > paired.c.cycle_days)


def without_helper(looking: Looking) -> Statement:
    """Households 在册 with no pairing in force on the day."""
    mine = Pairing.household_id == Household.identity
    return select(
        literal("household").label("subject_kind"),
        Household.no.label("subject_no"),
        Household.division_code,
        Household.no.label("household_no"),
        select(func.max(Pairing.ended_on)).where(mine).correlate(Household).scalar_subquery().label("last_ended_on"),
        clears("登记一名帮扶人的结对，或这一户退出"),
    ).where(listed_on(looking.as_of), ~exists(select(Pairing.id).where(mine, in_force(looking.as_of))))


H01: Final = Rule(
    code="H01",
    title="未按期走访",
    looks_at="当天有效的结对（到户）和走访打卡",
    condition="从上次走访（没有走访过的，从结对第一天）起，超过走访周期没有走访；写明原因的“无法走访”算尽责",
    severity=Severity.ORDINARY,
    verifier="乡镇帮扶办",
    may_follow="督促走访；帮扶人离岗的调整结对；连续三次无法走访的进入抽查",
    guide="先看是不是走访了没有打卡：问本人和村里，有纸质记录的补录并请第二人会签。人调走了就办交接，户外出了就登记“无法走访”和原因。"
    "不按走访次数排名，不因一次逾期处理人。",
    legal_basis="各地结对帮扶走访规定（周期见动态参数 visit_days）",
    expression=unvisited,
    history=FIRST,
    parameters=(PLAIN, MONITORED, STABLE),
)

H06: Final = Rule(
    code="H06",
    title="无帮扶人",
    looks_at="在册户和到户的结对",
    condition="在册户当天没有一条有效的结对（结对在最后一天仍有效）",
    severity=Severity.ORDINARY,
    verifier="县帮扶办",
    may_follow="安排帮扶人，登记结对",
    guide="看最后一条结对什么时候结束、为什么结束。帮扶人调离没有交接的，先定接手的人；整村没有的，多半是名册没有导入。",
    legal_basis="各地结对帮扶规定：每户有责任人",
    expression=without_helper,
    history=FIRST,
)
