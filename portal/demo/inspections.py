"""Random inspections of the demonstration: a county's draw with its first visits, and a township's seed that is only promised."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Engine, select

from portal.checks.actions import refresh_rule
from portal.demo.build import Demonstration
from portal.demo.places import STORY_VILLAGE
from portal.kernel.clock import CHINA
from portal.kernel.database import writing
from portal.oversight.inspections.actions import OnSite, commit_seed, draw_inspection, link_lead, record_on_site
from portal.oversight.inspections.models import InspectionItem
from portal.oversight.inspections.queries import lead_of_item
from portal.oversight.inspections.reviews.actions import write_review
from portal.oversight.inspections.rules import AGREES, DIFFERS, QUESTIONS
from portal.oversight.inspections.supervisors.actions import name_supervisor
from portal.registers.corrections import Act
from portal.registers.divisions.rules import township_of

INSPECTIONS: Final = "inspections"
COUNTY: Final = "320826000000"
INSPECTOR, HEAD = "user:demo-inspector", "user:demo-inspection_head"
SECOND, DEPUTY = "demo-finance_supervisor", "demo-leader"
RULE: Final = "S09"
PROMISED, DRAWN, VISITED = 12, 11, 3  # days ago
_CONCLUSION: Final = (
    "有一户的住房翻建后没有更正登记，已转疑点；其余入户与登记一致。明年把新纳入户的比例保持在三成（演示）。"
)


def load_inspections(engine: Engine, demonstration: Demonstration) -> int:
    """A draw of the county, three visits of which one found a difference, a review; and a promise. Returns the drawn."""
    as_of = demonstration.plan.as_of

    def at(ago: int, hour: int = 2) -> datetime:
        return datetime.combine(as_of - timedelta(days=ago), time(hour + 8), CHINA)

    plan = Act(INSPECTOR, "年度随机抽查计划（演示）")
    with writing(engine) as session:
        no = commit_seed(session, COUNTY, plan, at(PROMISED)).no
    with writing(engine) as session:  # promise and draw are published together: the log begins with this history
        row = draw_inspection(session, no, plan, at(DRAWN), is_published=True)
        items = list(session.scalars(select(InspectionItem).where(InspectionItem.inspection_id == row.id)))
        drawn = [item.no for item in sorted(items, key=lambda item: item.id)]
        name_supervisor(session, no, DEPUTY, STORY_VILLAGE, "县人大代表（演示）", plan, at(DRAWN, 3))
    for number, item in enumerate(drawn[:3]):
        _visit(engine, item, at(VISITED - number), differs=number == 1)
    with writing(engine) as session:
        write_review(session, COUNTY, as_of.year, Act(HEAD, _CONCLUSION), at(1))
        commit_seed(session, township_of(STORY_VILLAGE), plan, at(1, 3))
    return len(drawn)


def _visit(engine: Engine, no: str, at: datetime, *, differs: bool) -> None:
    answers = dict.fromkeys(QUESTIONS, AGREES) | ({"house": DIFFERS} if differs else {})
    notes = {"house": "去年翻建了两间，登记里还是老房子（演示）"} if differs else {}
    act = Act(INSPECTOR, "")
    with writing(engine) as session:
        record_on_site(session, no, OnSite(at.date(), SECOND, True, answers, notes), act, at)
        if differs:
            refresh_rule(session, RULE, as_of=at.date(), actor=INSPECTOR)
            lead_no = lead_of_item(session, RULE, no)
            if lead_no is not None:
                link_lead(session, no, lead_no, act, at)
