"""Setting up and upgrading an installation: the data directory, its keys, the database schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.database import WRITING, make_engine, protected_tables, writing
from portal.kernel.errors import CannotRun
from portal.registers.funds.sharing.actions import keep_back_everywhere
from portal.settings import PROJECT_ROOT, Settings
from portal.trail import actions as trail
from portal.trail import triggers
from portal.trail.connect import connected, refuse_missing

KEPT_BACK_SINCE = "0008"  # the first schema that keeps with each line whether its sums are public


def alembic_config() -> Config:
    """Alembic's configuration, wherever the command is called from."""
    config = Config(toml_file=str(PROJECT_ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    return config


def prepare_home(settings: Settings) -> None:
    """Create the data directory, readable by its owner only."""
    for directory in (settings.home, settings.staging_dir, settings.files_dir):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def upgrade_database(settings: Settings, revision: str = "head") -> str:
    """Bring the database to the newest schema; returns the revision. Safe to repeat."""
    prepare_home(settings)
    engine = make_engine(settings.database_url)
    try:
        with engine.execution_options(**{WRITING: True}).begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            before = MigrationContext.configure(connection).get_current_revision()
            command.upgrade(config, revision)
            if before is not None and before < KEPT_BACK_SINCE and revision == "head":
                with Session(connection) as session:  # in the upgrade's own transaction: `commit` only leaves it
                    keep_back_everywhere(session)
                    session.commit()
        return current_revision(engine)
    finally:
        engine.dispose()


def mend_protection(settings: Settings, actor: str) -> list[str]:
    """Put back triggers that somebody took away, and record it; returns the tables."""
    with connected(settings) as engine, writing(engine) as session:
        lacking = triggers.list_missing(session.connection(), [table.name for table in protected_tables()])
        if lacking:
            triggers.put_back(session.connection(), lacking)
            trail.record(
                session, kind="installation.triggers_restored", actor=actor,
                subjects=[("table", name) for name in lacking], after={"tables": lacking},
            )  # fmt: skip
    return lacking


def current_revision(engine: Engine) -> str:
    """The schema revision of a database; CannotRun when it has none."""
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise CannotRun("数据库还没有建表", fix="先运行 yangguang init")
    return revision


def newest_revision() -> str:
    """The revision this version of the program wants."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise CannotRun("找不到迁移脚本", why=f"{Path('migrations')} 是空的", fix="重新取一份完整的代码")
    return head


def upgrading(settings: Settings) -> str:
    """The command that brings this home to the newest schema: `init` refuses a demonstration."""
    return "yangguang demo --no-serve" if settings.is_demo else "yangguang init"


def require_newest(settings: Settings) -> None:
    """Refuse to start on a home that was never set up, or whose schema is another version's; says what to run."""
    refuse_missing(settings)
    engine = make_engine(settings.database_url)
    try:
        revision, newest = current_revision(engine), newest_revision()
    finally:
        engine.dispose()
    if revision != newest:
        raise CannotRun(f"数据库是 {revision} 版，程序要 {newest} 版", fix=f"先备份，再运行 {upgrading(settings)} 升级")
