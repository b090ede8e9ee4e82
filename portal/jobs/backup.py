"""Backup 备份 and restore 恢复: database, files, log and keys, as they were at one moment."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from portal.jobs import archive
from portal.kernel import sealing
from portal.kernel.database import iso_millis, make_engine, now_utc, read_url
from portal.kernel.errors import BadInput, CannotRun
from portal.settings import Settings

LEAST_PASSPHRASE = 12
LOG_KEY = "log.key"


@dataclass(frozen=True)
class Restored:
    """What a restore or a verification found."""

    ok: bool
    bytes: int
    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def back_up(settings: Settings, target: Path, passphrase: str) -> int:
    """Write everything into one archive; returns its size in bytes. The present file is replaced only at the end."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise BadInput(f"口令太短：至少 {LEAST_PASSPHRASE} 个字符", why="钥匙在备份里只靠它保护")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    # The scratch folder lies in the home: on its disk (links), under its mode, and never beside the finished archive.
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".backup-") as scratch:
        work = Path(scratch)
        dump = _one_moment(settings, work)
        try:
            with tarfile.open(part, "w:gz", compresslevel=3) as tar:
                _fill(archive.Writer(tar), settings, work, dump, passphrase)
            with part.open("rb") as finished:
                os.fsync(finished.fileno())
            part.chmod(0o600)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target.stat().st_size


def _fill(writer: archive.Writer, settings: Settings, work: Path, dump: Path, passphrase: str) -> None:
    writer.add_file(archive.DATABASE, dump)
    files = writer.add_tree("files", settings.files_dir)
    writer.add_tree("log", work / "log")
    writer.add_bytes(archive.KEYS, sealing.export_keys(_all_keys(settings, work), passphrase))
    if settings.is_demo:
        writer.add_file(f"marks/{settings.demo_marker.name}", settings.demo_marker)
    writer.finish({"format": 1, "made_at": iso_millis(now_utc()), "dialect": _dialect(settings), "files": files})


def _dialect(settings: Settings) -> str:
    return read_url(settings.database_url).get_backend_name()


def _all_keys(settings: Settings, work: Path) -> Path:
    """The keys of the home and, where this account may read it, the key of the log."""
    together = work / "keys"
    shutil.copytree(settings.keys_dir, together)
    if settings.log_key.exists() and os.access(settings.log_key, os.R_OK):
        shutil.copy(settings.log_key, together / LOG_KEY)
    return together


def _one_moment(settings: Settings, work: Path) -> Path:
    """Database and log of the same moment: the log's files are linked while no writer can move the tree's head."""
    return _dump_sqlite(settings, work) if _dialect(settings) == "sqlite" else _dump_postgresql(settings, work)


def _dump_sqlite(settings: Settings, work: Path) -> Path:
    path = read_url(settings.database_url).database
    if path is None or not Path(path).exists():
        raise CannotRun("没有数据库可备份", fix="核对 YANGGUANG_HOME")
    dump = work / "database.sqlite3"
    lock = sqlite3.connect(path, isolation_level=None, timeout=60)
    source = sqlite3.connect(path, isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
        _link_log(settings, work)
        lock.execute("ROLLBACK")
        with sqlite3.connect(dump) as copy:
            source.backup(copy, pages=4096)
        copy.close()
    finally:
        source.close()
        lock.close()
    return dump


def _dump_postgresql(settings: Settings, work: Path) -> Path:
    dump = work / "database.pgdump"
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            _link_log(settings, work)
            _run("pg_dump", settings, "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
    finally:
        engine.dispose()
    return dump


def _link_log(settings: Settings, work: Path) -> None:
    """Tiles never change, so a link is a copy; the checkpoint is replaced, so it is copied."""
    for path in settings.log_dir.rglob("*") if settings.log_dir.is_dir() else ():
        if path.is_file():
            to = work / "log" / path.relative_to(settings.log_dir)
            to.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, to)
            except OSError:
                shutil.copy2(path, to)


def _run(program: str, settings: Settings, *arguments: str) -> None:
    found = shutil.which(program) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))), None
    )
    if found is None:
        raise CannotRun(f"没有 {program}", fix="安装 PostgreSQL 客户端（Debian：postgresql-client）")
    url = read_url(settings.database_url)
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [found, *arguments, f"--dbname={plain}"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotRun(
            f"{program} 没有成功",
            why=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "",
            fix="按提示处理后再试",
        )


def is_empty(settings: Settings) -> bool:
    """True when nothing would be overwritten: no database with tables, no keys."""
    if settings.keys_dir.exists() and any(settings.keys_dir.iterdir()):
        return False
    if _dialect(settings) == "sqlite":
        path = read_url(settings.database_url).database
        return path is None or not Path(path).exists()
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
            return int(tables) == 0
    finally:
        engine.dispose()


def restore(settings: Settings, source: Path, passphrase: str) -> dict[str, Any]:
    """Put an archive into an empty home and return its manifest. CannotRun when the home holds anything."""
    if not source.exists():
        raise CannotRun(f"没有备份文件 {source.name}", fix="核对路径")
    if not is_empty(settings):
        raise CannotRun("这个数据目录里已有数据，没有恢复", fix="换一个空的 YANGGUANG_HOME（和空的数据库）再恢复")
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".restore-") as scratch:
        work = Path(scratch)
        manifest = archive.unpack(source, work)
        if manifest["dialect"] != _dialect(settings):
            raise CannotRun(f"备份来自 {manifest['dialect']}，这里是 {_dialect(settings)}", fix="恢复到同一种数据库")
        sealing.import_keys((work / archive.KEYS).read_bytes(), passphrase, work / "keys")
        _put_database(settings, work / archive.DATABASE)
        _put_keys(settings, work / "keys")
        for name, place in (("files", settings.files_dir), ("log", settings.log_dir)):
            if (work / name).exists():
                shutil.copytree(work / name, place, dirs_exist_ok=True)
        if (work / "marks" / settings.demo_marker.name).exists():
            shutil.copy(work / "marks" / settings.demo_marker.name, settings.demo_marker)
    return manifest


def _put_database(settings: Settings, dump: Path) -> None:
    if _dialect(settings) == "sqlite":
        path = Path(str(read_url(settings.database_url).database))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(dump, path)
    else:
        _run("pg_restore", settings, "--no-owner", "--exit-on-error", str(dump))


def _put_keys(settings: Settings, keys: Path) -> None:
    log_key = keys / LOG_KEY
    if log_key.exists():
        settings.log_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(log_key, settings.log_key)
    shutil.copytree(keys, settings.keys_dir, dirs_exist_ok=True)
    for path in settings.keys_dir.iterdir():
        path.chmod(0o600)


def scratch_settings(settings: Settings, home: Path) -> Settings:
    """Settings of a throw-away home of the same kind, for checking a backup without touching anything."""
    if _dialect(settings) != "sqlite":
        raise CannotRun(
            "核对 PostgreSQL 的备份要有一个空库",
            fix="把 YANGGUANG_HOME 和 YANGGUANG_DATABASE_URL 指到空的地方，再运行 restore --verify",
        )
    return Settings(home=home, database_url=f"sqlite:///{home / 'yangguang.sqlite3'}", site_host=settings.site_host)


def tables_with_rows(engine: Engine) -> dict[str, int]:
    """Row counts of all tables."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            )
        else:
            names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        return {name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for (name,) in names}  # noqa: S608  # names come from the catalogue
