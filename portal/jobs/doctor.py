"""The doctor: checks of an installation, each with its cure. It reads and never mends."""

from __future__ import annotations

import base64
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from portal.jobs.checkup import index_problems, leaf_problems, log_problems, sealed_problems
from portal.kernel import sealing
from portal.kernel.clock import calendar_knows, today_cn
from portal.kernel.database import now_utc, protected_tables, reading
from portal.kernel.errors import CannotRun, ProductError
from portal.kernel.fonts import find_fonts
from portal.registers.divisions.calendar.queries import overrides
from portal.settings import Settings
from portal.trail import queries as trail
from portal.trail.connect import database_file, missing_keys
from portal.trail.keys import EVENT_NAME, load_keys, read_key, use
from portal.trail.triggers import list_missing
from portal.trail.verifier import Invalid, parse_checkpoint

LEAST_FREE = 2 << 30
OLDEST_CHECKPOINT = timedelta(minutes=15)
OLDEST_BACKUP = timedelta(days=8)
LOST_KEYS = "用 yangguang restore 把备份恢复到一个空目录，把其中 keys/ 里的文件放回来；不要新建"


@dataclass(frozen=True)
class Check:
    """One finding: what was looked at, whether it is well, what was seen, and the cure when it is not."""

    name: str
    ok: bool
    seen: str
    cure: str = ""

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


@dataclass(frozen=True)
class Patient:
    """The installation under examination."""

    settings: Settings
    engine: Engine
    newest_revision: str
    revision: Callable[[], str]
    upgrade: str  # the command that mends the schema of this home


def examine(patient: Patient) -> list[Check]:
    """All checks; one that cannot be made is itself a finding, so that the rest is still told."""
    found = _made(_database, patient)
    checks = CHECKS if all(check.ok for check in found) else WITHOUT_DATABASE
    for check in checks:
        found += _made(check, patient)
    return found


def _made(check: Callable[[Patient], Iterator[Check]], patient: Patient) -> list[Check]:
    found: list[Check] = []
    cure = "先处理别的问题，再运行 yangguang doctor"
    try:
        found.extend(check(patient))
    except ProductError as error:
        why = "；".join(part for part in (error.what, error.why) if part)
        found.append(Check(check.__name__.strip("_"), False, why, error.fix or cure))
    except (SQLAlchemyError, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        found.append(Check(check.__name__.strip("_"), False, f"查不下去：{reason}", cure))
    return found


def _database(patient: Patient) -> Iterator[Check]:
    """Is there a database that answers? Looking for a file that is gone must not make an empty one."""
    file = database_file(patient.settings)
    restore = "从最近的备份恢复：yangguang restore；新装先运行 yangguang init"
    if file is not None and not file.exists():
        yield Check("database", False, f"没有数据库文件 {file.name}", restore)
        return
    try:
        with patient.engine.connect() as connection:
            seen = "连得上" if file is None else connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except DBAPIError as error:
        cure = restore if file is not None else "启动 PostgreSQL，核对 YANGGUANG_DATABASE_URL"
        yield Check("database", False, str(error.orig).strip().split("\n")[0], cure)
        return
    yield Check("database", seen in ("ok", "连得上"), seen, restore)


def _python_home(patient: Patient) -> Iterator[Check]:
    home = patient.settings.home
    mode = stat.S_IMODE(home.stat().st_mode)
    yield Check("home_private", not mode & 0o007, f"{home.name} 的权限是 {mode:o}", f"chmod o-rwx {home}")
    free = shutil.disk_usage(home).free
    yield Check("disk_free", free > LEAST_FREE, f"剩余 {free >> 20} MB", "清理磁盘，或把 YANGGUANG_HOME 移到更大的盘")


def _revision(patient: Patient) -> Iterator[Check]:
    try:
        revision: str | None = patient.revision()
    except CannotRun:
        revision = None
    ok, cure = revision == patient.newest_revision, f"{patient.upgrade}（先备份）"
    yield Check("schema", ok, f"数据库 {revision}，程序 {patient.newest_revision}", cure)


def _engine_settings(patient: Patient) -> Iterator[Check]:
    with patient.engine.connect() as connection:
        if patient.engine.dialect.name == "sqlite":
            wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
            for name, value in wanted.items():
                is_ = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                yield Check(
                    f"sqlite_{name}", is_ == value, f"{name} = {is_}", "把数据库放在支持 WAL 的本地磁盘上，用本程序打开"
                )
            return
        version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        yield Check("postgresql_version", version >= 150000, f"{version // 10000}", "升级到 PostgreSQL 15 以上")
        for name in ("fsync", "full_page_writes"):
            is_ = connection.execute(text(f"SHOW {name}")).scalar_one()
            yield Check(f"postgresql_{name}", is_ == "on", f"{name} = {is_}", f"在 postgresql.conf 里把 {name} 设为 on")


def _keys(patient: Patient) -> Iterator[Check]:
    directory = patient.settings.keys_dir
    open_ = [p.name for p in sorted(directory.glob("*.key")) if stat.S_IMODE(p.stat().st_mode) & 0o077]
    yield Check("keys_private", not open_, "、".join(open_) or "只有本账户可读", f"chmod 600 {directory}/*.key")
    lost = missing_keys(patient.settings)
    yield Check("keys_present", not lost, f"不见了：{'、'.join(lost)}" if lost else "钥匙齐全", LOST_KEYS)
    if not lost:
        sealing.load_keys(directory)
        read_key(directory / EVENT_NAME)
        yield Check("keys_load", True, "每一把都读得出来")
    log_key = patient.settings.log_key
    if not log_key.exists():
        yield Check("log_key", False, "还没有日志签名钥匙", "yangguang trail checkpoint --init")
        return
    mode = stat.S_IMODE(log_key.stat().st_mode)
    yield Check("log_key_private", not mode & 0o077, f"权限 {mode:o}", f"chmod 600 {log_key}")
    apart = log_key.stat().st_uid != os.getuid()
    known = apart or patient.settings.is_demo
    yield Check(
        "log_key_apart",
        known,
        "另一个账户" if apart else "和应用同一个账户",
        "把日志钥匙交给单独的系统账户，用 YANGGUANG_LOG_KEY 指过去",
    )


def _sealed(patient: Patient) -> Iterator[Check]:
    """Do the keys open what is sealed, and find what is indexed?"""
    if missing_keys(patient.settings):
        return
    keyring = sealing.load_keys(patient.settings.keys_dir)
    use(patient.engine, load_keys(patient.settings.keys_dir, keyring))
    problems = sealed_problems(patient.engine) + index_problems(patient.engine)
    yield Check("keys_fit", not problems, "；".join(problems) or "抽查的加密内容都打得开", LOST_KEYS)


def _protection(patient: Patient) -> Iterator[Check]:
    wanted = [table.name for table in protected_tables()]
    with patient.engine.connect() as connection:
        missing = list_missing(connection, wanted)
    yield Check(
        "triggers",
        not missing,
        f"{len(wanted)} 张受保护的表" + (f"，缺触发器：{'、'.join(missing)}" if missing else ""),
        f"{patient.upgrade} 补上触发器，再运行 yangguang trail checkpoint，查是谁拿掉的",
    )


def _log(patient: Patient) -> Iterator[Check]:
    with reading(patient.engine) as session:
        waiting = trail.count_unsequenced(session)
        oldest = trail.oldest_unsequenced_at(session)
        facts = trail.find_log_facts(session)
    late = oldest is not None and now_utc() - oldest > OLDEST_CHECKPOINT
    yield Check("log_published", not late, f"{waiting} 条等待公布", "启动日志公布：yangguang trail checkpoint --loop")
    public = _public_head(patient.settings)
    signed = (facts.size, facts.root) if facts else None
    cure = "yangguang trail checkpoint 补上；公开的比数据库多，说明数据库被退回过，先查清再签发"
    apart = "，根不同" if public and signed and public[0] == signed[0] and public != signed else ""
    yield Check("log_complete", public == signed, f"公开 {_told(public)}，数据库签过 {_told(signed)}{apart}", cure)
    problems = log_problems(patient.settings)
    cure = "从镜像或备份取回那个文件，再运行 yangguang trail verify；查是谁改的"
    yield Check("log_verifies", not problems, "；".join(problems[:3]) or "公开文件核对无误", cure)
    problems = leaf_problems(patient.engine, patient.settings)
    cure = "公开的那一份有签名，以它为准：从备份取回数据库里的那一条；查是谁改的"
    yield Check("log_leaves", not problems, "；".join(problems[:3]) or "数据库里的条目和公开的一致", cure)


def _public_head(settings: Settings) -> tuple[int, str] | None:
    """Size and root of the tree that the public checkpoint speaks for; None where there is none that can be read."""
    try:
        checkpoint = parse_checkpoint((settings.log_dir / "checkpoint").read_bytes())
        return checkpoint.size, base64.b64encode(checkpoint.root).decode()
    except (OSError, Invalid):
        return None


def _told(head: tuple[int, str] | None) -> str:
    return "还没有" if head is None else f"{head[0]} 条"


def _calendar(patient: Patient) -> Iterator[Check]:
    year = today_cn().year + 1
    with reading(patient.engine) as session:
        entered = sum(1 for day in overrides(session) if day.year == year)
    ok = calendar_knows(year) or entered > 0
    yield Check(
        "calendar_next_year",
        ok,
        f"{year} 年：{'已知' if ok else '没有节假日安排'}",
        f"国务院公布后，在“工作日调整”里录入 {year} 年的放假和调休",
    )


def _site(patient: Patient) -> Iterator[Check]:
    settings = patient.settings
    empty = [
        n
        for n, v in (
            ("网站标识码", settings.site_code),
            ("ICP 备案号", settings.icp_number),
            ("公安备案号", settings.police_number),
        )
        if not v
    ]
    ok = not empty or settings.is_demo
    yield Check(
        "site_marks",
        ok,
        f"没有填：{'、'.join(empty)}" if empty else "齐全",
        "设 YANGGUANG_SITE_CODE、YANGGUANG_ICP、YANGGUANG_POLICE",
    )
    yield Check(
        "demonstration", not settings.is_demo, "这里有演示账户" if settings.is_demo else "没有演示账户",
        "只在本机演示；正式使用请换一个空的 YANGGUANG_HOME 重新 init",
    )  # fmt: skip


def _fonts(_patient: Patient) -> Iterator[Check]:
    fonts = find_fonts()
    seen = f"{fonts.sans}、{fonts.serif}" if fonts else "没有中文字体，/flow.png 画不出来"
    yield Check("fonts", fonts is not None, seen, "apt-get install fonts-noto-cjk（或系统自带的黑体），再重启服务")


def _leftovers(patient: Patient) -> Iterator[Check]:
    staging = patient.settings.staging_dir
    old = [p for p in staging.glob("*") if p.is_file() and _age(p) > timedelta(days=30)] if staging.is_dir() else []
    yield Check("staging", not old, f"{len(old)} 份超过 30 天没有提交的导入", "在“导入”里提交或放弃")
    backups = [*patient.settings.home.glob("*.yangguang-backup"), patient.settings.home / "LAST_BACKUP"]
    newest = max((p.stat().st_mtime for p in backups if p.exists()), default=None)
    fresh = newest is not None and now_utc().timestamp() - newest < OLDEST_BACKUP.total_seconds()
    yield Check(
        "backup_recent",
        fresh or patient.settings.is_demo,
        "8 天内有备份" if fresh else "8 天内没有备份",
        "yangguang backup --to 文件",
    )


def _age(path: Path) -> timedelta:
    return timedelta(seconds=now_utc().timestamp() - path.stat().st_mtime)


def _people(patient: Patient) -> Iterator[Check]:
    with patient.engine.connect() as connection:
        roles = set(connection.execute(text("SELECT DISTINCT role FROM user_roles")).scalars())
    missing = [r for r in ("system_admin", "security_admin", "audit_admin") if r not in roles]
    yield Check(
        "three_administrators",
        not missing,
        f"还没有：{'、'.join(missing)}" if missing else "三员齐全",
        "yangguang init 后，请受邀人用一次性邀请码登录",
    )


CHECKS: tuple[Callable[[Patient], Iterator[Check]], ...] = (
    _python_home, _revision, _engine_settings, _keys, _sealed, _protection, _log, _calendar, _people, _site, _fonts, _leftovers,
)  # fmt: skip
WITHOUT_DATABASE: tuple[Callable[[Patient], Iterator[Check]], ...] = (_python_home, _keys, _site, _fonts, _leftovers)
