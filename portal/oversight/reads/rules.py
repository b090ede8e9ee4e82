"""Decisions on reads of supervision: what has to be bound to a case, for how long, and who reviews what was not.

Sources: 监督执纪工作规则 and 个人信息保护法 art. 6: no more is looked at than the work at hand needs; whoever watches is
watched by somebody else.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from portal.accounts.permissions import Role
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.oversight.reads.models import Basis, Organ

BOUND: Final = frozenset(
    {
        "account", "answer", "check_in", "device", "helper", "household", "household_card", "income", "pairing",
        "paper_visit", "payment", "person", "procedure", "help_request",
    }
)  # fmt: skip
"""Kinds of subjects that are somebody's: their trail is opened on behalf of a case, a lead, or with a reason."""
LASTS: Final = timedelta(hours=8)
"""One working day: the next one asks again."""
MIN_WHY: Final = 6
_ORGANS: Final = (
    (Role.AUDITOR, Organ.AUDIT),
    (Role.INSPECTION_HEAD, Organ.INSPECTION),
    (Role.INSPECTOR, Organ.INSPECTION),
    (Role.FINANCE_SUPERVISOR, Organ.FINANCE),
    (Role.AUDIT_ADMIN, Organ.SECURITY),
)
REVIEWS: Final = {Organ.AUDIT: frozenset(Organ) - {Organ.AUDIT}, Organ.INSPECTION: frozenset({Organ.AUDIT})}
"""Audit reviews everybody else, inspection reviews audit: nobody his own."""


def organ_of(roles: Collection[Role]) -> Organ:
    """The organ for which somebody of these roles reads."""
    return next((organ for role, organ in _ORGANS if role in roles), Organ.OFFICE)


def reviewed_by(organ: Organ) -> frozenset[Organ]:
    """Whose reads an organ reviews."""
    return REVIEWS.get(organ, frozenset())


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def basis_problem(
    basis: Basis, case_no: str, lead_no: str, why: str, cases: Collection[str], leads: Collection[str]
) -> None:
    """Refuse a case that one is not on and a lead that one was not given, in the same words as one that is not there."""
    if basis is Basis.CASE and case_no not in cases:
        raise Refused("没有选您在办的案件", why="只能凭自己在办、还没有办结的案件查阅", fix="从列出的案件里选")
    if basis is Basis.LEAD and lead_no not in leads:
        raise Refused("没有选分派给您的疑点", why="只能凭分派给自己的疑点查阅", fix="从列出的疑点里选")
    if basis is Basis.NONE and len(why.strip()) < MIN_WHY:
        raise BadInput("没有案件的查阅要写清为什么", why="这一条会列给另一个机关复查", fix="写明谁交办、查什么")


def not_bound() -> NotAllowed:
    """What is answered to a read without a basis."""
    return NotAllowed(
        "查阅某一户、某个人或某个账号的留痕，要先登记凭什么查",
        why="没有在办的案件，也没有分派的疑点，就要写明理由，由另一个机关复查",
        fix="先登记，再查阅",
        code="read_not_bound",
    )


def review_problem(
    reader: str, reader_organ: Organ, reviewer: str, organ: Organ, basis: str, verdict: str | None, note: str
) -> None:
    """Refuse a review of one's own organ's reads, of a read with a case, a second one, and one without a word."""
    if basis != Basis.NONE:
        raise Refused("有案件或疑点的查阅不在这里复查", fix="回到没有案件的查阅清单")
    if reader == reviewer or reader_organ not in reviewed_by(organ):
        raise Refused(
            "不能复查本机关的查阅", why="纪检监察的由审计复查，审计的由纪检监察负责人复查", fix="请另一个机关办理"
        )
    if verdict is not None:
        raise Conflict("这一条已经复查过", fix="刷新页面")
    if len(note.strip()) < 2:
        raise BadInput("没有写复查的意见", fix="用一句话写明怎么核实的")


def is_valid(valid_until: datetime, now: datetime) -> bool:
    """Whether a read that was opened still holds."""
    return now < valid_until
