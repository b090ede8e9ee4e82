"""What an office finds when it looks for people: requests for help in three states, and whom policies have not reached."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from portal.analysis.entitled.actions import run_policies
from portal.demo.build import Demonstration
from portal.demo.pictures import sheet_picture
from portal.demo.places import STORY_VILLAGE
from portal.kernel.database import writing
from portal.registers.corrections import Act
from portal.registers.recipients.companions.actions import keep_sheet
from portal.registers.recipients.companions.rules import Companion
from portal.registers.recipients.requests.actions import Accepted, ask_for_help, record_visit
from portal.registers.recipients.requests.rules import Wish

ASKING: Final = "asking"
NIGHTLY: Final = "city"
"""A city's first run over everybody is the night's: it is not waited for here."""

#: Invented people of nowhere: who, telephone, what kind of trouble, for whom, words, how many days ago.
_WISHES: Final = (
    (Wish("邵玉芬", "13800000071", "", "看病花钱多", "为自己家", "老伴住院两个月，借了钱"), 6),
    (Wish("柏长林", "13800000072", "", "房子不安全", "替别人", "邻居家后墙裂了，下雨漏水"), 1),
    (Wish("毛素贞", "13800000073", "", "残疾或没人照顾", "为自己家", ""), 9),
)
_VISITED: Final = 2


def load_requests(engine: Engine, files_dir: Path, demonstration: Demonstration) -> int:
    """Three requests of one village (late, new, visited) and, but for a city, a first look for the unreached."""
    plan = demonstration.plan
    with writing(engine) as session:
        asked: list[tuple[Accepted, datetime]] = []
        for wish, ago in _WISHES:
            at = datetime.combine(plan.as_of - timedelta(days=ago), time(2), UTC)
            asked.append((ask_for_help(session, wish, STORY_VILLAGE, at=at), at))
        accepted, at = asked[_VISITED]
        seen = at + timedelta(days=1)
        act = Act("demo:window", "入户核实（演示）")
        sheet = keep_sheet(session, files_dir, sheet_picture("求助申报"))
        found = "一个人住，走路要人扶，有一个女儿在外地（演示）"
        record_visit(
            session,
            accepted.no,
            seen.date(),
            ("周海燕", Companion("王志远", unit="村民委员会", sheet=sheet)),
            found,
            act,
            seen,
        )
        if plan.scale.name != NIGHTLY:
            run_policies(session, plan.as_of, actor="demo:policies")
    return len(asked)
