"""Setting up and upgrading an installation: the data directory, its keys, the database schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from portal.kernel.database import WRITING, make_engine
from portal.kernel.errors import CannotRun
from portal.settings import PROJECT_ROOT, Settings


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
            command.upgrade(config, revision)
        return current_revision(engine)
    finally:
        engine.dispose()


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


def require_newest(settings: Settings) -> None:
    """Refuse to start on a home that was never set up, or whose schema is another version's; says what to run."""
    if not settings.home.exists():
        raise CannotRun(f"没有数据目录 {settings.home.name}", fix="先运行 yangguang init，或 make demo 看演示")
    engine = make_engine(settings.database_url)
    try:
        revision, newest = current_revision(engine), newest_revision()
    finally:
        engine.dispose()
    if revision != newest:
        raise CannotRun(f"数据库是 {revision} 版，程序要 {newest} 版", fix="先备份，再运行 yangguang init 升级")
