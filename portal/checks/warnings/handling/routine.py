"""S03: leads found groundless in a row, faster than anybody can look, or with the same words or picture each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import literal, select

from portal.checks.registry import Looking, ParameterRead, Row, Rule, RuleVersion, Statement
from portal.checks.warnings.approving import busiest
from portal.kernel.clock import day_cn
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import Lead
from portal.oversight.leads.queries import Severity
from portal.oversight.leads.rounds.models import LeadRound

COUNT: Final = ParameterRead("formal_count", "20", "件")
MINUTES: Final = ParameterRead("formal_minutes", "10", "分钟")
LOOK_BACK_DAYS: Final = 60


def groundless(looking: Looking) -> Statement:
    """What one account after another found groundless in the days that a run looks at, in the order of account and time."""
    return (
        select(
            literal("account").label("subject_kind"),
            LeadRound.verified_by.label("subject_no"),
            LeadRound.verified_at.label("at"),
            LeadRound.found_index.label("words"),
            LeadRound.photo,
            Lead.division_code,
        )
        .join(Lead, Lead.id == LeadRound.lead_id)
        .where(
            LeadRound.conclusion == Finding.UNFOUNDED,
            LeadRound.verified_at >= looking.since(LOOK_BACK_DAYS),
            LeadRound.verified_at < looking.until,
        )
        .order_by(LeadRound.verified_by, LeadRound.verified_at)
    )


def one_lead_a_day(looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """Bring what one account found groundless together: a day of haste, and words or a picture that served too often."""
    count = int(looking.parameters.get(COUNT.name, COUNT.default))
    span = timedelta(minutes=int(looking.parameters.get(MINUTES.name, MINUTES.default)))
    for actor, every in groupby(rows, key=lambda row: row["subject_no"]):
        found = list(every)
        often = {name: _often(found, name, count) for name in ("words", "photo")}
        for day, group in groupby(found, key=lambda row: day_cn(row["at"])):
            done = list(group)
            # the rows of one sheet were entered at one moment
            most = busiest(sorted({row["at"] for row in done}), span)
            same = {name: max((often[name].get(row[name], 0) for row in done), default=0) for name in often}
            if most >= count or any(same.values()):
                yield _hit(actor, day, done, most if most >= count else None, same, span)


def _often(rows: Sequence[Row], name: str, count: int) -> dict[Any, int]:
    """Words or pictures that served for `count` leads or more."""
    counted = Counter(row[name] for row in rows if row[name])
    return {value: number for value, number in counted.items() if number >= count}


def _hit(
    actor: str, day: date, done: Sequence[Row], most: int | None, same: dict[str, int], span: timedelta
) -> dict[str, Any]:
    return {
        "subject_kind": "account",
        "subject_no": f"{actor}/{day.isoformat()}",
        "division_code": next((row["division_code"] for row in done if row["division_code"]), None),
        "household_no": None,
        "day": day,
        "unfounded": len(done),
        "most_within": most,
        "minutes": span // timedelta(minutes=1),
        "same_words": same["words"] or None,
        "same_photo": same["photo"] or None,
        "received_at": done[-1]["at"],
    }


S03: Final = Rule(
    code="S03",
    title="核查流于形式",
    looks_at="每个账号写下的“不属实”结论",
    condition="在限定的分钟数内写了限定件数以上的“不属实”，或者这么多件用的是同一段话、同一张照片；一人一天一条",
    severity=Severity.SERIOUS,
    verifier="不在本单位的纪检监察员",
    may_follow="说明成立的了结；没有到户的，全部重查，追究责任",
    guide="先看这些疑点是不是同一个原因、一起核的；不是的，随机抽几户重新入户，对照照片和本户的话。用核查表一次录入的，件数只算一次，看入户日期、照片和说法。",
    legal_basis="本平台规则：只由人判断",
    expression=groundless,
    history=(RuleVersion(1, date(2026, 11, 22), "首次发布"),),
    only_supervision=True,
    parameters=(COUNT, MINUTES),
    window_days=LOOK_BACK_DAYS,
    gather=one_lead_a_day,
)
