"""Tables of accounts: people, roles, scopes, grants, sessions, one-time codes, sign-in states, emergencies.

Account 账号 · grant 授权 · session 会话 · invitation 邀请 · recovery 恢复.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

VOLATILE = "state of signing in: changes with every request; what matters of it is an event of the trail"
ACTOR = String(120)


class GrantState(StrEnum):
    """授权状态."""

    PROPOSED = "待批准"
    APPROVED = "已批准"
    REFUSED = "未批准"


class CodeKind(StrEnum):
    """一次性码的用途."""

    INVITATION = "邀请"
    RECOVERY = "恢复"


class User(Base):
    """账号: one person. Links to registers are plain codes; the second factor's secret is sealed."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # none until the invitation is taken
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    unit_code: Mapped[str | None] = mapped_column(String(40))
    helper_no: Mapped[str | None] = mapped_column(String(40))
    household_no: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(ACTOR)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    demonstration: Mapped[bool] = mapped_column(Boolean, default=False)


class UserRole(Base):
    """角色: held from its approval until it is ended. Ended ones stay: they count for the three administrators."""

    __tablename__ = "user_roles"
    __table_args__ = (Index("ix_user_roles_user", "user_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(24))
    grant_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("grants.id"))  # none: init or demonstration
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(ACTOR)


class UserScope(Base):
    """范围: a division in which a role holds."""

    __tablename__ = "user_scopes"
    __table_args__ = (Index("ix_user_scopes_role", "user_role_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_role_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user_roles.id"))
    division_code: Mapped[str] = mapped_column(String(12))


class Grant(Base):
    """授权: proposed by one person, decided by another."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_user", "user_id"), Index("ix_grants_state", "state"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(24))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    proposed_by: Mapped[str] = mapped_column(ACTOR)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ACTOR)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeCode(Base):
    """一次性码: an invitation or a recovery. Two persons see one half each; only hashes are kept."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index("ix_one_time_codes_user", "user_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(4))
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_hash: Mapped[str] = mapped_column(String(200))
    released_by: Mapped[str | None] = mapped_column(ACTOR)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    second_hash: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginSession(Base):
    """会话: a signed-in browser, or a phone with a bearer token. Of cookie or token only the hash is kept, no address."""

    __tablename__ = "login_sessions"
    __why_unprotected__ = VOLATILE
    __table_args__ = (Index("ix_login_sessions_user", "user_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    csrf_secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    device: Mapped[str] = mapped_column(String(40))
    bearer: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # a cookie never is one
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInState(Base):
    """登录状态: failures and the last second-factor step of a typed name, known or unknown alike (keyed hash)."""

    __tablename__ = "sign_in_states"
    __why_unprotected__ = VOLATILE

    name_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_totp_step: Mapped[int] = mapped_column(BigInteger)


class RevealDay(Base):
    """查看计数: sealed fields that a person has been shown on a day (UTC+8), and how often more than the quota was asked."""

    __tablename__ = "reveal_days"
    __why_unprotected__ = "a counter; every reveal is itself an event of the trail"

    actor: Mapped[str] = mapped_column(ACTOR, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    shown: Mapped[int] = mapped_column(Integer)
    over: Mapped[int] = mapped_column(Integer)


class EmergencyGrant(Base):
    """紧急授权: a role that somebody took alone for four hours, to be reviewed by two persons afterwards."""

    __tablename__ = "emergency_grants"
    __table_args__ = (Index("ix_emergency_grants_user", "user_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(24))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # given back, or stopped, before its time
    ended_by: Mapped[str | None] = mapped_column(ACTOR)


class Verdict(StrEnum):
    """复核意见."""

    JUSTIFIED = "有必要"
    UNJUSTIFIED = "没有必要"


class EmergencyReview(Base):
    """紧急授权复核: what one of the two reviewers found."""

    __tablename__ = "emergency_reviews"
    __table_args__ = (Index("uq_emergency_reviews_reviewer", "emergency_id", "reviewer", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(BigInt, ForeignKey("emergency_grants.id"))
    reviewer: Mapped[str] = mapped_column(ACTOR)
    verdict: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text)
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reinstatement(Base):
    """恢复停用账号: proposed by one administrator, decided by another."""

    __tablename__ = "reinstatements"
    __table_args__ = (Index("ix_reinstatements_state", "state"), Index("ix_reinstatements_user", "user_id"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("users.id"))
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))  # GrantState
    proposed_by: Mapped[str] = mapped_column(ACTOR)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ACTOR)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
