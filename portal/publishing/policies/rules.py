"""Decisions on policies: what a version must say, and its life. Who drafted a version never releases it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.kernel.errors import BadInput, Refused
from portal.publishing.policies.language import parse
from portal.publishing.policies.models import About, PolicyState, Topic

FIELDS: Final = frozenset(
    {
        "title", "document", "document_no", "issuer", "issued_on", "valid_from", "valid_to", "division_code", "topic",
        "about", "card", "amount", "apply_how", "call", "programmes", "conditions", "reached", "is_followed",
    }
)  # fmt: skip
NEEDED: Final = {
    "title": "名称", "document": "文件名称", "document_no": "文号", "issuer": "发文机关", "card": "明白话", "amount": "给多少",
    "apply_how": "怎么办", "call": "找谁",
}  # fmt: skip
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PROGRAMME: Final = re.compile(r"[0-9A-Za-z*_.-]{1,60}")


class Step(StrEnum):
    """What somebody does with a version."""

    EDIT = "修改"
    SUBMIT = "提交"
    PUBLISH = "发布"
    RETURN = "退回"
    REPLACE = "由新版本取代"
    END = "废止"


TRANSITIONS: Final[Mapping[PolicyState, Mapping[Step, PolicyState]]] = {
    PolicyState.DRAFT: {Step.EDIT: PolicyState.DRAFT, Step.SUBMIT: PolicyState.WAITING},
    PolicyState.RETURNED: {Step.EDIT: PolicyState.DRAFT},
    PolicyState.WAITING: {Step.PUBLISH: PolicyState.PUBLISHED, Step.RETURN: PolicyState.RETURNED},
    PolicyState.PUBLISHED: {Step.REPLACE: PolicyState.REPLACED, Step.END: PolicyState.ENDED},
    PolicyState.REPLACED: {},
    PolicyState.ENDED: {},
}
"""A published version is never changed: another one replaces it, or it is ended. All of them stay readable."""

IN_WORK: Final = frozenset({PolicyState.DRAFT, PolicyState.WAITING, PolicyState.RETURNED})


def next_state(state: str, step: Step) -> PolicyState:
    """Where a step leads; Refused where the table knows no such step."""
    found = TRANSITIONS[PolicyState(state)].get(step)
    if found is None:
        raise Refused(f"现在不能{step}", why=f"这个版本的状态是“{state}”", fix="刷新页面")
    return found


def two_persons(drafted_by: str, actor: str) -> None:
    """Refuse to release what one has drafted or changed oneself."""
    if drafted_by == actor:
        raise Refused("拟稿和审核要两个人", why="这个版本最后是您改的", fix="请另一位审核人发布")


def slug_problem(slug: str) -> None:
    """Refuse an address that would not last: lower-case ASCII words joined by hyphens."""
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        raise BadInput(
            "政策的网址名不对", why="它会印在纸上，要短而不变", fix="用小写英文字母、数字和连字符，例如 gaoling-jintie"
        )


def policy_problem(values: Mapping[str, Any]) -> None:
    """Refuse a version that lacks what a reader needs, or whose conditions cannot be read (BadInput says where)."""
    for field, label in NEEDED.items():
        if not str(values.get(field) or "").strip():
            raise BadInput(f"没有写{label}", fix=f"填写{label}；拿不准的注明（待核对）")
    if values["topic"] not in set(Topic) or values["about"] not in set(About):
        raise BadInput("管哪方面、按户还是按人，没有选", fix="从列出的各项里选")
    _dates(values["valid_from"], values.get("valid_to"))
    for pattern in values["programmes"]:
        if not isinstance(pattern, str) or not _PROGRAMME.fullmatch(pattern):
            raise BadInput("资金项目编码写得不对", fix="每行一个编码，* 代表任意年度，例如 *-DB")
    parse(values["conditions"], About(values["about"]))
    if values.get("reached") is not None:
        parse(values["reached"], About.HOUSEHOLD)


def _dates(since: object, until: object) -> None:
    if not isinstance(since, date):
        raise BadInput("没有写从哪天起有效", fix="填写日期")
    if isinstance(until, date) and until < since:
        raise BadInput("有效期至早于有效期自", fix="核对两个日期")
