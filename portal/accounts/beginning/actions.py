"""How accounts come into being before there is anybody to grant them: `init`, and the demonstration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords, queries
from portal.accounts.actions import add_user
from portal.accounts.codes.actions import LIVES, cancel_codes
from portal.accounts.devices.actions import code_matches, issue_code
from portal.accounts.devices.queries import find_waiting_code, list_devices_of
from portal.accounts.devices.rules import DEMONSTRATION_CODE_LIVES, code_of
from portal.accounts.grants.actions import give_role
from portal.accounts.models import CodeKind, OneTimeCode, User
from portal.accounts.permissions import ROLE_NAMES, Role
from portal.accounts.rules import NATION
from portal.accounts.sign_in.actions import TOTP_FIELD
from portal.kernel.database import now_utc
from portal.kernel.errors import CannotRun
from portal.kernel.sealing import Keyring
from portal.trail import actions as trail

DEMO_PASSWORD: Final = "sunshine-demo-2026"  # noqa: S105  # public: a home with it serves on loopback only and says so
FIRST: Final = {Role.SECURITY_ADMIN: "security-admin", Role.AUDIT_ADMIN: "audit-admin"}
DEMO_CITY: Final = {"demo-city_inspector": Role.INSPECTOR, "demo-city_inspection_head": Role.INSPECTION_HEAD}
"""上级纪检监察机关: one who works and one who decides, for what is appealed or raised from the county."""


@dataclass(frozen=True)
class Invitation:
    """What `init` prints once for each of the first three: the whole code, because there is no second person yet."""

    username: str
    role: Role
    code: str
    expires_at: datetime


def first_administrators(session: Session, actor: str, admin: str = "admin") -> list[Invitation]:
    """Make the three administrators, each with a one-time invitation. Repeated: new codes for those not yet taken.

    Until all three have taken theirs, no grant can be approved.
    """
    names = {Role.SYSTEM_ADMIN: admin, **FIRST}
    made = []
    for role, name in names.items():
        user = _first_of(session, actor, role, name)
        if user.taken_at is None and user.disabled_at is None:
            made.append(_invite_whole(session, actor, user, role))
    return made


def _first_of(session: Session, actor: str, role: Role, name: str) -> User:
    existing = queries.find_bootstrapped(session, role)
    if existing is not None:
        return existing
    user = add_user(session, actor, name, ROLE_NAMES[role])
    give_role(session, user, role, [NATION], None)
    trail.record(
        session,
        kind="account.opened",
        actor=actor,
        subjects=[("account", user.username)],
        after={"role": role.value, "scopes": [NATION], "state": "init"},
        why="初始化：三员的第一任",
    )
    return user


def _invite_whole(session: Session, actor: str, user: User, role: Role) -> Invitation:
    now = now_utc()
    cancel_codes(session, user, now)
    first, second = passwords.new_half(), passwords.new_half()
    code = OneTimeCode(
        user_id=user.id,
        kind=CodeKind.INVITATION.value,
        made_by=actor,
        made_at=now,
        first_hash=passwords.HASHING.hash(passwords.read_half(first)),
        released_by=actor,
        released_at=now,
        second_hash=passwords.HASHING.hash(passwords.read_half(second)),
        expires_at=now + LIVES[CodeKind.INVITATION],
    )
    session.add(code)
    session.flush()
    trail.record(
        session,
        kind="code.made",
        actor=actor,
        subjects=[("account", user.username), ("code", str(code.id))],
        after={"purpose": code.kind, "state": "init"},
        sealed=True,
    )
    return Invitation(user.username, role, f"{first} {second}", code.expires_at)


@dataclass(frozen=True)
class DemoAccount:
    """One demonstration account, as `demo --json` prints it."""

    username: str
    role: str
    scopes: list[str]
    password: str
    otpauth: str | None = None
    enrolment_code: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Without the keys that do not apply."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def create_demo_accounts(
    session: Session,
    keyring: Keyring,
    scopes: Mapping[Role, Sequence[str]],
    *,
    is_demo: bool,
    actor: str = "demo",
    links: Mapping[Role, Mapping[str, str]] | None = None,
    city: str | None = None,
) -> list[dict[str, Any]]:
    """One account `demo-<role>` for every role but the citizen, all with one password; existing ones are told again.

    `scopes`: division codes by role; `links`: e.g. {Role.HELPER: {"helper_no": …}}; `city`: the division whose organ
    has accounts besides (`DEMO_CITY`). Two persons are not asked, which the trail says; so only a demonstration home
    may do this. The first administrators of `init` are left alone.
    """
    if not is_demo:
        raise CannotRun("这不是演示数据目录，不能建演示账号", fix="换一个空的 YANGGUANG_HOME 再运行 yangguang demo")
    password_hash = passwords.HASHING.hash(DEMO_PASSWORD)
    accounts = []
    wanted: list[tuple[str, Role, list[str]]]
    wanted = [(f"demo-{role.value}", role, list(scopes[role])) for role in Role if role is not Role.CITIZEN]
    wanted += [(name, role, [city]) for name, role in DEMO_CITY.items() if city is not None]
    for name, role, places in wanted:
        user = queries.find_user(session, name)
        if user is None:
            user = _demo_user(session, keyring, name, role, places, password_hash, actor, (links or {}).get(role, {}))
        accounts.append(_told(session, keyring, user, role, _enrolment_code(session, keyring, user, role, actor)))
    return [account.as_json() for account in accounts]


def _demo_user(
    session: Session,
    keyring: Keyring,
    name: str,
    role: Role,
    scopes: list[str],
    password_hash: str,
    actor: str,
    link: Mapping[str, str],
) -> User:
    level = "市级" if name in DEMO_CITY else ""
    user = add_user(session, actor, name, f"演示{level}{ROLE_NAMES[role]}", **link)
    user.demonstration = True
    user.password_hash = password_hash
    user.totp_sealed = keyring.seal(passwords.new_totp_secret(), TOTP_FIELD)
    user.taken_at = now_utc()
    give_role(session, user, role, scopes, None)
    trail.record(
        session,
        kind="account.opened",
        actor=actor,
        subjects=[("account", user.username)],
        after={"role": role.value, "scopes": scopes, "state": "demonstration"},
        why="演示账号：没有第二个人",
    )
    return user


def _enrolment_code(session: Session, keyring: Keyring, user: User, role: Role, actor: str) -> str | None:
    """The code for the helper's next phone. Derived, so that it is told again alike although only its hash is kept."""
    if role is not Role.HELPER or user.helper_no is None:
        return None
    no, now = user.helper_no, now_utc()
    name = hashlib.sha256(f"enrolment/{no}/{len(list_devices_of(session, no))}".encode()).hexdigest()
    code = code_of(int.from_bytes(keyring.blind_index(name), "big"))
    if not code_matches(find_waiting_code(session, no, now), code):
        issue_code(session, actor, no, now, code=code, lives=DEMONSTRATION_CODE_LIVES)
    return code


def _told(session: Session, keyring: Keyring, user: User, role: Role, enrolment_code: str | None) -> DemoAccount:
    held = queries.roles_of(session, [user.id]).get(user.id, ())
    scopes = [code for role_scope in held for code in role_scope.scopes]
    secret = keyring.open_(user.totp_sealed, TOTP_FIELD) if user.totp_sealed else None
    otpauth = passwords.otpauth(secret, user.username) if secret else None
    return DemoAccount(user.username, role.value, scopes, DEMO_PASSWORD, otpauth, enrolment_code)


def has_other_accounts(session: Session) -> bool:
    """True when the installation holds accounts that are no demonstration: `demo` then refuses."""
    return session.scalar(select(User.id).where(User.demonstration.is_(False)).limit(1)) is not None
