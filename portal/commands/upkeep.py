"""`backup`, `restore`, `doctor`: keeping an installation."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.commands.installation import current_revision, newest_revision, upgrading
from portal.jobs.backup import back_up, is_empty, restore, scratch_settings, tables_with_rows
from portal.jobs.checkup import index_problems, integrity_problems, log_problems, sealed_problems
from portal.jobs.doctor import Patient, examine
from portal.kernel.console import REFUSED, answer, exits_with_cure, json_option, say
from portal.kernel.database import make_engine
from portal.kernel.errors import CannotRun
from portal.settings import Settings, read_settings
from portal.trail.connect import connect

passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="the first line seals the keys",
)


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    given = os.environ.get("YANGGUANG_PASSPHRASE")
    if file is not None:
        first = file.read_bytes().split(b"\n")[0].decode(errors="replace").strip()
        if not first:
            raise CannotRun(f"口令文件 {file.name} 的第一行是空的", fix="把口令写在第一行")
        return first
    if given:
        return given
    if not sys.stdin.isatty():
        raise CannotRun(
            "没有口令", why="备份里的钥匙要用口令封存", fix="用 --passphrase-file，或设 YANGGUANG_PASSPHRASE"
        )
    return str(click.prompt("口令", hide_input=True, confirmation_prompt=confirm, err=True))


@click.command("backup")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False))
@passphrase_file
@json_option
@exits_with_cure
def backup(target: Path, passphrase_file: Path | None, as_json: bool) -> int:
    """Everything in one file: database, photos, log, and the keys sealed under a passphrase."""
    settings = read_settings()
    size = back_up(settings, target, _passphrase(passphrase_file, confirm=True))
    (settings.home / "LAST_BACKUP").touch()
    say(f"备份写好：{target.name}，{size >> 10} KB。口令请另外保管，没有口令就恢复不了")
    answer({"bytes": size, "ok": True, "file": str(target)}, as_json=as_json)
    return 0


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", is_flag=True, help="check the archive; a home that holds data is left untouched")
@passphrase_file
@json_option
@exits_with_cure
def restore_command(source: Path, verify: bool, passphrase_file: Path | None, as_json: bool) -> int:
    """Put a backup into an empty home and check it; with --verify also where the home holds data, without touching it."""
    settings = read_settings()
    passphrase = _passphrase(passphrase_file, confirm=False)
    if verify and not is_empty(settings):
        with _scratch(settings) as scratch:
            restore(scratch, source, passphrase)
            problems, counts = _check(scratch)
    else:
        restore(settings, source, passphrase)
        problems, counts = _check(settings)
    for problem in problems:
        say(f"✗ {problem}")
    result = {"ok": not problems, "bytes": source.stat().st_size, "problems": problems, "tables": counts}
    answer(result, as_json=as_json, text="备份完好" if not problems else "备份有问题")
    return REFUSED if problems else 0


@contextmanager
def _scratch(settings: Settings) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".verify-") as home:
        yield scratch_settings(settings, Path(home))


def _check(settings: Settings) -> tuple[list[str], dict[str, int]]:
    """What is wrong with a restored home: schema, keys that do not open, a log that does not verify."""
    problems: list[str] = []
    engine = connect(settings)
    try:
        revision = current_revision(engine)
        if revision != newest_revision():
            problems.append(f"数据库是 {revision} 版，程序要 {newest_revision()} 版：恢复后运行 yangguang init")
        counts = tables_with_rows(engine)
        problems += integrity_problems(engine) + sealed_problems(engine) + index_problems(engine)
    finally:
        engine.dispose()
    return problems + log_problems(settings), counts


@click.command("doctor")
@json_option
@exits_with_cure
def doctor(as_json: bool) -> int:
    """Checks of the installation, each with its cure."""
    settings = read_settings()
    if not settings.home.exists():
        raise CannotRun(f"没有数据目录 {settings.home.name}", fix="先运行 yangguang init 或 make demo")
    engine = make_engine(settings.database_url)
    patient = Patient(settings, engine, newest_revision(), lambda: current_revision(engine), upgrading(settings))
    checks = examine(patient)
    engine.dispose()
    bad = [check for check in checks if not check.ok]
    lines = [f"{'✓' if c.ok else '✗'} {c.name}：{c.seen}" + ("" if c.ok else f"\n    → {c.cure}") for c in checks]
    answer({"checks": [c.as_json() for c in checks]}, as_json=as_json, text="\n".join(lines))
    return REFUSED if bad else 0
