"""A disabled account comes back by two persons: one proposes, a security administrator who is somebody else decides."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import insist
from portal.accounts.models import GrantState, Reinstatement, User
from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, refuse_approver
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict
from portal.trail import actions as trail


def propose_reinstating(
    session: Session, by: Principal, user: User, *, why: str, request_id: str | None = None
) -> Reinstatement:
    """Propose that a disabled account may be used again. Nothing changes until a second person approves."""
    insist(by, Permission.DISABLE_PEOPLE)
    if user.disabled_at is None:
        raise Conflict("这个账号没有停用", fix="不用恢复")
    if not why.strip():
        raise BadInput("恢复要写原因", fix="例如：查明是误停、借调期满返回", code="why_needed")
    waiting = select(Reinstatement.id).where(
        Reinstatement.user_id == user.id, Reinstatement.state == GrantState.PROPOSED.value
    )
    if session.scalar(waiting) is not None:
        raise Conflict("已经有人提出恢复，等批准", fix="请安全管理员批准")
    proposal = Reinstatement(
        user_id=user.id,
        why=why.strip(),
        state=GrantState.PROPOSED.value,
        proposed_by=by.actor,
        proposed_at=now_utc(),
    )
    session.add(proposal)
    session.flush()
    _record(session, "account.return_proposed", by, user, proposal, why.strip(), request_id)
    return proposal


def decide_reinstating(
    session: Session, by: Principal, proposal_id: int, *, approve: bool, why: str = "", request_id: str | None = None
) -> None:
    """Give the account back with the roles it held and its two factors; sessions stay ended. Or do not, with a reason."""
    insist(by, Permission.APPROVE_GRANTS)
    proposal = queries.get_reinstatement(session, proposal_id)
    user = queries.get_user_by_id(session, proposal.user_id)
    if proposal.state != GrantState.PROPOSED:
        raise Conflict(f"这条恢复{proposal.state}", why="另一位管理员已经办理", fix="刷新页面看结果")
    grantee = f"user:{user.username}"
    refuse_approver(proposer=proposal.proposed_by, approver=by.actor, grantee=grantee, approver_roles=by.role_names)
    if not approve and not why.strip():
        raise BadInput("不批准要写原因", fix="写给提出的人看", code="why_needed")
    proposal.state = (GrantState.APPROVED if approve else GrantState.REFUSED).value
    proposal.decided_by, proposal.decided_at = by.actor, now_utc()
    if approve:
        user.disabled_at = None
    session.flush()
    kind = "account.returned" if approve else "account.return_refused"
    _record(session, kind, by, user, proposal, why.strip() or None, request_id)


def _record(
    session: Session,
    kind: str,
    by: Principal,
    user: User,
    proposal: Reinstatement,
    why: str | None,
    request_id: str | None,
) -> None:
    trail.record(
        session,
        kind=kind,
        actor=by.actor,
        subjects=[("account", user.username), ("reinstatement", str(proposal.id))],
        after={"state": proposal.state, "proposed_by": proposal.proposed_by},
        why=why,
        request_id=request_id,
    )
