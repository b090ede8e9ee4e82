"""H02, H04, H05: where a visit was recorded. They read what the register derived when the claim came in, never a place.

Distance, speed and the number of households on one spot are whole numbers of each check-in, made from points that were
opened in memory then and are erased later: so a run can be replayed when the points are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select

from portal.checks.registry import Looking, ParameterRead, Row, Rule, Statement
from portal.checks.thresholds import threshold
from portal.checks.warnings.helping.visits import (
    ASKED_FIRST,
    BASIS,
    FIRST,
    LOOK_BACK_DAYS,
    clears,
    received,
    visit_rows,
)
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.check_ins.models import CheckIn, Source, Visit
from portal.registers.helpers.check_ins.questions.rules import Question

METRES: Final = ParameterRead("visit_distance_m", "500", "米")
SPEED: Final = ParameterRead("visit_speed_kmh", "150", "公里/小时")
COUNT: Final = ParameterRead("visit_cluster_count", "5", "户")
MINUTES: Final = ParameterRead("visit_cluster_minutes", "30", "分钟")
CIRCLE: Final = ParameterRead("visit_cluster_m", "50", "米")
_crowd: Final = CheckIn.signals["R5"]["households"].as_integer()


def _limit(looking: Looking, read: ParameterRead) -> Any:
    return threshold(looking, read, CheckIn.division_code, CheckIn.visited_on)


def far_away(looking: Looking) -> Statement:
    """Visits recorded farther from the household than both accuracies and the limit explain."""
    limit = _limit(looking, METRES)
    return visit_rows(
        looking,
        CheckIn.distance_m,
        CheckIn.accuracy_m,
        CheckIn.beyond_m,
        limit.label("limit_m"),
        clears("本人说明在哪里见的面，或户的坐标、坐标系登记有误，改正以后不再出现"),
    ).where(CheckIn.beyond_m > 0, CheckIn.visit == Visit.DONE, CheckIn.beyond_m > limit)


def too_fast(looking: Looking) -> Statement:
    """Two consecutive claims of one helper that nobody can have travelled between."""
    limit = _limit(looking, SPEED)
    return visit_rows(
        looking,
        CheckIn.travel_kmh,
        CheckIn.signals["R4"]["with"].as_string().label("other_check_in"),
        limit.label("limit_kmh"),
        clears("核实两次走访各在哪里：手机时间错了的，写明当时的时间；有一次不属实的，由核查人定"),
    ).where(CheckIn.travel_kmh.is_not(None), CheckIn.travel_kmh > limit)


def on_one_spot(looking: Looking) -> Statement:
    """Every visit of a helper's day on which several households were recorded on one spot in a short time."""
    crowded = (
        select(CheckIn.helper_id, CheckIn.visited_on)
        .where(received(looking), CheckIn.source == Source.PHONE, _crowd >= _limit(looking, COUNT))
        .where(CheckIn.visit == Visit.DONE)
        .group_by(CheckIn.helper_id, CheckIn.visited_on)
        .subquery()
    )
    same = (crowded.c.helper_id == CheckIn.helper_id) & (crowded.c.visited_on == CheckIn.visited_on)
    found = visit_rows(
        looking,
        CheckIn.captured_at,
        _crowd.label("households"),
        _limit(looking, MINUTES).label("minutes"),
        _limit(looking, CIRCLE).label("circle_m"),
        clears("本人说明是不是集中走访、易地搬迁楼，并写明各户见到了谁"),
    )
    return (
        found.join(crowded, same)
        .where(CheckIn.visit == Visit.DONE, CheckIn.source == Source.PHONE)
        .order_by(CheckIn.helper_id, CheckIn.visited_on, CheckIn.captured_at, CheckIn.claim_id)
    )


def one_lead_a_day(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """Bring a helper's crowded day together into one hit that names all the households of the crowd."""
    for (helper, day), group in groupby(rows, key=lambda row: (row["helper_no"], row["visited_on"])):
        visits = list(group)
        crowd = [visit for visit in visits if visit["households"] is not None]
        span = timedelta(minutes=crowd[0]["minutes"])
        near = [v for v in visits if any(abs(v["captured_at"] - c["captured_at"]) <= span for c in crowd)]
        yield {
            "subject_kind": "helper_day",
            "subject_no": f"{helper}/{day.isoformat()}",
            "division_code": crowd[-1]["division_code"],
            "household_no": None,
            "helper_no": helper,
            "check_in": crowd[-1]["subject_no"],
            "visited_on": day,
            "received_at": max(visit["received_at"] for visit in visits),
            "households": max(visit["households"] for visit in crowd),
            "household_nos": sorted({visit["household_no"] for visit in near}),
            "minutes": crowd[0]["minutes"],
            "circle_m": crowd[0]["circle_m"],
            "would_clear": crowd[0]["would_clear"],
        }


H02: Final = Rule(
    code="H02",
    title="位置偏离",
    looks_at="有定位的走访打卡",
    condition="打卡位置离这一户的登记位置，扣除定位精度和户坐标误差后，超过限额；无法走访的不看",
    severity=Severity.ORDINARY,
    verifier=ASKED_FIRST,
    may_follow="说明成立的了结；户坐标有误的更正；需要的到户核实",
    guide="多半不是造假：户搬了家、坐标用错坐标系（相差几百米）、在地头或村部见的面。先看这一户别的走访是不是都偏同一个方向，"
    "再看本人的说明，最后才到户里问。",
    legal_basis=BASIS,
    expression=far_away,
    history=FIRST,
    parameters=(METRES,),
    window_days=LOOK_BACK_DAYS,
    question=Question("H02", "打卡的地方离这一户登记的位置太远，请说明在哪里见的面"),
)

H04: Final = Rule(
    code="H04",
    title="行程不可能",
    looks_at="同一名帮扶人前后相邻的两次打卡",
    condition="两次打卡之间的距离（扣除定位精度）除以相隔时间，超过速度限额",
    severity=Severity.SERIOUS,
    verifier=ASKED_FIRST,
    may_follow="手机时间错误的写明；两处打卡有一处不属实的，移交纪检监察",
    guide="把两次打卡的时间、收到时间、照片放在一起看。手机时间改过的，前后都会有同样的差；两部手机、借手机的，看签名的设备。",
    legal_basis=BASIS,
    expression=too_fast,
    history=FIRST,
    parameters=(SPEED,),
    window_days=LOOK_BACK_DAYS,
    question=Question("H04", "从上一户到这一户快得不可能，请说明时间或位置是否有误"),
)

H05: Final = Rule(
    code="H05",
    title="集中打卡",
    looks_at="同一名帮扶人一天的走访打卡",
    condition="限定的分钟数内，在限定米数的一个圈里登记了限定户数以上的走访；一人一天一条",
    severity=Severity.ORDINARY,
    verifier=ASKED_FIRST,
    may_follow="易地搬迁楼、集中走访的写明了结；坐在一处补登记的，这些走访不计，按户回访",
    guide="看这个圈是不是搬迁安置楼、敬老院或村部，逐户打电话问有没有来过。在办公室或家里一次登记很多户的，照片往往也相同（看 H03）。",
    legal_basis=BASIS,
    expression=on_one_spot,
    history=FIRST,
    parameters=(COUNT, MINUTES, CIRCLE),
    window_days=LOOK_BACK_DAYS,
    question=Question("H05", "半小时左右在同一处登记了好几户，请说明是不是集中走访"),
    gather=one_lead_a_day,
)
