"""Who comes into the team of a case, and who leaves it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.permissions import Permission
from portal.kernel.errors import Conflict, Refused
from portal.oversight.cases.actions import current, note_event
from portal.oversight.cases.links.models import CaseBar
from portal.oversight.cases.members.models import CaseMember
from portal.oversight.cases.models import Case
from portal.oversight.cases.queries import bar_key, number_in_case
from portal.oversight.cases.rules import closed_refusal, mark, own_words
from portal.registers.corrections import Act, need_reason


def add_member(session: Session, no: str, username: str, act: Act, at: datetime) -> CaseMember:
    """Bring an account into the team. Refused for who may not work on cases, and for who is kept out of this one."""
    need_reason(act)
    case = current(session, no)
    closed_refusal(case.state)
    row = put_in(session, case, username, act, at)
    note_event(session, case, "case.member_added", act, at, after={"member": number_in_case(session, row)})
    return row


def put_in(session: Session, case: Case, username: str, act: Act, at: datetime) -> CaseMember:
    """The same inside another act, which is the one that is written down."""
    who = accounts.principal_of(session, accounts.get_user(session, username.strip()))
    if Permission.EDIT_CASES not in who.permissions:
        raise Refused(f"{who.username} 不能办理案件", why="这个账号没有办案的权限", fix="换一个办案人员")
    key = bar_key(session)
    marks = [mark(key, what, code) for what, code in own_words(who)]
    if session.scalar(select(CaseBar.id).where(CaseBar.case_id == case.id, CaseBar.mark.in_(marks)).limit(1)):
        raise Refused(
            f"{who.username} 要回避",
            why="本人、本单位或者管着他的人就是被反映的人（信访工作条例 第二十八条）",
            fix="换一个办案人员",
        )
    known = select(CaseMember.id).where(
        CaseMember.case_id == case.id, CaseMember.username == who.username, CaseMember.removed_at.is_(None)
    )
    if session.scalar(known) is not None:
        raise Conflict(f"{who.username} 已经在办案组里", fix="刷新页面")
    row = CaseMember(case_id=case.id, username=who.username, added_by=act.actor, added_at=at)
    session.add(row)
    session.flush()
    return row


def remove_member(session: Session, no: str, username: str, act: Act, at: datetime) -> None:
    """Take an account out of the team; the last one stays."""
    need_reason(act)
    case = current(session, no)
    team = list(
        session.scalars(
            select(CaseMember).where(CaseMember.case_id == case.id, CaseMember.removed_at.is_(None)).with_for_update()
        )
    )
    leaving = [row for row in team if row.username == username]
    if not leaving:
        raise Conflict("这个人已经不在办案组里", fix="刷新页面")
    if len(team) == 1:
        raise Refused("办案组不能没有人", fix="先加一个人，再让这个人退出")
    leaving[0].removed_by, leaving[0].removed_at = act.actor, at
    session.flush()
    note_event(session, case, "case.member_removed", act, at, after={"member": number_in_case(session, leaving[0])})
