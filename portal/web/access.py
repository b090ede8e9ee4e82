"""Who may enter: every route declares its policy, and what declares none is refused (deny by default).

`@public` — anybody; no session is read. `@requires(Permission.X)` — role; the row's scope is asked with `in_scope` or
`check_scope`, and what lies outside is answered as if it did not exist. `@household` — a household that is signed in with its
card: the relation, not a permission; it sees its own rows and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import ROLE_NAMES, Permission, Role, roles_with
from portal.accounts.rules import Principal, Why, covers, explain, may, scopes_for
from portal.kernel.errors import NotAllowed, NotFound
from portal.registers.divisions import queries as divisions
from portal.web import csrf
from portal.web.bearer import bearer_session
from portal.web.errors import wants_json
from portal.web.household import WAYS, carry_way, find_current_household
from portal.web.memory import UnspooledRequest
from portal.web.sessions import current_principal, database, is_loopback, require_principal
from portal.web.uploads import BODY, Uploads

View = TypeVar("View", bound=Callable[..., Any])
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MARK = "__policy__"


class SignInNeeded(NotAllowed):
    """Nobody is signed in, or the session is over."""

    status = 401
    code = "sign_in_needed"


@dataclass(frozen=True)
class Policy:
    """What a route asks for. `read` guards GET, `write` every other method; both None: public."""

    read: Permission | None = None
    write: Permission | None = None
    csrf: bool = True
    max_body: int | None = None
    files: Uploads | None = None
    bearer: bool = False
    household: bool = False

    @property
    def is_public(self) -> bool:
        """True when anybody may ask."""
        return self.read is None and not self.household

    def permission(self, method: str) -> Permission | None:
        """The permission that a method needs; None for public and for households."""
        return self.read if method in READING_METHODS else (self.write or self.read)


PUBLIC = Policy()


@overload
def public(view: View) -> View: ...
@overload
def public(
    view: None = None, *, csrf: bool = True, max_body: int | None = None, files: Uploads | None = None
) -> Callable[[View], View]: ...
def public(
    view: View | None = None, *, csrf: bool = True, max_body: int | None = None, files: Uploads | None = None
) -> View | Callable[[View], View]:
    """Declare a route open to anybody. `csrf=False`: it takes no cookie, so nothing can be forged (bearer, API)."""
    declare = _declare(Policy(csrf=csrf, max_body=max_body, files=files))
    return declare if view is None else declare(view)


def requires(
    permission: Permission,
    *,
    write: Permission | None = None,
    csrf: bool = True,
    max_body: int | None = None,
    files: Uploads | None = None,
    bearer: bool = False,
) -> Callable[[View], View]:
    """Declare the permission of a route; `write` where other methods than GET need another one.

    `max_body`: bytes that a body may have (the app's default is small). `files`: what its form takes; then the body may
    be far larger than they may. `bearer`: who asks is told by a bearer token and by nothing else; no cookie is read, so
    there is nothing to forge and no form token is asked for.
    """
    return _declare(Policy(permission, write, csrf and not bearer, max_body, files, bearer))


@overload
def household(view: View) -> View: ...
@overload
def household(view: None = None, *, max_body: int | None = None) -> Callable[[View], View]: ...
def household(view: View | None = None, *, max_body: int | None = None) -> View | Callable[[View], View]:
    """Declare a route of the household that is signed in (`web.household.current_household()`); CSRF as for the staff."""
    declare = _declare(Policy(household=True, max_body=max_body))
    return declare if view is None else declare(view)


def _declare(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, policy)
        return view

    return mark


def policy_of(app: Flask, endpoint: str, method: str) -> Policy | None:
    """The declared policy of a route and method, or None: then the route does not exist for anybody."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC if method in READING_METHODS else None
    view = app.view_functions.get(endpoint)
    policy = getattr(view, _MARK, None)
    return policy if isinstance(policy, Policy) else None


def install(app: Flask) -> None:
    """Ask before every request (factory)."""
    app.before_request(lambda: enforce(app))
    app.jinja_env.globals.update(
        can=can, current_principal=current_principal, role_name=role_name, sign_in_url=sign_in_url
    )


def enforce(app: Flask) -> AnyResponse | None:
    """Refuse what has no policy, who is not signed in, who lacks the permission, and what another site sent."""
    if request.routing_exception is not None or request.endpoint is None:
        return None  # 404, 405 and redirects of the router answer for themselves
    policy = policy_of(app, request.endpoint, request.method)
    if policy is None:
        raise NotAllowed("这个地址没有声明谁可以用", fix="告诉系统管理员", code="no_policy")
    if request.mimetype == "application/x-www-form-urlencoded":  # read at once, so the limit of a form's memory holds
        request.max_content_length = request.max_form_memory_size
    elif policy.files is not None:
        request.max_content_length, cast(UnspooledRequest, request).takes = BODY, policy.files
    elif policy.max_body is not None:
        request.max_content_length = policy.max_body
    permission = policy.permission(request.method)
    if policy.household:
        refuse_plain_http()
        if find_current_household() is None:
            return _to_sign_in()
    if permission is not None:
        refuse_plain_http()
        principal = _who_asks(policy)
        if principal is None:
            return _to_login()
        if not may(principal, permission):
            raise NotAllowed(f"没有“{permission}”的权限", fix=who_can(permission))
    if policy.csrf and request.method not in READING_METHODS:
        csrf.protect()
    return None


def _who_asks(policy: Policy) -> Principal | None:
    if not policy.bearer:
        return current_principal()
    signed_in = bearer_session()
    return signed_in.principal if signed_in is not None else None


def refuse_plain_http() -> None:
    """Passwords and sessions never travel in clear: plain http is accepted on loopback only."""
    if not (request.is_secure or is_loopback()):
        raise NotAllowed(
            "登录和工作台只能用 https 打开", fix="把地址改成 https:// 开头，或请系统管理员配置代理", code="https_only"
        )


def who_can(permission: Permission) -> str:
    """Who holds a permission and who grants it: the sentence of the "no permission" page."""
    names = "、".join(ROLE_NAMES[role] for role in roles_with(permission))
    return f"有这个权限的是：{names}；要开通，请系统管理员提出、安全管理员批准"


def role_name(role: str) -> str:
    """The Chinese name of a role, for templates."""
    return ROLE_NAMES[Role(role)]


def _to_login() -> Response | AnyResponse:
    if request.method not in ("GET", "HEAD") or wants_json():
        raise SignInNeeded("还没有登录，或者登录已经过期", fix="先登录，再做一次")
    back = request.script_root + (request.full_path if request.query_string else request.path)
    return redirect(url_for("login.show") + "?" + urlencode({"next": back}), 303)


def _to_sign_in() -> AnyResponse:
    if request.method not in ("GET", "HEAD") or wants_json():
        raise SignInNeeded("登录已经过期", why="十分钟没有动，自动退出", fix="再扫一次卡上的码")
    response = redirect(path_of("/me/sign-in"), 303)
    carry_way(response, request.path)
    return response


def sign_in_url() -> str:
    """Where one signs in from the page of a refusal, so that one comes back to the page that the refused form was on."""
    if request.path.startswith("/me/"):  # the page itself sends to the sign-in and is remembered meanwhile
        return path_of(next((way for way in WAYS if f"{request.path}/".startswith(f"{way}/")), "/me/sign-in"))
    came = urlsplit(request.referrer or "")
    ours = safe_next(came.path, "") if came.netloc == request.host else ""
    back = ours + (f"?{came.query}" if ours and came.query else "")
    return path_of("/login") + (f"?{urlencode({'next': back})}" if back else "")


def safe_next(target: str | None, default: str = "/") -> str:
    """Where to go after signing in: a path of this site, never another host (open redirect)."""
    if not target or not target.startswith("/") or "\\" in target or any(ord(char) < 33 for char in target):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return default
    return target


def path_of(path: str) -> str:
    """A path of this site in the language of the page."""
    return request.script_root + path


def home_of(target: str) -> str:
    """Where somebody who has just signed in goes: where he wanted to, else his role's first page."""
    if target:
        return target
    homes = ((Permission.VIEW_PEOPLE, "/admin/people"), (Permission.VIEW_CONSOLE, "/console/"))
    return path_of(next((path for permission, path in homes if can(permission)), "/account"))


def can(permission: Permission | str, division: str | None = None) -> bool:
    """For templates: may the person who looks do this (in this division)?"""
    wanted = permission if isinstance(permission, Permission) else Permission[permission]
    principal = current_principal()
    return (
        may(principal, wanted) if division is None else principal is not None and in_scope(principal, division, wanted)
    )


@dataclass(frozen=True)
class Explanation:
    """Why somebody may, or may not: every role that carries the permission, and whether its scope covers."""

    allowed: bool
    lines: tuple[Why, ...]
    permission: Permission
    division: str | None
    who: str


def explanation_of(session: Session, principal: Principal, permission: Permission, division: str | None) -> Explanation:
    """Role × scope × relation, with mergers of divisions followed: what /admin/why and `user why` tell."""
    lines = tuple(explain(principal, permission, division))
    allowed = bool(lines) if division is None else reaches(session, principal, division, permission)
    return Explanation(allowed, lines, permission, division, who_can(permission))


def scopes(permission: Permission) -> tuple[str, ...]:
    """The division codes in which the person who asks holds a permission: hand them to `divisions.codes_within`."""
    return scopes_for(require_principal(), permission)


def in_scope(principal: Principal, division_code: str | None, permission: Permission | None = None) -> bool:
    """True when a division lies in one of the person's scopes; mergers are followed both ways.

    With a permission only the scopes of the roles that carry it count. A record without a division is the county's own:
    it is seen by everybody who has the permission.
    """
    return reaches(database(), principal, division_code, permission)


def reaches(session: Session, principal: Principal, division_code: str | None, permission: Permission | None) -> bool:
    """`in_scope` for those who bring their own session (the command line)."""
    held = [r.scopes for r in principal.roles] if permission is None else [scopes_for(principal, permission)]
    codes = {code for group in held for code in group}
    if not codes:
        return False
    if division_code is None or any(covers(code, division_code) for code in codes):
        return True
    return division_code in divisions.expand_codes(session, codes)


def check_scope(division_code: str | None, permission: Permission) -> None:
    """Refuse a record outside the person's scope with NotFound: its existence is not told."""
    if not in_scope(require_principal(), division_code, permission):
        raise NotFound("没有这条记录", why="也可能不在您的管辖范围", fix="核对编号")
