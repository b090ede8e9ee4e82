"""`import KIND FILE…` and `templates --to DIR`: files in, and the sheets that people fill."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from portal.intake.actions import Sender
from portal.intake.declaration import Kind
from portal.intake.files import Sources
from portal.intake.importing import Wish, import_file, sweep
from portal.intake.kinds import KINDS, find_kind
from portal.intake.profiles import Profile
from portal.intake.saved_profiles import choose_profile
from portal.intake.templates import Place, villages_of, write_template
from portal.kernel.clock import CHINA
from portal.kernel.console import REFUSED, answer, exits_with_cure, json_option, say
from portal.kernel.database import reading
from portal.kernel.errors import BadInput, CannotRun
from portal.settings import Settings, read_settings
from portal.trail.connect import connect, keyring_of

SHOWN_ERRORS = 20
SUMMED = ("read", "totals_checked", "accepted", "unchanged", "updated", "rejected", "errors_total")


@click.command("import")
@click.argument("kind")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="the day the data are as of")
@click.option("--department", help="the unit that supplies the file")
@click.option("--profile", help="name of a shipped or saved profile, or a YAML file")
@click.option("--checker", help="the second person who has checked the file")
@click.option("--dry-run", is_flag=True, help="say what would happen and write nothing")
@click.option("--rejects", type=click.Path(path_type=Path), help="workbook for the refused rows")
@json_option
@exits_with_cure
def import_command(
    kind: str,
    files: Sequence[Path],
    as_of: datetime | None,
    department: str | None,
    profile: str | None,
    checker: str | None,
    dry_run: bool,
    rejects: Path | None,
    as_json: bool,
) -> int:
    """Import files of one KIND: good rows enter, bad rows come back with row, column, value, why and what to do."""
    settings = read_settings()
    declared = find_kind(kind)
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise CannotRun(f"找不到文件：{'、'.join(missing)}", fix="核对路径")
    if rejects is not None and len(files) > 1:
        raise BadInput("--rejects 一次只能配一个文件", fix="逐个文件导入")
    sender = Sender(f"cli:{getpass.getuser()}", checker, department, as_of.date() if as_of else None)
    answers = []
    with opened_sources(settings) as sources:
        sweep(sources)
        wish = Wish(declared, _profile(sources, profile, declared, settings.home / "profiles"), dry_run, rejects)
        for path in files:
            answers.append(import_file(sources, path, wish, sender))
            say(sentence(answers[-1]))
    answer(combined(answers), as_json=as_json, text="\n".join(line for one in answers for line in told_errors(one)))
    return REFUSED if any(a["rejected"] or a["errors"] for a in answers) else 0


def _profile(sources: Sources, name: str | None, kind: Kind, saved_in: Path) -> Profile | None:
    """The profile that is asked for: saved on screen, in the home's folder, shipped, or a file."""
    if not name:
        return None
    with reading(sources.engine) as session:
        return choose_profile(session, name, kind, saved_in)


@contextmanager
def opened_sources(settings: Settings) -> Iterator[Sources]:
    """Where an import of this installation works; closes its connections at the end."""
    engine = connect(settings)
    try:
        yield Sources(engine, keyring_of(settings), settings.staging_dir)
    finally:
        engine.dispose()


def combined(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One JSON object for all files: sums, every error with its file, and each file's own answer."""
    if len(answers) == 1:
        one = answers[0]
        return {**one, "errors": [{"file": one["file"], **error} for error in one["errors"]]}
    whole: dict[str, Any] = {"kind": answers[0]["kind"], **{name: sum(a[name] for a in answers) for name in SUMMED}}
    amounts = [a["amount_fen"] for a in answers if a["amount_fen"] is not None]
    whole["amount_fen"] = sum(amounts) if amounts else None
    whole["extensions"] = sorted({name for a in answers for name in a["extensions"]})
    whole["errors"] = [{"file": a["file"], **error} for a in answers for error in a["errors"]]
    whole["batch"] = [a["batch"] for a in answers]
    whole["files"] = list(answers)
    return whole


def told_errors(one: dict[str, Any]) -> list[str]:
    """The first refused cells of a file for a person: row, column, value, why, and what to do."""
    errors = [] if "refused" in one else one["errors"]
    lines = [
        f"  第 {e['row']} 行 · {e['column']} · {e['value']}：{e['why']}；{e['fix']}" for e in errors[:SHOWN_ERRORS]
    ]
    more = one["errors_total"] - len(lines) if lines else 0
    return [*lines, *([f"  还有 {more} 处；用 --rejects 文件.xlsx 取回全部退回的行和原因"] if more > 0 else [])]


def sentence(one: dict[str, Any]) -> str:
    """One line for a person."""
    if "refused" in one:
        return str(one["refused"])
    if "already" in one:
        earlier = one["already"]
        when = f"{earlier['at'].astimezone(CHINA):%Y-%m-%d %H:%M}"
        return f"{one['file']}：这份表已由 {earlier['by']} 在 {when} 导入（{earlier['batch']}），没有改动"
    amount = f"，合计 {one['amount_fen'] / 100:,.2f}" if one["amount_fen"] is not None else ""
    counts = f"新增 {one['accepted']}，变更 {one['updated']}，无变化 {one['unchanged']}，退回 {one['rejected']}"
    found = f"，印刷数据不平 {len(one['findings'])} 处" if one["findings"] else ""
    return f"{one['file']}：读到 {one['read']} 行，{counts}{amount}{found}"


@click.command("templates")
@click.argument("kinds", nargs=-1)
@click.option(
    "--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="folder for the workbooks"
)
@json_option
@exits_with_cure
def templates(kinds: Sequence[str], folder: Path, as_json: bool) -> int:
    """Write the xlsx templates (drop-downs, an example row) of all kinds, or of those named."""
    chosen = [find_kind(name) for name in kinds] or list(KINDS.values())
    folder.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    villages: list[Place] = []
    try:
        with opened_sources(settings) as sources, reading(sources.engine) as session:
            villages = villages_of(session)
    except Exception as error:  # a template can be had before there is a database
        say(f"没有读到行政区划，模板里没有镇村下拉（{type(error).__name__}）")
    paths = []
    for kind in chosen:
        path = folder / f"{kind.title}.xlsx"
        write_template(path, kind, villages)
        paths.append(str(path))
    answer({"files": paths}, as_json=as_json, text="\n".join(paths))
    return 0
