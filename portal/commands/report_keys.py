"""`report-keys`: who keeps the reports' keys put away, and the sealed escrow of an organ for the day when passphrases are lost."""

from __future__ import annotations

import os
from pathlib import Path

import click

from portal.commands.checks import operator
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import Refused
from portal.oversight.complaints.keys.actions import add_custodian
from portal.oversight.complaints.keys.queries import custodians, get_escrow, list_pairs
from portal.registers.corrections import Act
from portal.settings import read_settings
from portal.trail.connect import connected


@click.group("report-keys")
def report_keys() -> None:
    """Custody of the keys of confidential reports."""


@report_keys.command("custodian")
@click.argument("name")
@click.argument("recipient")
@click.option("--replaces", default="", help="the custodian who leaves office")
@json_option
@exits_with_cure
def custodian(name: str, recipient: str, replaces: str, as_json: bool) -> int:
    """Register custodian NAME with the public line age1… that `age-keygen` printed; his own file never comes here."""
    with connected(read_settings()) as engine, writing(engine) as session:
        row = add_custodian(session, name, recipient, Act(operator(), "登记托管人"), now_utc(), replaces=replaces)
        held = len(custodians(session))
        told = {"name": row.name, "recipient": row.recipient, "custodians": held}
    answer(
        told,
        as_json=as_json,
        text=f"登记了托管人 {row.name}，现有 {held} 位" + ("；换了人，请各机关轮换钥匙" if replaces else ""),
    )
    return 0


@report_keys.command("show")
@json_option
@exits_with_cure
def show(as_json: bool) -> int:
    """The custodians in office and the pairs of the organs."""
    with connected(read_settings()) as engine, reading(engine) as session:
        keepers = [
            {"name": one.name, "recipient": one.recipient, "since_on": one.since_on.isoformat()}
            for one in custodians(session)
        ]
        pairs = [
            {"division": one.authority, "version": one.version, "made_on": one.made_on.isoformat(),
             "retired": one.retired_on is not None, "put_away": one.escrow_box is not None}
            for one in list_pairs(session)
        ]  # fmt: skip
    lines = [f"托管人 {one['name']} {one['recipient']} {one['since_on']} 起" for one in keepers]
    lines += [f"机关 {one['division']} 第 {one['version']} 把 {one['made_on']}" for one in pairs]
    answer(
        {"custodians": keepers, "pairs": pairs},
        as_json=as_json,
        text="\n".join(lines) or "还没有托管人，也没有机关钥匙",
    )
    return 0


@report_keys.command("escrow")
@click.argument("division")
@click.option("--version", type=int, default=0, help="which pair; the newest when left out")
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True)
@json_option
@exits_with_cure
def escrow(division: str, version: int, file: Path, as_json: bool) -> int:
    """Write the sealed escrow of DIVISION's pair to FILE: only both custodians together open it, with `age`."""
    with connected(read_settings()) as engine, reading(engine) as session:
        row = get_escrow(session, division, version)
        told = {"division": division, "version": row.version, "file": str(file)}
        sealed = row.escrow_box or b""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(sealed)
    except FileExistsError:
        raise Refused("这个文件已经有了", fix="换一个文件名") from None
    answer(told, as_json=as_json, text=f"写到 {file}，要两位托管人用 age 依次打开")
    return 0
