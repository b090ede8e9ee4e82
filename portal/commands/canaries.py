"""`canary plant|check`: watched rows in the register, and the question whether a file found outside holds one."""

from __future__ import annotations

import getpass
import hashlib
import mimetypes
from pathlib import Path

import click

from portal.accounts.actions import command_line
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import writing
from portal.publishing.canaries import actions
from portal.publishing.canaries.queries import How, list_watched, marks_of
from portal.publishing.containers import scan
from portal.publishing.gate import Kind
from portal.settings import read_settings
from portal.trail.connect import connected, keyring_of


@click.group("canary")
def canary() -> None:
    """Watched rows: households that do not exist, and an alarm wherever one is seen outside."""


@canary.command("plant")
@click.option("--division", required=True, help="12-digit code of the village it is entered in")
@click.option("--count", default=1, type=click.IntRange(1, actions.MOST), help="how many")
@json_option
@exits_with_cure
def plant(division: str, count: int, as_json: bool) -> None:
    """Enter households that do not exist, cancelled on the same day: they count nowhere."""
    settings = read_settings()
    with connected(settings) as engine, writing(engine) as session:
        by = command_line(getpass.getuser()).actor
        ring, today = keyring_of(settings), today_cn()
        planted = [actions.plant(session, ring, division, today, by).id for _ in range(count)]
    answer(
        {"planted": [f"BJ-{number}" for number in planted]},
        as_json=as_json,
        text=f"埋下 {len(planted)} 户标记户，哪里都不计数",
    )


@canary.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@exits_with_cure
def check(file: Path, as_json: bool) -> int:
    """Look for watched rows in a file that was found outside; a hit is recorded and told to the inspectors."""
    settings, content = read_settings(), file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "text/plain"
    with connected(settings) as engine, writing(engine) as session:
        watched = list_watched(session, keyring_of(settings))
        found = scan(content, kind, tuple(value for row in watched for value in row.values))
        marks = marks_of(watched)
        seen = sorted({marks[f.excerpt] for f in found if f.kind is Kind.CANARY})
        if seen:
            by = command_line(getpass.getuser()).actor
            actions.record_sightings(session, seen, How.FOUND, hashlib.sha256(content).hexdigest(), by)
            refresh_rule(session, "S07", as_of=today_cn(), actor=by)
    answer({"seen": [f"BJ-{number}" for number in seen]}, as_json=as_json, text=f"文件里有 {len(seen)} 户标记户")
    return 1 if seen else 0
