"""Policies: drafted by one person, released by another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.publishing.policies.actions import draft_policy, publish_policy, submit_policy
from portal.publishing.policies.models import Policy
from portal.registers.corrections import Act
from tests.factories.divisions import COUNTY

DRAFTER = Act("user:drafter", "按县文件录入")
CHECKER = Act("user:checker", "核对过文件")
AT = datetime(2026, 11, 16, 2, tzinfo=UTC)
OLD_AGE = {"test": "age", "at_least": 80, "article": "第三条"}


def policy_values(**more: Any) -> dict[str, Any]:
    """What a version says."""
    return {
        "title": "高龄津贴", "document": "高龄津贴办法", "document_no": "涟政发〔2026〕3号", "issuer": "涟水县人民政府",
        "valid_from": date(2026, 1, 1), "division_code": COUNTY, "topic": "养老", "about": "人",
        "card": "满 80 岁的老人每月有一份津贴。", "amount": "每月 60 元", "apply_how": "到村里登记", "call": "镇民政窗口",
        "programmes": ["*-GL"], "conditions": OLD_AGE, "is_followed": True, **more,
    }  # fmt: skip


def make_draft(session: Session, slug: str = "gaoling", **more: Any) -> Policy:
    """A version that waits for nobody yet."""
    return draft_policy(session, slug, policy_values(**more), DRAFTER, AT)


def make_policy(session: Session, slug: str = "gaoling", **more: Any) -> Policy:
    """A published version."""
    row = make_draft(session, slug, **more)
    submit_policy(session, row.id, DRAFTER, AT)
    return publish_policy(session, row.id, CHECKER, AT)
