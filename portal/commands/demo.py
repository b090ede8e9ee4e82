"""`init` and `demo`: a new installation, and one that is filled with the demonstration county."""

from __future__ import annotations

import getpass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.beginning.actions import create_demo_accounts, first_administrators, has_other_accounts
from portal.accounts.permissions import Role
from portal.commands.installation import mend_protection, upgrade_database
from portal.commands.serving import (
    gunicorn_command,
    refuse_public_demonstration,
    refuse_taken_port,
    run_together,
    yangguang,
)
from portal.commands.trail import checkpoint_once
from portal.demo.asking import ASKING, load_requests
from portal.demo.build import Demonstration, demo_tables, make_demonstration
from portal.demo.cards import CARDS, load_cards, told_card
from portal.demo.cases import CASES, load_cases
from portal.demo.inspections import INSPECTIONS, load_inspections
from portal.demo.leads import LEADS, load_leads
from portal.demo.load import Loaded, load_tables
from portal.demo.marker import Marker, begin, read_marker
from portal.demo.notices import NOTICES, load_notices
from portal.demo.parameter_changes import PARAMETER_CHANGES, load_parameter_changes
from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.demo.plan import SCALES, Plan, make_plan
from portal.demo.policies import POLICIES, load_policies
from portal.demo.procedures import PROCEDURES, load_procedures
from portal.demo.questions import QUESTIONS, load_questions
from portal.demo.reports import PASSPHRASE, REPORTS, load_reports
from portal.demo.visit_rows import VISITS, load_visits
from portal.kernel.clock import today_cn
from portal.kernel.console import answer, exits_with_cure, json_option, say
from portal.kernel.database import reading, writing
from portal.kernel.errors import CannotRun
from portal.kernel.keeping import kept_tables
from portal.settings import Settings, read_settings
from portal.trail.connect import connect, connected, keyring_of

COUNTY = "320826000000"
CITY = "320800000000"
HOST = "127.0.0.1"


@click.command("init")
@click.option("--admin", default="admin", show_default=True, help="user name of the first system administrator")
@json_option
@exits_with_cure
def init(admin: str, as_json: bool) -> int:
    """Create or upgrade the database, make the keys and the log, invite the first three administrators."""
    settings = read_settings()
    if settings.is_demo:
        raise CannotRun("这是演示数据目录，不能当正式平台用", fix="换一个空的 YANGGUANG_HOME 再运行 yangguang init")
    revision = upgrade_database(settings)
    mend_protection(settings, f"cli:{getpass.getuser()}")
    with connected(settings) as engine, writing(engine) as session:
        invitations = first_administrators(session, f"cli:{getpass.getuser()}", admin)
    checkpoint_once(settings, init=True)
    told = [
        {"username": i.username, "role": i.role.value, "code": i.code, "expires_at": i.expires_at} for i in invitations
    ]
    lines = [f"数据库 {settings.database_url.split('@')[-1]}，版本 {revision}"]
    lines += [
        f"{i['role']}  {i['username']}  一次性邀请码 {i['code']}（{i['expires_at']:%Y-%m-%d %H:%M} UTC 前有效）"
        for i in told
    ]
    database = settings.database_url.split("@")[-1]
    answer({"database": database, "revision": revision, "invitations": told}, as_json=as_json, text="\n".join(lines))
    return 0


@click.command("demo")
@click.option("--scale", type=click.Choice(sorted(SCALES)), default="county", show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2017, show_default=True)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="the demonstration's today (default: today)")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="stop after the data are there")
@json_option
@exits_with_cure
def demo(scale: str, seed: int, as_of: datetime | None, port: int, no_serve: bool, as_json: bool) -> int:
    """Fill an empty installation with the demonstration data, then serve it on this machine."""
    settings = read_settings()
    refuse_public_demonstration(settings, HOST)
    if not no_serve:
        refuse_taken_port(HOST, port)
    result = fill(settings, scale, seed, as_of.date() if as_of else today_cn())
    answer(result, as_json=as_json, text=_told(result, None if no_serve else port))
    if no_serve:
        return 0
    return run_together(
        [gunicorn_command(HOST, port, 2), yangguang("worker"), yangguang("trail", "checkpoint", "--loop")]
    )


def fill(settings: Settings, scale: str, seed: int, as_of: date) -> dict[str, Any]:
    """Make everything there is to show. Repeated on the same home it tells what is there, or goes on where it stopped."""
    upgrade_database(settings)
    mend_protection(settings, f"cli:{getpass.getuser()}")
    engine = connect(settings)
    try:
        marker = _marker(settings, engine, make_plan(scale, seed, as_of))
        plan = marker.plan
        say(f"演示数据 {plan.scale.name}，种子 {plan.seed}，截至 {plan.as_of}")
        demonstration = make_demonstration(plan)
        missing = marker.missing(demo_tables(demonstration))
        loaded = load_tables(engine, keyring_of(settings), settings.staging_dir, missing, say)
        if loaded.rows:
            say(_speed(loaded))
        if marker.needs(POLICIES):
            say(f"政策 {load_policies(engine)} 项")
            marker.note(POLICIES)
        if marker.needs(VISITS):
            visits = load_visits(engine, keyring_of(settings), settings.files_dir, demonstration)
            marker.note(VISITS)
            say(f"走访 {visits:,} 次")
        if marker.needs(NOTICES):
            say(f"公示公告 {load_notices(engine, settings.files_dir, demonstration)} 份")
            marker.note(NOTICES)
        if marker.needs(PROCEDURES):
            say(f"进出程序 {load_procedures(engine, settings.files_dir, demonstration)} 个")
            marker.note(PROCEDURES)
        if marker.needs(ASKING):
            say(f"求助申报 {load_requests(engine, settings.files_dir, demonstration)} 条")
            marker.note(ASKING)
        if marker.needs(CARDS):
            load_cards(engine, settings.demo_marker.parent, demonstration)
            marker.note(CARDS)
        with writing(engine) as session:
            accounts = create_demo_accounts(
                session,
                keyring_of(settings),
                demo_scopes(demonstration),
                is_demo=True,
                links=demo_links(demonstration),
                city=CITY,
            )
        _fill_oversight(engine, settings, demonstration, marker)
        counts = _counts(engine)
    finally:
        engine.dispose()
    checkpoint_once(settings, init=True)
    card = told_card(settings.demo_marker.parent)
    stories = [s.as_dict() for s in demonstration.stories]
    return {**counts, "accounts": accounts, "stories": stories, "household_card": card, "case_passphrase": PASSPHRASE}


def _fill_oversight(engine: Engine, settings: Settings, demonstration: Demonstration, marker: Marker) -> None:
    """What supervision has in hand, and what people reported and asked: after the accounts, which do it."""
    if marker.needs(INSPECTIONS):
        say(f"随机抽查 {load_inspections(engine, demonstration)} 户")
        marker.note(INSPECTIONS)
    if marker.needs(LEADS):
        say(f"疑点 {load_leads(engine, settings.files_dir, demonstration)} 条在办")
        marker.note(LEADS)
    if marker.needs(CASES):
        say(f"案件 {load_cases(engine, settings.files_dir, demonstration)} 个")
        marker.note(CASES)
    if marker.needs(REPORTS):
        say(f"举报 {load_reports(engine, settings.sealed_dir, demonstration)} 件")
        marker.note(REPORTS)
    if marker.needs(QUESTIONS):
        say(f"群众提问 {load_questions(engine, demonstration)} 条")
        marker.note(QUESTIONS)
    if marker.needs(PARAMETER_CHANGES):
        say(f"等复核的参数改动 {load_parameter_changes(engine, demonstration)} 项")
        marker.note(PARAMETER_CHANGES)


def _marker(settings: Settings, engine: Engine, plan: Plan) -> Marker:
    if settings.is_demo:
        return read_marker(settings.demo_marker)
    with reading(engine) as session:
        rows = any(session.scalar(select(table.c.id).limit(1)) is not None for table in kept_tables())
        if rows or has_other_accounts(session):
            raise CannotRun(
                "这个数据目录里已有别的数据，不能装演示数据",
                why="演示账号人人知道密码",
                fix="换一个空的 YANGGUANG_HOME 再运行 yangguang demo",
            )
    return begin(settings.demo_marker, plan)


def _speed(loaded: Loaded) -> str:
    total = loaded.rows.total()
    return f"共 {total:,} 行，{loaded.seconds:.0f} 秒，每秒 {total / max(loaded.seconds, 0.1):,.0f} 行"


def _counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            name: _current(session, name) for name in ("households", "persons", "allocations", "payments", "check_ins")
        }


def _current(session: Session, name: str) -> int:
    table = next(t for t in kept_tables() if t.name == name)
    return session.scalar(select(func.count()).select_from(table).where(table.c.superseded_at.is_(None))) or 0


def demo_scopes(demonstration: Demonstration) -> dict[Role, list[str]]:
    """Each role's place: village, township, county, or the city where there is one."""
    top = CITY if demonstration.plan.scale.has_city else COUNTY
    here = {Role.VILLAGE_CLERK: STORY_VILLAGE, Role.HOUSEHOLD: STORY_VILLAGE}
    here |= {Role.TOWNSHIP_CLERK: STORY_TOWN, Role.CARD_CLERK: STORY_TOWN}
    here |= {role: COUNTY for role in (Role.HELPER, Role.DEPARTMENT_OFFICER, Role.FUND_MANAGER, Role.PROJECT_MANAGER)}
    return {role: [here.get(role, top)] for role in Role}


def demo_links(demonstration: Demonstration) -> dict[Role, dict[str, str]]:
    """The helper of the hills and the household of story 1 have accounts of their own."""
    stories = {story.number: story.records for story in demonstration.stories}
    return {
        Role.HELPER: {"helper_no": str(stories[5]["hill_helper"])},
        Role.HOUSEHOLD: {"household_no": str(stories[1]["household"])},
    }


def _told(result: dict[str, Any], port: int | None) -> str:
    lines = [
        f"{result['households']:,} 户 {result['persons']:,} 人，{result['allocations']:,} 条拨付，{result['payments']:,} 笔发放",
        f"演示账号，口令都是 {result['accounts'][0]['password']}；登录时的动态码由验证器 App 按右边的密钥算出：",
    ]
    lines += [f"  {a['username']:<26} {'、'.join(a['scopes']):<14} {_secret(a)}" for a in result["accounts"]]
    lines += [
        f"  {a['username']} 的手机登记码：{a['enrolment_code']}" for a in result["accounts"] if "enrolment_code" in a
    ]
    lines.append(f"  打开举报的案件口令（监督人员，仅演示）：{result['case_passphrase']}")
    if (card := result["household_card"]) is not None:
        lines.append(f"  户 {card['household']} 的明白卡：打开 {card['path']}，填身份证最后四位 {card['last_four']}")
    if port is not None:
        lines.append(f"打开 http://{HOST}:{port}/")
    return "\n".join(lines)


def _secret(account: dict[str, Any]) -> str:
    """The secret of the second factor, as an authenticator takes it by hand."""
    query = parse_qs(urlsplit(str(account.get("otpauth", ""))).query)
    return next(iter(query.get("secret", [])), "")
