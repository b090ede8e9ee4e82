"""`policies run`: who is entitled to what over the whole register, and whom it has not reached."""

from __future__ import annotations

from datetime import datetime

import click

from portal.analysis.entitled.actions import run_policies
from portal.commands.checks import operator
from portal.kernel.clock import today_cn
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import writing
from portal.settings import read_settings
from portal.trail.connect import connected


@click.group("policies")
def policies() -> None:
    """Policies and whom they reach."""


@policies.command("run")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="the day the policies look at (default: today)")
@json_option
@exits_with_cure
def run(as_of: datetime | None, as_json: bool) -> int:
    """Evaluate every policy in force for every household, and bring the list of the unreached in line."""
    with connected(read_settings()) as engine, writing(engine) as session:
        found = run_policies(session, as_of.date() if as_of else today_cn(), actor=operator())
    seconds = round((found.ended_at - found.started_at).total_seconds(), 3)
    told = {
        "run": found.no, "as_of": found.as_of.isoformat(), "households": found.households, "seconds": seconds,
        "policies": found.results,
    }  # fmt: skip
    lines = [
        f"{r['policy']}  符合 {r['yes']}  不知道 {r['unknown']}  已享受 {r['reached']}  未享受 {r['unreached']}  新列 {r['opened']}"
        for r in found.results
    ]
    answer(told, as_json=as_json, text="\n".join([f"{found.no}  {found.households} 户", *lines]))
    return 0
