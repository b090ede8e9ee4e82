"""`user add|disable|list|recover` and `user why`: accounts from the server's command line.

The command line counts as system management: it opens accounts, proposes roles and makes the first half of a code; a
second person with an account approves and releases on /admin/people.
"""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Any

import click

from portal.accounts import queries
from portal.accounts.actions import command_line, disable_account, open_account
from portal.accounts.codes import actions as codes
from portal.accounts.grants.actions import propose_grant
from portal.accounts.permissions import ROLE_NAMES, Permission, Role
from portal.accounts.rules import Principal
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import iso_millis, reading, writing
from portal.kernel.errors import BadInput
from portal.settings import read_settings
from portal.trail.connect import connected
from portal.web.access import Explanation, explanation_of
from portal.web.subjects import Subject, find_subject

ROLES = click.Choice([role.value for role in Role if role is not Role.CITIZEN])


def operator() -> Principal:
    """Who runs the command."""
    return command_line(getpass.getuser())


@click.group("user")
def user() -> None:
    """Accounts: add, disable, list, recover, and why somebody may see something."""


@user.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="the person's name (default: NAME)")
@click.option("--role", "roles", multiple=True, type=ROLES, help="propose this role (repeatable)")
@click.option("--scope", "scopes", multiple=True, help="12-digit division code (repeatable)")
@click.option("--unit", default=None, help="unit code")
@click.option("--helper", default=None, help="number of the helper this account belongs to")
@click.option("--household", default=None, help="number of the household this account belongs to")
@click.option("--why", default="命令行建立", help="reason of the proposal")
@json_option
@exits_with_cure
def add(
    name: str,
    display_name: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    unit: str | None,
    helper: str | None,
    household: str | None,
    why: str,
    as_json: bool,
) -> None:
    """Open an account, propose its roles, and make the first half of its invitation."""
    by = operator()
    with connected(read_settings()) as engine, writing(engine) as session:
        person = open_account(
            session,
            by,
            username=name,
            display_name=display_name or name,
            unit_code=unit,
            helper_no=helper,
            household_no=household,
        )
        grants = [propose_grant(session, by, person, Role(role), scopes, why=why).id for role in roles]
        shown = codes.invite(session, by, person)
        told = {"username": person.username, "proposed_grants": grants, **_half(shown)}
    answer(told, as_json=as_json, text=_half_text(person.username, shown, len(grants)))


def _half(shown: codes.HalfShown) -> dict[str, Any]:
    return {"code": shown.code_id, "first_half": shown.half, "expires_at": iso_millis(shown.expires_at)}


def _half_text(username: str, shown: codes.HalfShown, proposals: int = 0) -> str:
    lines = [
        f"{username}：一次性码的前一半 {shown.half}（{_short(shown.expires_at)} 前有效，只显示这一次）",
        "后一半由安全管理员或安全审计员在 /admin/people 放行时看到。两半都要交给本人，在 /login/code 填写。",
    ]
    if proposals:
        lines.append(f"提出了 {proposals} 项授权，等安全管理员在 /admin/people 批准。")
    return "\n".join(lines)


def _short(moment: datetime) -> str:
    return iso_millis(moment)[:16] + "Z"


@user.command("disable")
@click.argument("name")
@click.option("--why", required=True, help="the reason, kept in the trail")
@json_option
@exits_with_cure
def disable(name: str, why: str, as_json: bool) -> None:
    """Stop an account at once and sign it out everywhere."""
    with connected(read_settings()) as engine, writing(engine) as session:
        disable_account(session, operator(), queries.get_user(session, name), why=why)
    answer({"username": name, "disabled": True}, as_json=as_json, text=f"{name} 已停用，登录全部退出。")


@user.command("list")
@json_option
@exits_with_cure
def list_command(as_json: bool) -> None:
    """All accounts with roles and scopes."""
    with connected(read_settings()) as engine, reading(engine) as session:
        users = [_line(person) for person in queries.list_people(session, limit=100_000)]
    text = "\n".join(
        f"{u['username']:<28} {u['state']}  " + "；".join(f"{r['name']} {','.join(r['scopes'])}" for r in u["roles"])
        for u in users
    )
    answer({"users": users}, as_json=as_json, text=text or "还没有账号，先运行 yangguang init。")


def _line(person: queries.Person) -> dict[str, Any]:
    state = "已停用" if person.user.disabled_at else "在用" if person.user.taken_at else "等领取邀请"
    roles = [
        {"role": held.role.value, "name": ROLE_NAMES[held.role], "scopes": list(held.scopes)} for held in person.roles
    ]
    return {
        "username": person.user.username,
        "display_name": person.user.display_name,
        "state": state,
        "roles": roles,
    }


@user.command("recover")
@click.argument("name")
@json_option
@exits_with_cure
def recover(name: str, as_json: bool) -> None:
    """Make the first half of a recovery code; a security or audit administrator releases the second."""
    with connected(read_settings()) as engine, writing(engine) as session:
        person = queries.get_user(session, name)
        shown = codes.make_recovery(session, operator(), person)
    answer({"username": name, **_half(shown)}, as_json=as_json, text=_half_text(name, shown))


@user.command("why")
@click.argument("name")
@click.argument("subject")
@click.option("--permission", "asked", default=None, help="name of the permission (default: seeing the subject)")
@json_option
@exits_with_cure
def why(name: str, subject: str, asked: str | None, as_json: bool) -> None:
    """Why NAME may (or may not) see SUBJECT: a division (code or name), or a household, helper or project number."""
    if asked is not None and asked not in Permission.__members__:
        raise BadInput(f"没有权限 {asked}", fix="可用的有：" + "、".join(Permission.__members__))
    with connected(read_settings()) as engine, reading(engine) as session:
        principal = queries.principal_of(session, queries.get_user(session, name))
        about = find_subject(session, subject)
        permission = Permission[asked] if asked else about.permission
        told = explanation_of(session, principal, permission, about.division)
    answer(_because(name, about, told), as_json=as_json, text=_because_text(name, about, told))


def _because(name: str, about: Subject, told: Explanation) -> dict[str, Any]:
    lines = [
        {"role": w.role.value, "scope": w.scope, "relation": w.relation.value, "covers": w.covers} for w in told.lines
    ]
    return {
        "username": name,
        "subject": about.name,
        "division": about.division,
        "permission": told.permission.name,
        "allowed": told.allowed,
        "because": lines,
    }


def _because_text(name: str, about: Subject, told: Explanation) -> str:
    verdict = "可以" if told.allowed else "不可以"
    lines = [
        f"  {ROLE_NAMES[w.role]} · 范围 {w.scope} · {w.relation} · {'起' if w.covers else '不起'}作用"
        for w in told.lines
    ]
    return "\n".join([f"{name} {verdict}：{told.permission}（{about.name}）", *(lines or [f"  {told.who}"])])
