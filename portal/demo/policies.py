"""Policies of the demonstration: drafted by the demonstration, released by the account of another person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import Engine

from portal.demo.standards import CITY
from portal.kernel.database import writing
from portal.publishing.policies.actions import draft_policy, publish_policy, submit_policy
from portal.publishing.policies.queries import list_published
from portal.registers.corrections import Act

POLICIES: Final = "policies"
_FILE: Final = Path(__file__).parent / "data" / "policies.yaml"
_DRAFTER: Final = Act("demo", "演示数据：按公开文件录入，条款注明待核对")
_CHECKER: Final = Act("user:demo-department_officer", "演示数据：核对过结构，条款仍待核对")


def read_policies() -> list[dict[str, Any]]:
    """The declarations, as an office would enter them."""
    declared: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return declared


def load_policies(engine: Engine, division: str = CITY, at: datetime | None = None) -> int:
    """Draft and release every policy of the file that is not in yet; returns their number."""
    moment = at or datetime.now(UTC)
    with writing(engine) as session:
        known = {policy.slug for policy in list_published(session)}
        declared = [one for one in read_policies() if one["slug"] not in known]
        for one in declared:
            values = {"division_code": division, **one}
            row = draft_policy(session, values.pop("slug"), values, _DRAFTER, moment)
            submit_policy(session, row.id, _DRAFTER, moment)
            publish_policy(session, row.id, _CHECKER, moment)
    return len(declared)
