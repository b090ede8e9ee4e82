"""A change of a parameter that waits for a second person in the demonstration: the officer proposes, the leader decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Engine

from portal.demo.build import Demonstration
from portal.demo.places import STORY_TOWN
from portal.demo.standards import BASIS
from portal.kernel.database import writing
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.proposals.actions import propose_parameter

PARAMETER_CHANGES: Final = "parameter changes"
COUNTY: Final = f"{STORY_TOWN[:6]}000000"


def load_parameter_changes(engine: Engine, demonstration: Demonstration) -> int:
    """Propose one. Returns how many."""
    day = demonstration.plan.as_of
    values = {
        "name": "visit_days.stable", "division_code": COUNTY, "valid_from": date(day.year + 1, 1, 1), "value": "60",
        "unit": "天", "basis": BASIS,
    }  # fmt: skip
    act = Act("user:demo-department_officer", "明年起稳定脱贫户两个月走访一次")
    with writing(engine) as session:
        propose_parameter(session, values, act, datetime.combine(day - timedelta(days=1), time(2), UTC))
    return 1
