"""`compare`, `warn`, `rules list`, `leads export`: the rule registry and the leads it raises."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from portal.checks.actions import run_rules
from portal.checks.catalogue import COMPARED, RULES, WARNED
from portal.checks.health.actions import resume
from portal.checks.queries import list_rules
from portal.kernel.clock import today_cn
from portal.kernel.console import answer, exits_with_cure, json_option, say
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import CannotRun
from portal.kernel.sheets.writing import OutColumn, stream_csv, stream_workbook
from portal.oversight.leads.queries import LeadStatus, stream_leads
from portal.registers.corrections import Act
from portal.registers.recipients.queries import sealed_id_numbers
from portal.registers.sealed import seal_name
from portal.settings import Settings, read_settings
from portal.trail import actions as trail
from portal.trail.connect import connected, keyring_of

LEAD_COLUMNS = (
    "lead_no", "rule", "subject_kind", "subject_no", "household_no", "id_number", "division", "severity", "status",
    "evidence", "first_seen", "last_seen",
)  # fmt: skip
as_of_option = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="the day the rules look at (default: today)"
)
rules_option = click.option("--rules", "codes", default="", help="only these rules, separated by commas")


def operator() -> str:
    """Who runs a command: `cli:<OS user>`."""
    return f"cli:{getpass.getuser()}"


def _run(families: str, as_of: datetime | None, codes: str, as_json: bool) -> int:
    settings = read_settings()
    rules = RULES.named([c.strip() for c in codes.split(",") if c.strip()]) if codes else RULES.of_families(families)
    with connected(settings) as engine, writing(engine) as session:
        result = run_rules(session, rules, as_of=as_of.date() if as_of else today_cn(), actor=operator())
    lines = [
        f"{r['code']}  命中 {r['hits']}  新开 {r['opened']}  刷新 {r['refreshed']}  关闭 {r['closed']}"
        for r in result.rules
    ]
    lines += [
        f"{r['code']}  没有查：{out['why']}（{out['divisions']} 个村，{out['households']} 户）"
        for r in result.rules
        for out in r.get("left_out", ())
    ]
    answer({**vars(result), "as_of": result.as_of.isoformat()}, as_json=as_json, text="\n".join([result.run, *lines]))
    return 0


@click.command("compare")
@as_of_option
@rules_option
@click.option("--engine", type=click.Choice(["sql", "duckdb", "spark", "postgres"]), default="sql")
@click.option("--department-data", type=click.Path(path_type=Path), default=None)
@json_option
@exits_with_cure
def compare(as_of: datetime | None, codes: str, engine: str, department_data: Path | None, as_json: bool) -> int:
    """Run the comparison rules (E, L, Q, I) and bring the leads in line."""
    if department_data is not None or engine != "sql":
        raise CannotRun(
            "部门数据比对还没有装入这个版本",
            why="现有的规则只看本平台的登记",
            fix="去掉 --department-data 和 --engine 再运行",
        )
    return _run(COMPARED, as_of, codes, as_json)


@click.command("warn")
@as_of_option
@rules_option
@json_option
@exits_with_cure
def warn(as_of: datetime | None, codes: str, as_json: bool) -> int:
    """Run the warning rules (F, P, H, S) over our own registers."""
    return _run(WARNED, as_of, codes, as_json)


@click.group("rules")
def rules_group() -> None:
    """The rule registry."""


@rules_group.command("list")
@json_option
@exits_with_cure
def rules_list(as_json: bool) -> int:
    """Every rule with version, parameters in force, severity and hit rate."""
    with connected(read_settings()) as engine, reading(engine) as session:
        rules = list_rules(session)
    text = "\n".join(
        f"{r['code']}  第 {r['version']} 版  {r['severity']}  {_precision(r)}  {r['title']}：{r['condition']}"
        for r in rules
    )
    answer({"rules": rules}, as_json=as_json, text=text)
    return 0


def _precision(rule: dict[str, Any]) -> str:
    if rule["paused_since"]:
        return f"已暂停（{rule['confirmed']}/{rule['closed_by_people']} 属实）"
    return f"属实 {rule['confirmed']}/{rule['closed_by_people']}"


@rules_group.command("resume")
@click.argument("code")
@click.option("--why", required=True, help="what has been mended")
@json_option
@exits_with_cure
def rules_resume(code: str, why: str, as_json: bool) -> int:
    """Let a rule that paused itself run again; its precision is counted anew."""
    with connected(read_settings()) as engine, writing(engine) as session:
        resume(session, code, Act(operator(), why), now_utc())
    answer({"rule": code}, as_json=as_json, text=f"{code} 恢复运行")
    return 0


@click.group("leads")
def leads_group() -> None:
    """Leads."""


@leads_group.command("export")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), help=".csv, .xlsx or .json"
)
@click.option("--rule", "rules", multiple=True)
@click.option("--status", "statuses", multiple=True, type=click.Choice([status.value for status in LeadStatus]))
@json_option
@exits_with_cure
def leads_export(target: Path, rules: tuple[str, ...], statuses: tuple[str, ...], as_json: bool) -> int:
    """Write the leads to a file, with full ID numbers: an act that is recorded."""
    settings = read_settings()
    RULES.named(list(rules))  # a misspelt rule would overwrite the file with nothing
    with connected(settings) as engine, writing(engine) as session:
        rows = list(_rows(session, settings, rules, statuses))
        write_rows(target, LEAD_COLUMNS, rows)
        trail.record(
            session, kind="access.leads.exported", actor=operator(), subjects=[], sealed=True,
            after={"rows": len(rows), "rules": list(rules), "statuses": list(statuses)},
        )  # fmt: skip
    say(f"{len(rows)} 条疑点写入 {target.name}，含完整证件号码，请按规定保管")
    answer({"rows": len(rows), "file": str(target)}, as_json=as_json)
    return 0


def _rows(
    session: Any, settings: Settings, rules: tuple[str, ...], statuses: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    leads = list(stream_leads(session, rules=rules, statuses=statuses))
    sealed = sealed_id_numbers(session, [lead.person_id for lead in leads if lead.person_id is not None])
    keyring = keyring_of(settings)
    for lead in leads:
        blob = sealed.get(lead.person_id) if lead.person_id is not None else None
        yield {**vars(lead), "id_number": keyring.open_(blob, seal_name("persons", "id_sealed")) if blob else None}


def write_rows(target: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as the file's name asks: csv, xlsx or json, readable by the owner only; CannotRun for another ending."""
    kind = target.suffix.lower()
    if kind == ".json":
        pieces: Iterable[bytes] = [orjson.dumps([{c: row[c] for c in columns} for row in rows], default=str)]
    elif kind in (".csv", ".xlsx"):
        cells = ([_cell(row[column]) for column in columns] for row in rows)
        stream = stream_csv if kind == ".csv" else stream_workbook
        pieces = stream([OutColumn(column) for column in columns], cells)
    else:
        raise CannotRun(f"不会写“{target.name}”这样的文件", fix="文件名用 .csv、.xlsx 或 .json 结尾")
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.writelines(pieces)


def _cell(value: Any) -> Any:
    return orjson.dumps(value, default=str).decode() if isinstance(value, dict) else value
