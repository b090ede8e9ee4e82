"""H07 and H08: the hour of a visit against the server's own, and what the household says about it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, func, literal, or_, select

from portal.checks.registry import Looking, ParameterRead, Rule, Statement
from portal.checks.thresholds import threshold
from portal.checks.warnings.helping.visits import (
    ASKED_FIRST,
    BASIS,
    FIRST,
    HELPERS,
    HOUSEHOLDS,
    LOOK_BACK_DAYS,
    clears,
    visit_rows,
)
from portal.kernel.spans import china_hour, seconds_between
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.check_ins.answers.models import Recollection, VisitAnswer
from portal.registers.helpers.check_ins.models import CheckIn, Source, Visit
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.helpers.check_ins.signals.rules import NIGHT

HOURS: Final = ParameterRead("visit_late_hours", "72", "小时")


def at_a_wrong_time(looking: Looking) -> Statement:
    """Claims of phones whose own time lies far from their receipt without an offline mark, and visits at night."""
    limit = threshold(looking, HOURS, CheckIn.division_code, CheckIn.visited_on)
    lag = seconds_between(CheckIn.received_at, CheckIn.captured_at)
    hour = china_hour(CheckIn.captured_at)
    late = and_(CheckIn.offline.is_(False), func.abs(lag) > limit * 3600)
    night = and_(CheckIn.visit == Visit.DONE, or_(hour >= NIGHT[0], hour < NIGHT[1]))
    return visit_rows(
        looking,
        CheckIn.captured_at,
        CheckIn.offline,
        (lag // 3600).label("hours_apart"),
        hour.label("hour"),
        limit.label("limit_hours"),
        clears("本人说明当时的时间（手机时间错误、没有信号），并有人证实；或核实夜里确实走访"),
    ).where(CheckIn.source == Source.PHONE, or_(late, night))


def denied(looking: Looking) -> Statement:
    """Recorded visits of which the household says that nobody came."""
    visits = CheckIn.__table__
    return (
        select(
            literal("check_in").label("subject_kind"),
            visits.c.claim_id.label("subject_no"),
            visits.c.division_code,
            HOUSEHOLDS.c.no.label("household_no"),
            HELPERS.c.no.label("helper_no"),
            visits.c.visited_on,
            visits.c.source,
            VisitAnswer.channel,
            VisitAnswer.answered_at,
            clears("本户想起来了、改了回答，或当面核实双方说法，由人作结论"),
        )
        .select_from(VisitAnswer)
        .join(visits, visits.c.id == VisitAnswer.check_in_id)
        .join(HOUSEHOLDS, HOUSEHOLDS.c.id == visits.c.household_id)
        .join(HELPERS, HELPERS.c.id == visits.c.helper_id)
        .where(VisitAnswer.answer == Recollection.DID_NOT_COME, VisitAnswer.answered_at < looking.until)
    )


H07: Final = Rule(
    code="H07",
    title="时间异常",
    looks_at="手机走访打卡的时间",
    condition="手机时间与收到时间相差超过限定小时而没有离线标记，或走访记在夜里（22:00–05:00）",
    severity=Severity.ORDINARY,
    verifier=ASKED_FIRST,
    may_follow="手机时间错误的写明；夜里补登记的，这些走访不计",
    guide="手机时间错误很常见：看同一部手机前后各条是不是差得一样多。没有信号的地方会晚收到，但离线的应当有离线标记。夜里连着登记多户的，逐户问。",
    legal_basis=BASIS,
    expression=at_a_wrong_time,
    history=FIRST,
    parameters=(HOURS,),
    window_days=LOOK_BACK_DAYS,
    question=Question("H07", "这次走访的时间不对（夜里，或与收到的时间相差太多），请说明原因"),
)

H08: Final = Rule(
    code="H08",
    title="本户否认走访",
    looks_at="本户对走访记录的回应",
    condition="本户（在自己的页面、电话回访或当面）说这次走访没有来过",
    severity=Severity.SERIOUS,
    verifier="纪检监察员指定的人，不是帮扶人所在单位",
    may_follow="当面核实双方的说法；不属实的走访不计，移交处理；一律由人判断，不自动处理",
    guide="这是最有分量的一条，也最要小心：老人会忘，别的家人可能见过。到户里问一问，不带帮扶人去；看照片里是谁、在哪里。保护本户，不向帮扶人说是谁讲的。",
    legal_basis=BASIS,
    expression=denied,
    history=FIRST,
    only_supervision=True,
)
